// Rooms and inbox, live. Without this file they are plain pages: a list, a thread, a form that posts.
import { toast } from "./toast.js";
import { ClientThread } from "./chat/client.js";
import { List } from "./chat/list.js";
import { Socket } from "./chat/socket.js";
import { Thread } from "./chat/thread.js";
import { keepTimes } from "./chat/words.js";

const MOST_JOINED = 50;
const TYPING_EVERY = 3000;
const TYPING_LASTS = 6000;

const desk = document.querySelector("[data-chat]");
const open = desk.dataset.conversation ?? "";
const list = new List(desk);
const thread = open ? new Thread(desk) : null;
// A client's thread is drawn by the server, which knows what hangs at each message.
const client = thread && "client" in desk.dataset ? new ClientThread(desk, thread) : null;
const composer = desk.querySelector("[data-composer]");
const field = composer?.querySelector("textarea");
const note = desk.querySelector("[data-composer-note]");
const here = desk.querySelector("[data-here]");
const hereWords = here?.textContent.trim() ?? "";
const writing = new Map(); // user id -> { name, timer }
const present = new Set();
let state = "";
let hasJoined = false;

// Someone who reads an earlier part of the thread gets no news into it.
const follows = Boolean(open) && !("earlier" in desk.dataset);
const socket = new Socket();
if (follows) socket.join(open, () => thread.last);
for (const id of list.conversations().slice(0, MOST_JOINED)) if (id !== open || !follows) socket.join(id);
keepTimes(desk);

// --- what comes ----------------------------------------------------------------------------------------------------

const HANDLERS = {
  joined(frame) {
    if (frame.conversation_id !== open) return;
    if (frame.truncated) location.reload();
    present.clear();
    for (const id of frame.present) present.add(id);
    showPresent();
    // Messages are caught up with; how far ours came since the page was drawn is asked for.
    if (client && (hasJoined || desk.querySelector("[data-tick=pending]"))) client.changed();
    hasJoined = true;
  },
  message(frame) {
    socket.heard(frame.client_id);
    const isOpen = frame.conversation_id === open;
    const isNew = isOpen && follows ? (client ? client.heard(frame) : thread.add(frame)) : true;
    if (!isNew) return;
    const isOwn = frame.sender_id === desk.dataset.reader;
    list.said(frame, !isOwn && !(isOpen && isLooking()));
    if (list.isClients(frame.conversation_id)) refreshSoon();
    if (isOpen) {
      stopped(frame.sender_id);
      if (!isOwn) markRead();
    }
  },
  typing(frame) {
    if (frame.conversation_id !== open) return;
    if (frame.is_typing) started(frame.user_id, frame.user_name);
    else stopped(frame.user_id);
  },
  read(frame) {
    if (frame.user_id === desk.dataset.reader) list.read(frame.conversation_id);
    else if (frame.conversation_id === open && desk.dataset.place === "/inbox/" && !client) thread.seen();
  },
  presence(frame) {
    if (frame.conversation_id !== open) return;
    present[frame.status === "online" ? "add" : "delete"](frame.user_id);
    showPresent();
  },
  conversation(frame) {
    if (frame.what === "renamed") list.renamed(frame.conversation_id, frame.title);
    else if (frame.what === "deleted") gone(frame.conversation_id);
    else if (!list.has(frame.conversation_id)) refresh();
    else if (list.isClients(frame.conversation_id)) refreshSoon();
    if (frame.conversation_id === open && follows) client?.changed();
  },
  delivery(frame) {
    if (frame.conversation_id === open && follows) client?.tick(frame);
  },
  message_changed(frame) {
    if (frame.conversation_id === open && follows) client?.changed();
    refreshSoon();
  },
  assistant(frame) {
    if (frame.conversation_id === open && follows) client?.changed();
  },
  error(frame) {
    if (frame.client_id && thread) {
      socket.heard(frame.client_id);
      if (client) client.refused(frame, field);
      else thread.fail(frame.client_id, `Not sent. ${frame.message}`);
    } else if (frame.code === "access_revoked") gone(frame.conversation_id);
  },
};

socket.addEventListener("frame", ({ detail }) => HANDLERS[detail.type]?.(detail));
socket.addEventListener("connected", () => {
  // What came while we were away is told of the open conversation alone; the list is asked for.
  if (state) refresh();
  desk.dataset.live = "";
  say("");
});
socket.addEventListener("disconnected", () => {
  delete desk.dataset.live;
  say("Connecting again. What you send is kept until then.");
});
socket.addEventListener("refused", () => say("You are signed out. Reload the page to sign in again."));

// A conversation that is new to us: the list is short, and its order is the server's to know.
async function refresh() {
  for (const id of (await list.refresh(open)).slice(0, MOST_JOINED)) if (id !== open || !follows) socket.join(id);
}

let refreshing = 0;
function refreshSoon() {
  clearTimeout(refreshing);
  refreshing = setTimeout(refresh, 250);
}

