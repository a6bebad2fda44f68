// A track's page: moments of comments. The upload: how far it is. Without this file both are plain links and a plain form.
import { moveTo, present } from "./player.js";
import { toast } from "./toast.js";

document.addEventListener("click", (event) => {
  const place = event.target.closest("[data-seek]");
  if (!place || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  moveTo(place.dataset.of, Number(place.dataset.seek));
});

for (const button of document.querySelectorAll("[data-now]")) {
  button.addEventListener("click", () => {
    const at = Math.floor(present(button.dataset.now));
    const field = button.form.elements.at;
    field.value = `${Math.floor(at / 60)}:${String(at % 60).padStart(2, "0")}`;
    field.focus();
  });
}

const form = document.querySelector("form[data-sends]");
form?.addEventListener("submit", (event) => {
  if (!form.elements.file.files.length) return;
  event.preventDefault();
  send();
});

function send() {
  const progress = form.querySelector("[data-progress]");
  const bar = progress.querySelector("progress");
  const state = progress.querySelector("[data-progress-state]");
  const words = progress.querySelector("[data-progress-words]");
  const button = form.querySelector("button[type=submit]");
  const leave = (event) => event.preventDefault();
  const request = new XMLHttpRequest();
  progress.hidden = false;
  button.disabled = true;
  state.textContent = "Uploading";
  addEventListener("beforeunload", leave);
  request.upload.addEventListener("progress", ({ loaded, total, lengthComputable }) => {
    if (!lengthComputable) return;
    const percent = Math.floor((loaded / total) * 100);
    bar.value = percent;
    words.textContent = `${percent} %`;
    if (percent === 100) state.textContent = "Being checked";
  });
  request.addEventListener("loadend", () => {
    removeEventListener("beforeunload", leave);
    button.disabled = false;
    progress.hidden = true;
    if (request.status === 200) window.location.assign(request.responseURL);
    else if (request.status === 400) refused(request.responseText);
    else toast("The upload broke off. Nothing of it was kept; try again.", "bad");
  });
  request.open("POST", form.action);
  request.send(new FormData(form));
}

// The server's own words about each field; the chosen files stay chosen.
function refused(text) {
  const answer = new DOMParser().parseFromString(text, "text/html");
  form.querySelector(".error-summary, [role=alert]")?.remove();
  for (const field of form.querySelectorAll(".field")) {
    const control = field.querySelector("[name]");
    const told = control && answer.querySelector(`[name="${control.name}"]`)?.closest(".field");
    field.querySelector("[id$=_error]")?.remove();
    control?.toggleAttribute("aria-invalid", false);
    const fault = told?.querySelector("[id$=_error]");
    if (!fault) continue;
    field.append(document.adoptNode(fault));
    control.setAttribute("aria-invalid", "true");
    control.setAttribute("aria-describedby", fault.id);
  }
  const summary = answer.querySelector("form[data-sends] .error-summary, form[data-sends] [role=alert]");
  if (summary) form.prepend(document.adoptNode(summary));
  const first = form.querySelector("[aria-invalid=true]");
  if (first) first.focus();
  else toast("This was not taken. Look at what you chose.", "bad");
}
