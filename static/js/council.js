// The council room, live: follows the saved answers as server-sent events and lets the words appear as they are written.
// The page is whole without it. When the council ends, the finished parts are taken from the server's own page.
import { prose } from "./council-prose.js";

const STATES = { waiting: "Waiting", streaming: "Speaking", done: "", stopped: "Stopped", error: "Cut short" };
const CALM = matchMedia("(prefers-reduced-motion: reduce)");
// Saved text arrives in bursts; spread over this many seconds it reads as speech. Characters a second at least:
const SPREAD = 0.6;
const SPEAKING = 60;
const FINISHING = 400;

class Voice {
  constructor(element) {
    this.element = element;
    this.place = element.querySelector("[data-seat-text]");
    this.state = element.querySelector("[data-seat-state]");
    this.text = "";
    this.shown = 0;
    this.isWhole = element.classList.contains("is-done");
  }

  become(status) {
    for (const name of Object.keys(STATES)) this.element.classList.toggle(`is-${name}`, name === status);
    this.state.textContent = STATES[status];
  }

  restart() {
    if (this.isWhole) return;
    this.text = "";
    this.shown = 0;
  }

  say(delta) {
    if (this.isWhole) return;
    this.text += delta;
    this.become("streaming");
    this.animate();
  }

  finish(advisor) {
    this.element.querySelector("[data-seat-name]").textContent = advisor.advisorName;
    this.element.querySelector("[data-seat-role]").textContent = advisor.advisorRole;
    this.text = advisor.response;
    if (this.isWhole) return;
    this.isWhole = true;
    this.become("streaming");
    this.animate();
  }

  animate() {
    if (CALM.matches || document.hidden) this.shown = this.text.length;
    if (this.frame) return;
    let before = performance.now();
    const step = (now) => {
      const left = this.text.length - this.shown;
      this.shown = Math.min(this.text.length, this.shown + Math.max(left / SPREAD, this.isWhole ? FINISHING : SPEAKING) * ((now - before) / 1000));
      before = now;
      const end = this.shown >= this.text.length ? this.text.length : wordEnd(this.text, Math.floor(this.shown));
      this.place.replaceChildren(prose(this.text.slice(0, end)));
      this.frame = this.shown < this.text.length ? requestAnimationFrame(step) : 0;
      if (!this.frame && this.isWhole) this.become("done");
    };
    this.frame = requestAnimationFrame(step);
  }

  settled() {
    return new Promise((resolve) => {
      const look = () => (this.frame ? setTimeout(look, 60) : resolve());
      look();
    });
  }
}

// Never half a word, and never half of a `**`.
function wordEnd(text, at) {
  const space = text.lastIndexOf(" ", at);
  return space > 0 ? space : at;
}

function follow(room) {
  const voices = new Map([...room.querySelectorAll("section:last-of-type [data-seat]")].map((element) => [element.dataset.seat, new Voice(element)]));
  const source = new EventSource(room.dataset.council);
  const tell = {
    metadata: () => voices.forEach((voice) => voice.restart()),
    "advisor-delta": ({ advisorId, delta, restart }) => {
      if (restart) voices.get(advisorId)?.restart();
      voices.get(advisorId)?.say(delta);
    },
    "advisor-response": ({ advisor }) => voices.get(advisor.advisorId)?.finish(advisor),
  };
  source.addEventListener("message", async ({ data }) => {
    if (data !== "[DONE]") {
      const event = JSON.parse(data);
      tell[event.type]?.(event);
      return;
    }
    source.close();
    await Promise.all([...voices.values()].map((voice) => voice.settled()));
    await bringIn(room);
  });
  addEventListener("pagehide", () => source.close());
}

// The end of a council: head, outcome and foot as the server draws them.
async function bringIn(room) {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of room.querySelectorAll("[data-part]")) {
    const fresh = page.querySelector(`[data-part="${part.dataset.part}"]`);
    if (fresh) part.replaceWith(fresh);
  }
  const voices = page.querySelector("section:last-of-type .voices");
  const shown = room.querySelectorAll(".voices");
  if (voices) shown[shown.length - 1].replaceWith(voices);
  room.querySelector(".outcome")?.classList.add("has-arrived");
}

const room = document.querySelector("[data-council]");
if (room) follow(room);
