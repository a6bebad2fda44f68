// Sounds. A track plays in the dock: a bar at the edge of the window that goes on with it on the next page. A short piece
// (a product's preview) plays in its place. Without scripts the browser's controls stay. Only one thing sounds at a time.
import { toast } from "./toast.js";

const KEPT = "stoa-player";
const STEP = 5;
const LEAP = 30;
const FAILED = "This sound could not be played here.";
const KEYS = {
  ArrowRight: STEP, ArrowUp: STEP, ArrowLeft: -STEP, ArrowDown: -STEP, PageUp: LEAP, PageDown: -LEAP,
  Home: -Infinity, End: Infinity,
};

const minutes = (seconds) => {
  const whole = Number.isFinite(seconds) ? Math.floor(seconds) : 0;
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
};
const within = (seconds, length) => Math.min(Math.max(seconds, 0), length || Infinity);
const views = new Set();
const show = () => {
  for (const view of views) if (view.element.isConnected) view.show();
    else views.delete(view);
};

// --- the dock: what plays, wherever one goes ------------------------------------------------------------------------

const others = new BroadcastChannel(KEPT);
let dock = null;
let track = null;
let queue = [];

const isOf = (id) => track?.id === id;
const length = () => dock?.audio.duration || track?.seconds || 0;

function open() {
  if (dock) return;
  const shape = document.querySelector("template#dock-shape");
  const element = shape.content.firstElementChild.cloneNode(true);
  shape.after(element);
  document.documentElement.dataset.dock = "";
  dock = { element, audio: element.querySelector("audio") };
  const { audio } = dock;
  for (const name of ["timeupdate", "durationchange", "play", "pause", "ended", "seeked"]) audio.addEventListener(name, show);
  audio.addEventListener("play", () => others.postMessage("plays"));
  audio.addEventListener("ended", next);
  audio.addEventListener("error", () => track && toast(FAILED, "warn"));
  controls(element, {
    at: () => audio.currentTime, length, paused: () => audio.paused, seek, toggle, title: () => track?.title ?? "",
  });
  element.querySelector("[data-dock-next]").addEventListener("click", next);
  element.querySelector("[data-dock-close]").addEventListener("click", close);
}

function load(wanted, at = 0) {
  open();
  track = wanted;
  dock.audio.src = track.src;
  if (at) dock.audio.currentTime = at;
  const { element } = dock;
  const image = element.querySelector("img");
  image.hidden = !track.cover;
  if (track.cover) image.src = track.cover;
  element.querySelector(".dock-cover .icon").toggleAttribute("hidden", Boolean(track.cover));
  for (const link of element.querySelectorAll("a")) link.href = track.url;
  element.querySelector(".dock-title").textContent = track.title;
  element.querySelector(".dock-by").textContent = track.by ?? "";
  element.querySelector("[data-dock-next]").hidden = !queue.length;
  session();
  show();
}

function start() {
  return dock.audio.play().catch((error) => {
    // NotAllowedError: the browser wants a press on this very page first; the button says what it does.
    if (error.name === "NotSupportedError") toast(FAILED, "warn");
    show();
  });
}

function play(wanted, at = 0, after = []) {
  queue = after;
  load(wanted, at);
  start();
}

function toggle() {
  if (dock.audio.paused) start();
  else dock.audio.pause();
}

function seek(seconds) {
  dock.audio.currentTime = within(seconds, length());
  show();
}

function next() {
  const [first, ...rest] = queue;
  if (first) play(first, 0, rest);
}

function close() {
  dock.audio.pause();
  dock.audio.removeAttribute("src");
  dock.element.remove();
  delete document.documentElement.dataset.dock;
  dock = track = null;
  queue = [];
  sessionStorage.removeItem(KEPT);
  show();
}

// What the keys of a keyboard or of headphones, and the lock screen of a phone, show and do.
function session() {
  const media = navigator.mediaSession;
  if (!media) return;
  const artwork = track.cover ? [{ src: track.cover }] : [];
  media.metadata = new MediaMetadata({ title: track.title, artist: track.by ?? "", artwork });
  media.setActionHandler("play", () => dock && start());
  media.setActionHandler("pause", () => dock?.audio.pause());
  media.setActionHandler("seekto", ({ seekTime }) => dock && seek(seekTime));
  media.setActionHandler("nexttrack", queue.length ? next : null);
}

// A page that is left says where the sound was; the next one of the same tab goes on there. `goes` is true for that moment
// alone: a tab that is copied does not begin to play by itself.
function keep(goes) {
  if (!dock || !track) return;
  sessionStorage.setItem(KEPT, JSON.stringify({ track, queue, at: dock.audio.currentTime, goes }));
}

function goOn() {
  let kept;
  try {
    kept = JSON.parse(sessionStorage.getItem(KEPT));
  } catch {
    kept = null;
  }
  if (!kept?.track?.src?.startsWith("/")) return dock && close();
  queue = kept.queue ?? [];
  load(kept.track, kept.at);
  keep(false);
  if (kept.goes) start();
}

addEventListener("pagehide", () => {
  if (!dock) return;
  keep(!dock.audio.paused);
  dock.audio.pause();
});
addEventListener("pageshow", (event) => event.persisted && goOn());
others.addEventListener("message", () => dock?.audio.pause());

// --- what shows a sound in the page ---------------------------------------------------------------------------------

