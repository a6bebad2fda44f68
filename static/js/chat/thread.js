// The thread on the page: where a message goes, who said it, which are ours and not yet confirmed.
import { dayName, fillTime } from "./words.js";

const PAUSE = 10 * 60 * 1000;

export class Thread {
  constructor(desk) {
    this.log = desk.querySelector("[data-thread]");
    this.scroll = desk.querySelector("[data-scroll]");
    this.shape = desk.querySelector("template[data-shape=message]").content.firstElementChild;
    this.people = desk.querySelector("template[data-shape=people]").content;
    this.reader = desk.dataset.reader;
    this.last = desk.dataset.last;
    this.pending = new Map(); // client_id -> article
    this.confirmed = []; // of ours, heard back and not yet drawn by the server
    this.known = new Set([...this.log.querySelectorAll("[data-message]")].map((article) => article.dataset.message));
  }

  // A message as the socket or the history tells it. Returns false where it is here already.
  add(message) {
    if (this.known.has(message.message_id)) return false;
    this.known.add(message.message_id);
    this.last = message.message_id;
    const echo = message.sender_id === this.reader && this.pending.get(message.client_id);
    if (echo) {
      this.pending.delete(message.client_id);
      this.#confirm(echo, message);
      return true;
    }
    const atEnd = this.isAtEnd();
    const article = this.#made(message);
    this.#place(article);
    article.classList.add("is-new");
    if (atEnd || message.sender_id === this.reader) this.toEnd();
    return true;
  }

  // Drawn by the server: known from now on. `isLatest` says that they end the thread.
  know(articles, isLatest = true) {
    for (const article of articles) this.known.add(article.dataset.message);
    if (!isLatest) return;
    const last = articles.reduce((found, one) => (Number(one.dataset.seq) > Number(found?.dataset.seq ?? 0) ? one : found), null);
    if (last) this.last = last.dataset.message;
    this.confirmed = [];
  }

  // The server has it, and will draw it.
  settle(message) {
    const isNew = !this.known.has(message.message_id);
    this.known.add(message.message_id);
    this.last = message.message_id;
    const echo = this.pending.get(message.client_id);
    if (echo) {
      this.pending.delete(message.client_id);
      this.#confirm(echo, message);
      this.confirmed.push(echo);
    }
    return isNew;
  }

  // Shown at once, before the server has it.
  echo(content, clientId, name) {
    const at = new Date();
    const article = this.#made({ message_id: "", sender_id: this.reader, sender_name: name, content, created_at: at });
    const messages = this.log.querySelectorAll(".message");
    this.log.querySelector("[data-begin]")?.remove();
    this.#join(article, messages[messages.length - 1], this.log);
    article.classList.add("pending");
    this.pending.set(clientId, article);
    this.log.append(article);
    this.toEnd();
  }

  // Take back what was shown too early; returns its words.
  take(clientId) {
    const article = this.pending.get(clientId);
    this.pending.delete(clientId);
    const line = article?.previousElementSibling;
    if (line?.matches(".thread-day") && article === this.log.lastElementChild) line.remove();
    article?.remove();
    return article?.querySelector(".message-text").textContent ?? "";
  }

  fail(clientId, sentence) {
    const article = this.pending.get(clientId);
    if (!article) return;
    article.classList.replace("pending", "failed");
    this.#note(article, sentence);
  }

  // Older ones, newest first, above everything; the place of reading stays where it is.
  addOlder(messages) {
    const first = this.log.querySelector(".message");
    const before = this.scroll.scrollHeight;
    const fragment = document.createDocumentFragment();
    let above = null;
    for (const message of [...messages].reverse()) {
      if (this.known.has(message.message_id)) continue;
      this.known.add(message.message_id);
      const article = this.#made(message);
      this.#join(article, above, fragment);
      fragment.append(article);
      above = article;
    }
    const line = first?.previousElementSibling;
    if (line?.matches(".thread-day") && above && sameDay(above, first)) {
      line.remove();
      if (goesOn(above, first)) first.classList.add("follows");
    }
    this.log.insertBefore(fragment, this.log.querySelector(".thread-day, .message"));
    // A box that grows from its end keeps its place by itself; others are moved by what was added.
    if (getComputedStyle(this.scroll).flexDirection !== "column-reverse") {
      this.scroll.scrollTop += this.scroll.scrollHeight - before;
    }
  }

  seen() {
    const own = [...this.log.querySelectorAll(".message.own:not(.pending, .failed)")];
    for (const article of own) article.querySelector(".message-end")?.remove();
    if (own.length) this.#note(own.at(-1), "Seen");
  }

  isAtEnd() {
    return Math.abs(this.scroll.scrollTop) < 80;
  }

  toEnd() {
    this.scroll.scrollTop = 0;
  }

  #made(message) {
    const article = this.shape.cloneNode(true);
    const isOwn = message.sender_id === this.reader;
    const at = new Date(message.created_at);
    article.dataset.message = message.message_id;
    article.dataset.by = message.sender_id ?? message.role;
    article.dataset.at = at.toISOString();
    article.classList.toggle("own", isOwn);
    const name = article.querySelector(".message-by span");
    name.textContent = message.sender_name;
    name.classList.toggle("visually-hidden", isOwn);
    fillTime(article.querySelector("time"), at);
    article.querySelector(".message-text").textContent = message.content;
    const report = article.querySelector("[data-report]");
    if (isOwn || message.role !== "user") report?.remove();
    else if (report) report.href += message.message_id;
    const face = this.#face(message.sender_id);
    if (face) article.querySelector(".avatar").replaceWith(face);
    return article;
  }

  #face(user) {
    return this.people.querySelector(`[data-user="${CSS.escape(user ?? "")}"] .avatar`)?.cloneNode(true);
  }

  // At the end, but above what is ours and not yet confirmed: that will have a higher number.
  #place(article) {
    this.log.querySelector("[data-begin]")?.remove();
    const waiting = this.log.querySelector(".message.pending");
    const settled = this.log.querySelectorAll(".message:not(.pending)");
    const fragment = document.createDocumentFragment();
    this.#join(article, settled[settled.length - 1], fragment);
    fragment.append(article);
    this.log.insertBefore(fragment, waiting);
  }

  // A line where a day begins; no second name where the same person goes on.
  #join(article, above, parent) {
    if (!above || !sameDay(above, article)) {
      const line = document.createElement("p");
      line.className = "thread-day";
      line.textContent = dayName(momentOf(article));
      parent.append(line);
    } else if (goesOn(above, article)) {
      article.classList.add("follows");
    }
  }

  #confirm(article, message) {
    article.classList.remove("pending", "failed");
    article.dataset.message = message.message_id;
    article.querySelector(".message-end")?.remove();
    fillTime(article.querySelector("time"), new Date(message.created_at));
  }

  #note(article, words) {
    article.querySelector(".message-end")?.remove();
    const end = document.createElement("div");
    end.className = "message-end";
    end.textContent = words;
    article.append(end);
  }
}

function momentOf(article) {
  return new Date(article.dataset.at ?? article.querySelector("time").dateTime);
}

// Messages from the server's page carry their sender in the colour of their face alone; ours are told by the side.
function whoOf(article) {
  if (article.classList.contains("own")) return "own";
  return article.querySelector(".message-by span").textContent;
}

function goesOn(above, article) {
  return whoOf(above) === whoOf(article) && momentOf(article) - momentOf(above) < PAUSE;
}

function sameDay(one, other) {
  return momentOf(one).toDateString() === momentOf(other).toDateString();
}
