// One WebSocket to /ws/chat/, kept open: it comes back by itself, joins again, and asks for what was missed.
const FIRST_WAIT = 500;
const LONGEST_WAIT = 20_000;
const BEAT = 25_000;
const PATIENCE = 10_000;
const SIGNED_OUT = 4401;

export class Socket extends EventTarget {
  #socket = null;
  #joined = new Map(); // conversation id -> () => id of the last message known
  #unsent = new Map(); // client_id -> frame, until it is echoed
  #wait = FIRST_WAIT;
  #timer = 0;
  #beat = 0;
  #patience = 0;

  constructor(token = "") {
    super();
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    this.address = `${scheme}://${location.host}/ws/chat/${token ? `?token=${encodeURIComponent(token)}` : ""}`;
    addEventListener("online", () => this.#now());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#now());
    this.#open();
  }

  // `after` says which message is the last one known, each time it is asked.
  join(conversation, after = () => "") {
    this.#joined.set(conversation, after);
    this.#sendJoin(conversation);
  }

  // Sent now or as soon as there is a connection; twice does no harm, since client_id is the same.
  message(conversation, content, clientId) {
    const frame = { type: "message", conversation_id: conversation, content, client_id: clientId };
    this.#unsent.set(clientId, frame);
    this.say(frame);
  }

  heard(clientId) {
    this.#unsent.delete(clientId);
  }

  // Best effort: lost without a connection.
  say(frame) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  #open() {
    clearTimeout(this.#timer);
    const socket = new WebSocket(this.address);
    this.#socket = socket;
    socket.addEventListener("open", () => this.#opened());
    socket.addEventListener("message", (event) => this.#told(JSON.parse(event.data)));
    socket.addEventListener("close", (event) => socket === this.#socket && this.#closed(event.code));
  }

  #opened() {
    for (const conversation of this.#joined.keys()) this.#sendJoin(conversation);
    for (const frame of this.#unsent.values()) this.say(frame);
    this.#beat = setInterval(() => this.#ask(), BEAT);
    // A refused sign-in is accepted and closed at once; only an answer shows that we are in.
    this.#ask();
  }

  #ask() {
    this.say({ type: "ping" });
    clearTimeout(this.#patience);
    const asked = this.#socket;
    this.#patience = setTimeout(() => {
      if (asked !== this.#socket) return;
      asked.close();
      this.#closed(0);
    }, PATIENCE);
  }

  #told(frame) {
    clearTimeout(this.#patience);
    if (frame.type === "pong") {
      this.#wait = FIRST_WAIT;
      this.dispatchEvent(new Event("connected"));
      return;
    }
    this.dispatchEvent(new CustomEvent("frame", { detail: frame }));
  }

  #closed(code) {
    clearInterval(this.#beat);
    clearTimeout(this.#patience);
    this.#socket = null;
    if (code === SIGNED_OUT) {
      this.dispatchEvent(new Event("refused"));
      return;
    }
    this.dispatchEvent(new Event("disconnected"));
    // Not all at the same moment: a server that comes back is not met by everyone at once.
    this.#timer = setTimeout(() => this.#open(), this.#wait * (0.5 + Math.random()));
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
  }

  #now() {
    if (!this.#socket && this.#timer) {
      this.#wait = FIRST_WAIT;
      this.#open();
    }
  }

  #sendJoin(conversation) {
    const after = this.#joined.get(conversation)();
    this.say({ type: "join", conversation_id: conversation, ...(after ? { after } : {}) });
  }
}
