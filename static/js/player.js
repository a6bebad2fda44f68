// Our own controls over <audio>. Without scripts the browser's controls stay; only one player sounds at a time.
import { toast } from "./toast.js";

const minutes = (seconds) => {
  const whole = Number.isFinite(seconds) ? Math.floor(seconds) : 0;
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
};

function enhance(player) {
  const audio = player.querySelector("audio");
  const shape = player.querySelector("template");
  if (!audio || !shape) return;
  player.append(shape.content.cloneNode(true));
  audio.controls = false;
  audio.hidden = true;
  const [button, seek, time] = ["button", "input", ".player-time"].map((name) => player.querySelector(name));
  const use = button.querySelector("use");
  const icons = use.getAttribute("href").replace(/#.*$/, "");

  const show = () => {
    const length = audio.duration || Number(player.dataset.seconds) || 0;
    const at = length ? (audio.currentTime / length) * 100 : 0;
    seek.value = String(at);
    seek.style.setProperty("--at", `${at}%`);
    seek.setAttribute("aria-valuetext", `${minutes(audio.currentTime)} of ${minutes(length)}`);
    time.textContent = `${minutes(audio.currentTime)} / ${minutes(length)}`;
    use.setAttribute("href", `${icons}#${audio.paused ? "play" : "pause"}`);
    button.setAttribute("aria-label", `${audio.paused ? "Play" : "Pause"} ${player.dataset.title ?? ""}`.trim());
  };

  button.addEventListener("click", () => {
    if (!audio.paused) audio.pause();
    else audio.play().catch(() => toast("This sound could not be played here. You can still download it.", "warn"));
  });
  seek.addEventListener("input", () => {
    if (audio.duration) audio.currentTime = (seek.valueAsNumber / 100) * audio.duration;
  });
  audio.addEventListener("play", () => {
    for (const other of document.querySelectorAll("audio")) if (other !== audio) other.pause();
  });
  for (const name of ["timeupdate", "loadedmetadata", "play", "pause", "ended"]) audio.addEventListener(name, show);
  player.dataset.ready = "";
  show();
}

export function enhancePlayers(root = document) {
  for (const player of root.querySelectorAll("[data-player]:not([data-ready])")) enhance(player);
}

document.addEventListener("htmx:load", (event) => enhancePlayers(event.detail.elt));
enhancePlayers();