// A button, a slider and a time; each is optional. Whoever hears the page hears the time when they ask for it or move the
// slider, not with every second that passes.
function controls(element, sound) {
  const button = element.querySelector(".player-button");
  const slider = element.querySelector("input[type=range]");
  const time = element.querySelector(".player-time");
  const use = button?.querySelector("use");
  const icons = use?.getAttribute("href").replace(/#.*$/, "");
  const tell = () => slider.setAttribute("aria-valuetext", `${minutes(sound.at())} of ${minutes(sound.length())}`);
  const view = {
    element,
    show() {
      const [at, all] = [sound.at(), sound.length()];
      if (slider) {
        slider.max = String(all || 1);
        slider.value = String(at);
        slider.style.setProperty("--at", `${all ? (at / all) * 100 : 0}%`);
        slider.setAttribute("aria-label", `Place in ${sound.title()}`);
        if (document.activeElement !== slider) tell();
      }
      if (time) time.textContent = `${minutes(at)} / ${minutes(all)}`;
      if (!use) return;
      use.setAttribute("href", `${icons}#${sound.paused() ? "play" : "pause"}`);
      button.setAttribute("aria-label", `${sound.paused() ? "Play" : "Pause"} ${sound.title()}`.trim());
    },
  };
  button?.addEventListener("click", sound.toggle);
  slider?.addEventListener("input", () => {
    sound.seek(slider.valueAsNumber);
    tell();
  });
  slider?.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === " ") sound.toggle();
    else if (event.key in KEYS) {
      sound.seek(within(sound.at() + KEYS[event.key], sound.length()));
      tell();
    } else return;
    event.preventDefault();
  });
  views.add(view);
  view.show();
}

const told = ({ dataset }) => ({
  id: dataset.track, src: dataset.src, title: dataset.title, by: dataset.by, url: dataset.url, cover: dataset.cover,
  seconds: Number(dataset.seconds) || 0,
});

// The tracks that stand below this one in the same list play after it.
function after(element) {
  const list = element.closest("[data-tracks]");
  const all = list ? [...list.querySelectorAll(":scope > [data-track]")] : [];
  return all.slice(all.indexOf(element) + 1).filter(() => all.includes(element)).map(told);
}

function soundOf(element) {
  const own = told(element);
  const begin = (at) => play(own, at, after(element));
  return {
    at: () => (isOf(own.id) && dock ? dock.audio.currentTime : 0),
    length: () => (isOf(own.id) && length()) || own.seconds,
    paused: () => !isOf(own.id) || dock.audio.paused,
    title: () => own.title ?? "",
    toggle: () => (isOf(own.id) ? toggle() : begin(Number(element.dataset.start) || 0)),
    seek: (seconds) => (isOf(own.id) ? seek(seconds) : begin(seconds)),
  };
}

function enhanceTrack(element) {
  element.dataset.ready = "";
  const sound = soundOf(element);
  element.querySelector("audio")?.remove();
  const shape = element.querySelector("template");
  if (shape) element.append(shape.content.cloneNode(true));
  controls(element, sound);
  const wave = element.querySelector("[data-wave]");
  if (wave) waveform(wave, sound);
}

// The picture is for the eye and the hand; who cannot use it has the slider.
function waveform(element, sound) {
  const played = element.querySelector("clipPath rect");
  const width = Number(element.dataset.wave);
  views.add({
    element,
    show: () => played?.setAttribute("width", String(sound.length() ? (sound.at() / sound.length()) * width : 0)),
  });
  element.addEventListener("click", (event) => {
    const box = element.getBoundingClientRect();
    sound.seek(((event.clientX - box.left) / box.width) * sound.length());
  });
  show();
}

function enhance(player) {
  const audio = player.querySelector("audio");
  const shape = player.querySelector("template");
  if (!audio || !shape) return;
  player.dataset.ready = "";
  player.append(shape.content.cloneNode(true));
  audio.controls = false;
  audio.hidden = true;
  const given = Number(player.dataset.seconds) || 0;
  controls(player, {
    at: () => audio.currentTime,
    length: () => audio.duration || given,
    paused: () => audio.paused,
    title: () => player.dataset.title ?? "",
    toggle: () => (audio.paused ? audio.play().catch(() => toast(FAILED, "warn")) : audio.pause()),
    seek: (seconds) => {
      audio.currentTime = within(seconds, audio.duration);
    },
  });
  for (const name of ["timeupdate", "loadedmetadata", "play", "pause", "ended"]) audio.addEventListener(name, show);
}

// Where the track with this id is now, in seconds; and moving there.
export const present = (id) => (isOf(id) && dock ? dock.audio.currentTime : 0);

export function moveTo(id, seconds) {
  const element = document.querySelector(`[data-track="${CSS.escape(id)}"]`);
  if (element) soundOf(element).seek(seconds);
}

export function enhancePlayers(root = document) {
  for (const element of root.querySelectorAll("[data-track]:not([data-ready])")) enhanceTrack(element);
  for (const player of root.querySelectorAll("[data-player]:not([data-ready])")) enhance(player);
}

// `play` does not bubble, but it is captured.
document.addEventListener(
  "play",
  ({ target }) => {
    for (const other of document.querySelectorAll("audio")) if (other !== target) other.pause();
  },
  true,
);
document.addEventListener("htmx:load", (event) => enhancePlayers(event.detail.elt));
enhancePlayers();
goOn();