function gone(conversation) {
  list.remove(conversation);
  if (conversation !== open) return;
  toast("You are not in this conversation any more.", "note");
  if (field) field.disabled = true;
}

// --- what is said --------------------------------------------------------------------------------------------------

composer?.addEventListener("submit", (event) => {
  // From an earlier part of the thread the plain form leads back to its end.
  if (!follows) return;
  event.preventDefault();
  if (event.submitter?.matches("[data-draft]")) {
    client.draft(composer, event.submitter).catch(() => toast("The draft could not be made. Try again.", "bad"));
    return;
  }
  const content = field.value;
  if (!content.trim()) return;
  const clientId = newId();
  thread.echo(content, clientId, "You");
  client?.settled();
  socket.message(open, content, clientId);
  field.value = "";
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
  typedAt = 0;
});

let typedAt = 0;
field?.addEventListener("input", () => {
  if (!field.value || Date.now() - typedAt < TYPING_EVERY) return;
  typedAt = Date.now();
  socket.say({ type: "typing", conversation_id: open, is_typing: true });
});
field?.addEventListener("blur", () => {
  if (typedAt) socket.say({ type: "typing", conversation_id: open, is_typing: false });
  typedAt = 0;
});

// Random enough for one conversation; randomUUID is missing where a page came over plain HTTP from another machine.
function newId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// --- reading -------------------------------------------------------------------------------------------------------

function isLooking() {
  return document.visibilityState === "visible";
}

function markRead() {
  if (!follows || !isLooking() || !thread.last) return;
  socket.say({ type: "read", conversation_id: open, message_id: thread.last });
  list.read(open);
}

document.addEventListener("visibilitychange", markRead);

// --- who is here, who is writing -----------------------------------------------------------------------------------

function showPresent() {
  for (const place of desk.querySelectorAll("[data-user]")) {
    place.querySelector(".avatar")?.classList.toggle("present", present.has(place.dataset.user));
  }
  const others = [...present].filter((id) => id !== desk.dataset.reader).length;
  if (here && desk.dataset.place === "/inbox/") here.textContent = others ? "Here now" : "";
  else if (here) here.textContent = others ? `${hereWords}, ${others + 1} here now` : hereWords;
}

function started(user, name) {
  clearTimeout(writing.get(user)?.timer);
  writing.set(user, { name, timer: setTimeout(() => stopped(user), TYPING_LASTS) });
  showNote();
}

function stopped(user) {
  clearTimeout(writing.get(user)?.timer);
  if (writing.delete(user)) showNote();
}

function say(words) {
  state = words;
  showNote();
}

function showNote() {
  if (!note) return;
  const names = [...writing.values()].map(({ name }) => name);
  const words = names.length > 2 ? "Several people are writing" : `${names.join(" and ")} ${names.length > 1 ? "are" : "is"} writing`;
  note.replaceChildren();
  if (state) note.textContent = state;
  else if (names.length) note.append(dots(words));
}

function dots(words) {
  const line = document.createElement("span");
  line.className = "writing";
  const three = document.createElement("span");
  three.className = "writing-dots";
  three.append(...[1, 2, 3].map(() => document.createElement("i")));
  line.append(words, three);
  return line;
}

// --- earlier messages ----------------------------------------------------------------------------------------------

const earlier = desk.querySelector("a.thread-note");
let cursor = desk.dataset.older ?? "";

async function loadOlder() {
  if (!cursor || earlier.getAttribute("aria-busy") === "true") return;
  earlier.setAttribute("aria-busy", "true");
  try {
    if (client) {
      const next = await client.older(earlier.getAttribute("href"));
      cursor = next;
      if (next) earlier.setAttribute("href", next);
      lookFurther();
      return;
    }
    const answer = await fetch(`/api/v1/conversations/${open}/history?${new URLSearchParams({ cursor, limit: "50" })}`);
    if (!answer.ok) throw new Error(String(answer.status));
    const { data } = await answer.json();
    thread.addOlder(data.messages.map(asFrame));
    cursor = data.next_cursor ?? "";
    lookFurther();
  } catch {
    toast("Earlier messages could not be loaded. Try again.", "bad");
  } finally {
    earlier.removeAttribute("aria-busy");
  }
}

// Looked at anew: where it is still in sight, there is room for more.
function lookFurther() {
  nearTop.unobserve(earlier);
  if (cursor) nearTop.observe(earlier);
  else earlier.remove();
}

function asFrame(message) {
  return { ...message, message_id: message.id, sender_name: message.sender?.name ?? message.role };
}

const nearTop = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && loadOlder(), {
  root: thread?.scroll,
  rootMargin: "200px",
});

if (earlier && follows) {
  earlier.addEventListener("click", (event) => {
    event.preventDefault();
    loadOlder();
  });
  nearTop.observe(earlier);
}
