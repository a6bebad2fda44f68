// Short news at the edge of the page. The server writes them into .toasts; other modules may call toast(text, tone).
const STAYS_MS = 6000;
const ICONS = { good: "check", warn: "warning", bad: "error", note: "info" };

function leave(toast) {
  toast.classList.add("is-leaving");
  setTimeout(() => toast.remove(), 220);
}

function watch(toast) {
  if (toast.classList.contains("bad") || toast.classList.contains("warn")) return;
  let timer = setTimeout(() => leave(toast), STAYS_MS);
  toast.addEventListener("pointerenter", () => clearTimeout(timer));
  toast.addEventListener("pointerleave", () => {
    timer = setTimeout(() => leave(toast), STAYS_MS);
  });
}

export function toast(text, tone = "good") {
  const list = document.querySelector("[data-toasts]");
  const shape = document.querySelector("template#toast-shape");
  if (!list || !shape) return;
  const item = shape.content.firstElementChild.cloneNode(true);
  item.classList.add(tone);
  const use = item.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*$/, `#${ICONS[tone] ?? "info"}`));
  item.querySelector("p").textContent = text;
  list.append(item);
  watch(item);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-toast-close]");
  if (button) leave(button.closest(".toast"));
});

for (const item of document.querySelectorAll("[data-toasts] > .toast")) watch(item);
// A reply to an htmx request may carry HX-Trigger: {"toast": {"text": "...", "tone": "good"}}.
document.addEventListener("toast", (event) => toast(event.detail.text, event.detail.tone));
