// Small comforts of fields: a counter of characters, a text area that grows, a password that can be looked at, a file that can be dropped.
function count(field) {
  const counter = document.getElementById(field.dataset.counter);
  if (!counter) return;
  const most = Number(counter.dataset.most);
  counter.textContent = `${field.value.length} / ${most}`;
  counter.classList.toggle("is-over", field.value.length > most);
}

const grows = CSS.supports("field-sizing", "content") ? () => {} : (field) => {
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + 2}px`;
};

function prepare(root) {
  for (const counter of root.querySelectorAll("[data-counter-for]")) {
    const field = document.getElementById(counter.dataset.counterFor);
    if (!field) continue;
    field.dataset.counter = counter.id;
    count(field);
  }
}

document.addEventListener("input", ({ target }) => {
  if (target.dataset?.counter) count(target);
  if (target.matches?.("textarea")) grows(target);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-reveal]");
  if (!button) return;
  const field = button.parentElement.querySelector("input");
  const shown = field.type === "text";
  field.type = shown ? "password" : "text";
  button.setAttribute("aria-pressed", String(!shown));
  const use = button.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*$/, shown ? "#eye" : "#eye-off"));
});

function size(bytes) {
  return bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

document.addEventListener("change", ({ target }) => {
  const drop = target.closest?.("[data-drop]");
  const words = drop?.querySelector("[data-drop-words]");
  if (!words) return;
  words.textContent = [...target.files].map((file) => `${file.name} (${size(file.size)})`).join(", ") || words.dataset.dropWords;
});

for (const [name, over] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
  document.addEventListener(name, (event) => event.target.closest?.("[data-drop]")?.classList.toggle("is-over", over));
}

// A composer sends on Enter; Shift and Enter make a new line. A form that listens to submit itself hears the same event.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || !event.target.matches("textarea[data-enter-sends]")) return;
  event.preventDefault();
  event.target.form?.requestSubmit();
});

document.addEventListener("htmx:load", (event) => prepare(event.detail.elt));
prepare(document);
