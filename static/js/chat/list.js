// The list beside the thread: what was said last, and how much of it is new.
import { fillTime } from "./words.js";

export class List {
  constructor(desk) {
    this.place = desk.dataset.place;
    // The list may be narrowed; drawn anew, it stays so.
    this.address = this.place + (desk.dataset.query ?? "");
    this.rows = desk.querySelector("[data-rows]");
    this.nothing = desk.querySelector(".desk-nothing");
  }

  conversations() {
    return [...this.rows.querySelectorAll("a.row[data-row]")].map((row) => row.dataset.row);
  }

  // Draw the list anew, as the server has it. Returns the conversations in it.
  async refresh(open) {
    const answer = await fetch(this.address);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const rows = page.querySelector("[data-rows]");
    if (!rows) return this.conversations();
    this.rows.replaceChildren(...rows.children);
    this.nothing?.replaceChildren(...page.querySelector(".desk-nothing").children);
    const counts = page.querySelector(".narrow > .segments");
    if (counts) this.rows.parentElement.querySelector(".narrow > .segments")?.replaceChildren(...counts.children);
    this.#row(open)?.setAttribute("aria-current", "true");
    return this.conversations();
  }

  has(conversation) {
    return Boolean(this.#row(conversation));
  }

  said(message, isNews) {
    const row = this.#row(message.conversation_id);
    if (!row) return;
    const words = row.querySelector("[data-gist]");
    if (words) words.textContent = message.content.slice(0, 160);
    row.querySelector(".row-who")?.remove();
    const time = row.querySelector("time");
    if (time) fillTime(time, new Date(message.created_at));
    if (isNews) this.#mark(row);
    if (this.rows.querySelector("a.row") !== row) this.rows.prepend(row);
  }

  // A client's row says more than its words: how it stands, who waits. Only the server knows.
  isClients(conversation) {
    return Boolean(this.#row(conversation)?.classList.contains("client-row"));
  }

  read(conversation) {
    const row = this.#row(conversation);
    row?.classList.remove("unread");
    row?.querySelector(".mark")?.remove();
  }

  renamed(conversation, title) {
    const words = this.#row(conversation)?.querySelector(".row-title");
    if (words && title) words.textContent = title;
  }

  remove(conversation) {
    this.#row(conversation)?.remove();
  }

  #row(conversation) {
    return this.rows.querySelector(`a.row[data-row="${CSS.escape(conversation)}"]`);
  }

  #mark(row) {
    row.classList.add("unread");
    let mark = row.querySelector(".mark");
    if (!mark) {
      mark = document.createElement("span");
      mark.className = "mark";
      mark.append("0", Object.assign(document.createElement("span"), { className: "visually-hidden", textContent: " unread" }));
      row.querySelector(".row-end").append(mark);
    }
    mark.firstChild.data = String(Math.min(Number(mark.firstChild.data) + 1, 99));
  }
}
