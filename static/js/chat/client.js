// A client's thread is drawn by the server alone: ticks, sources, files, faults. What changes is asked for again and put in place.
const TICKS = {
  pending: ["clock", "Waiting to be sent", ""],
  sent: ["check", "Sent", ""],
  delivered: ["ticks", "Delivered", ""],
  read: ["ticks", "Read", "note"],
};
const SOON = 120;

export class ClientThread {
  #timer = 0;
  #asked = 0;

  constructor(desk, thread) {
    this.desk = desk;
    this.thread = thread;
    this.address = desk.dataset.address;
  }

  // Somebody said something: ours is confirmed at once, the rest the server draws. Returns false where it is here already.
  heard(message) {
    const isNew = this.thread.settle(message);
    this.changed();
    return isNew;
  }

  // Several changes in a row are one question.
  changed() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.refresh(), SOON);
  }

  async refresh() {
    const turn = ++this.#asked;
    // Reading is told by the socket, when somebody looks.
    const answer = await fetch(this.address, { headers: { "X-Quiet": "1" } });
    if (!answer.ok || turn !== this.#asked) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const log = page.querySelector("[data-thread]");
    if (!log) return;
    this.#place(log);
    for (const part of this.desk.querySelectorAll("[data-part]")) {
      const fresh = page.querySelector(`[data-part="${CSS.escape(part.dataset.part)}"]`);
      // A draft that is being worked on stays in sight.
      if (fresh && part.dataset.part === "notices") fresh.append(...part.querySelectorAll(".draft"));
      if (fresh && !part.contains(document.activeElement) && part.dataset.part !== "composer") swap(part, fresh);
    }
    this.#composer(page);
    this.desk.dispatchEvent(new Event("redrawn"));
  }

  // A tick needs no question; a failure does, since it comes with a button.
  tick({ message_id, status }) {
    const end = this.#message(message_id)?.querySelector("[data-tick]");
    if (!end || !(status in TICKS)) return this.changed();
    const [icon, word, tone] = TICKS[status];
    const use = end.querySelector("use");
    use.setAttribute("href", use.getAttribute("href").replace(/#.*$/, `#${icon}`));
    end.querySelector(".tick-word").textContent = word;
    end.className = `tick ${tone}`;
    end.dataset.tick = status;
  }

  // The latest messages as the server has them; earlier ones that were loaded stay, what is not confirmed stays below.
  #place(fresh) {
    const log = this.thread.log;
    const nodes = [...fresh.children].filter((node) => !node.matches("a.thread-note"));
    const first = nodes.find((node) => node.matches(".message"));
    const known = first && this.#message(first.dataset.message);
    const pending = [...log.querySelectorAll(".message.pending, .message.failed:not([data-seq])")];
    const earlier = [];
    for (const node of log.children) {
      if (node === known || (!known && !node.matches("a.thread-note"))) break;
      earlier.push(node);
    }
    // The line of the first day is there already where earlier messages are.
    if (earlier.at(-1)?.matches(".thread-day")) earlier.pop();
    if (earlier.some((node) => node.matches(".message")) && nodes[0]?.matches(".thread-day") && this.#sameDay(earlier, nodes)) nodes.shift();
    const confirmed = new Set(this.thread.confirmed);
    log.replaceChildren(...earlier, ...nodes, ...pending.filter((node) => !confirmed.has(node)));
    this.thread.know(nodes.filter((node) => node.matches(".message")));
  }

  #sameDay(earlier, nodes) {
    const at = (list) => list.find((node) => node.matches(".message"))?.querySelector("time")?.dateTime.slice(0, 10);
    return at([...earlier].reverse()) === at(nodes);
  }

  // Whether one may write can change while one does; the words typed are not touched.
  #composer(page) {
    const mine = this.desk.querySelector("[data-composer]");
    const fresh = page.querySelector("[data-composer]");
    if (!mine || !fresh) return;
    for (const selector of ["textarea", "button[type=submit].primary"]) {
      mine.querySelector(selector).disabled = fresh.querySelector(selector).disabled;
    }
    const field = mine.querySelector("textarea");
    field.placeholder = fresh.querySelector("textarea").placeholder;
    mine.querySelector(".composer").className = fresh.querySelector(".composer").className;
    for (const selector of [".composer-goes", ".composer-until"]) {
      mine.querySelector(selector)?.replaceWith(fresh.querySelector(selector));
    }
  }

  #message(id) {
    return this.thread.log.querySelector(`[data-message="${CSS.escape(id)}"]`);
  }

  // Earlier messages come as the server's page of them. Returns the next page's address.
  async older(address) {
    const answer = await fetch(new URL(address, location.origin + this.address));
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const nodes = [...page.querySelector("[data-thread]").children].filter((node) => !node.matches("a.thread-note"));
    const log = this.thread.log;
    const line = log.querySelector(".thread-day");
    if (line && this.#sameDay(nodes, [...log.children])) line.remove();
    log.querySelector("a.thread-note")?.after(...nodes);
    this.thread.know(nodes.filter((node) => node.matches(".message")), false);
    return page.querySelector("[data-thread] > a.thread-note")?.getAttribute("href") ?? "";
  }

  // A draft is asked for without leaving the page: into the composer, below what was typed.
  async draft(form, button) {
    button.setAttribute("aria-busy", "true");
    button.disabled = true;
    try {
      const answer = await fetch(button.formAction, { method: "POST", body: new FormData(form) });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const notices = page.querySelector("[data-part=notices]");
      const typed = page.querySelector("[data-composer] textarea");
      if (!notices || !typed) throw new Error(String(answer.status));
      swap(this.desk.querySelector("[data-part=notices]"), notices);
      const field = form.querySelector("textarea");
      field.value = typed.value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.focus();
    } finally {
      button.removeAttribute("aria-busy");
      button.disabled = false;
    }
  }

  // It may not be sent: the words go back to where they were typed, the reason stands above them.
  refused({ client_id, message }, field) {
    const words = this.thread.take(client_id);
    field.value = [words, field.value].filter(Boolean).join("\n");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    this.settled();
    const banner = document.createElement("div");
    banner.className = "banner bad";
    banner.setAttribute("role", "alert");
    banner.append(Object.assign(document.createElement("div"), { className: "banner-words", textContent: message }));
    this.desk.querySelector("[data-part=notices]").prepend(banner);
  }

  // What was said of a draft or a refusal is over once something was sent.
  settled() {
    for (const node of this.desk.querySelectorAll("[data-part=notices] > :is(.draft, .banner.bad)")) node.remove();
  }
}

function swap(old, fresh) {
  if (old.innerHTML !== fresh.innerHTML) old.replaceChildren(...fresh.childNodes);
}
