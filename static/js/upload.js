// Uploads with their progress, one after another, by the same API that others use. Without this the form sends by itself.
const form = document.querySelector("form[data-upload]");

function bad(item, words) {
  item.classList.add("is-bad");
  item.querySelector(".upload-state").textContent = words;
}

function reason(request) {
  try {
    return JSON.parse(request.responseText).error;
  } catch {
    return "The upload broke off. Nothing of it was kept; try again.";
  }
}

function send(file, item) {
  const bar = item.querySelector("progress");
  const state = item.querySelector(".upload-state");
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    const body = new FormData();
    body.append("file", file);
    request.upload.addEventListener("progress", (event) => {
      const percent = event.lengthComputable ? Math.floor((event.loaded / event.total) * 100) : 0;
      bar.value = percent;
      state.textContent = percent < 100 ? `${percent} %` : "Being checked";
    });
    request.addEventListener("loadend", () => {
      const kept = request.status === 201;
      if (kept) state.textContent = "Kept";
      else bad(item, request.status ? reason(request) : "The upload broke off. Nothing of it was kept; try again.");
      done(kept);
    });
    request.open("POST", form.dataset.upload);
    request.setRequestHeader("X-CSRFToken", form.querySelector("[name=csrfmiddlewaretoken]").value);
    request.send(body);
  });
}

async function sendAll(files) {
  const list = form.querySelector("[data-upload-list]");
  const status = form.querySelector("[data-upload-status]");
  const shape = form.querySelector("template[data-upload-shape]");
  const waiting = files.map((file) => {
    const item = shape.content.firstElementChild.cloneNode(true);
    item.querySelector(".upload-name").textContent = file.name;
    item.querySelector("progress").setAttribute("aria-label", `Upload of ${file.name}`);
    item.querySelector(".upload-state").textContent = "Waiting";
    list.append(item);
    return { file, item };
  });
  list.hidden = false;
  status.textContent = `Uploading ${files.length === 1 ? files[0].name : `${files.length} files`}`;
  let kept = 0;
  for (const { file, item } of waiting) kept += Number(await send(file, item));
  status.textContent = kept === files.length ? "All is kept" : `${files.length - kept} could not be kept`;
  // The list is the server's; what failed stays on the page to be read.
  if (kept === files.length) window.location.assign(form.action);
}

if (form) {
  const input = form.querySelector("input[type=file]");
  let busy = false;
  const begin = async () => {
    if (busy || !input.files.length) return;
    busy = true;
    const files = [...input.files];
    form.reset();
    await sendAll(files);
    busy = false;
  };
  input.addEventListener("change", begin);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    begin();
  });
}
