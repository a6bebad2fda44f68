// Socket.IO's own client against a running Stoa, as dana.txt "WebSocket Events" has it: node run.mjs http://localhost:8000
import { io } from "socket.io-client";

const base = process.argv[2];
const PASSWORD = "a quiet colonnade 8";
const TRANSPORTS = { polling: ["polling"], websocket: ["websocket"], both: ["polling", "websocket"] };

function check(what, seen, expected) {
  const [a, b] = [JSON.stringify(seen), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: saw ${a}, expected ${b}`);
  console.log(`  ${what}`);
}

async function call(method, path, token, body) {
  const headers = { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) };
  const response = await fetch(`${base}${path}`, { method, headers, body: body && JSON.stringify(body) });
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

async function person(name) {
  const body = { email: `${name}@${process.pid}.socket-io.example`, password: PASSWORD, company: "Example Inc." };
  const { user_id: id, token } = await call("POST", "/api/auth/signup", null, body);
  return { id, token };
}

const say = (who, room, content) => call("POST", `/api/v1/conversations/${room}/messages`, who.token, { content });
function within(promise, what) {
  let clock;
  const late = new Promise((_, no) => { clock = setTimeout(() => no(new Error(`never came: ${what}`)), 15_000); });
  return Promise.race([promise, late]).finally(() => clearTimeout(clock));
}
const once = (socket, event) => within(new Promise((yes) => socket.once(event, yes)), event);
const ask = (socket, event, data) => socket.timeout(15_000).emitWithAck(event, data);

function connected(transports, options = {}) {
  const socket = io(base, { transports, forceNew: true, reconnection: false, ...options });
  socket.heard = [];
  socket.onAny((event, data) => socket.heard.push([event, data]));
  return socket;
}

async function signedIn(who, transports = TRANSPORTS.websocket) {
  const socket = connected(transports);
  await once(socket, "connect");
  const answer = await ask(socket, "authenticate", { token: who.token });
  if (!answer.success) throw new Error(JSON.stringify(answer));
  return socket;
}

const messages = (socket) => socket.heard.filter(([event]) => event === "new_message").map(([, data]) => data.message);

async function heardAll(socket, count) {
  for (let tries = 0; messages(socket).length < count && tries < 600; tries++) await new Promise((yes) => setTimeout(yes, 25));
  return messages(socket).map((message) => message.content);
}

const ada = await person("ada");
const bo = await person("bo");
const eve = await person("eve");
const { data: room } = await call("POST", "/api/v1/conversations", ada.token, { name: "A room", participant_ids: [bo.id] });
const place = { conversation_id: room.id };

for (const [name, transports] of Object.entries(TRANSPORTS)) {
  const socket = connected(transports);
  await once(socket, "connect");
  socket.emit("authenticate", { token: ada.token });
  check(`${name}: authenticated, said by an event`, await once(socket, "authenticated"), { user_id: ada.id });
  socket.emit("join_conversation", place);
  await once(socket, "joined");
  const coming = once(socket, "new_message");
  await say(bo, room.id, `by ${name}`);
  const { message } = await coming;
  check(`${name}: a message`, [message.conversation_id, message.content, message.sender_type, /Z$/.test(message.created_at)], [room.id, `by ${name}`, "user", true]);
  if (name === "both") check("both: it was upgraded", socket.io.engine.transport.name, "websocket");
  socket.emit("leave_conversation", place);
  await once(socket, "left");
  socket.close();
}

const early = connected(TRANSPORTS.both, { auth: { token: bo.token } });
check("the token in the connection", await once(early, "authenticated"), { user_id: bo.id });
early.close();
const refused = connected(TRANSPORTS.both, { auth: { token: "garbage" } });
check("a bad one there", (await once(refused, "connect_error")).data?.code, "invalid_token");
refused.close();

const [head, body, mac] = ada.token.split(".");
const none = `${Buffer.from('{"alg":"none","typ":"JWT"}').toString("base64url")}.${body}.`;
const changed = `${head}.${body}.${mac[0] === "A" ? "B" : "A"}${mac.slice(1)}`;
for (const token of ["garbage", "", undefined, null, 7, { a: 1 }, ["x"], none, changed]) {
  const socket = connected(TRANSPORTS.websocket);
  await once(socket, "connect");
  const [ended, told] = [once(socket, "disconnect"), once(socket, "auth_error")];
  const answer = await ask(socket, "authenticate", { token });
  check(`refused: ${JSON.stringify(token)?.slice(0, 20)}`, [answer.success, answer.error.code, (await told).code, await ended], [false, "invalid_token", "invalid_token", "io server disconnect"]);
}

const [one, two, outside, quiet] = [await signedIn(ada), await signedIn(bo, TRANSPORTS.polling), await signedIn(eve), await signedIn(bo)];
const nobody = connected(TRANSPORTS.websocket);
await once(nobody, "connect");
check("joining before that", (await ask(nobody, "join_conversation", place)).error.code, "auth_required");
check("a stranger", (await ask(outside, "join_conversation", place)).error.code, "resource_not_found");
check("a made-up id", (await ask(one, "join_conversation", { conversation_id: "nowhere" })).error.code, "resource_not_found");
const joined = await ask(one, "join_conversation", place);
check("joined", [joined.success, joined.last_seq, joined.missed, joined.truncated], [true, 3, [], false]);
await ask(one, "join_conversation", place);
await ask(two, "join_conversation", place);
outside.emit("new_message", { message: { conversation_id: room.id, content: "forged" } });
two.emit("new_message", { message: { conversation_id: room.id, content: "forged" } });
const posted = Array.from({ length: 30 }, (_, n) => `post ${n}`);
await Promise.all(posted.map((content, n) => say(n % 2 ? ada : bo, room.id, content)));
for (const [name, socket] of Object.entries({ one, two })) {
  check(`thirty at once, all of them once: ${name}`, (await heardAll(socket, 30)).toSorted(), posted.toSorted());
}
check("nobody else heard anything", [outside, nobody, quiet].map((socket) => messages(socket).length), [0, 0, 0]);
two.close();
await say(ada, room.id, "missed 1");
await say(ada, room.id, "missed 2");
const back = await signedIn(bo, TRANSPORTS.both);
const again = await ask(back, "join_conversation", { ...place, after: 33 });
check("what was missed, in order", again.missed.map((message) => message.content), ["missed 1", "missed 2"]);
const { missed } = await ask(back, "join_conversation", { ...place, after: again.missed[0].id });
check("by a message's id too", missed.map((message) => message.content), ["missed 2"]);

const task = once(back, "task_update");
await call("POST", "/api/tasks", bo.token, { description: "Send a brochure", priority: "high" });
const told = (await task).task;
check("a task", [told.description, told.status, told.priority], ["Send a brochure", "todo", "high"]);
const [update, left] = [once(back, "conversation_update"), once(back, "left")];
await call("DELETE", `/api/v1/conversations/${room.id}/participants`, ada.token, { user_id: bo.id });
check("a conversation's change", (await update).conversation.id, room.id);
check("who was removed is put out", (await left).conversation_id, room.id);
await say(ada, room.id, "among us");
check("who was removed hears no more", (await heardAll(one, 33)).at(-1), "among us");
check("really", messages(back).length, 0);

one.emit("join_conversation", { conversation_id: "x".repeat(4 * 1024 * 1024) });
await once(one, "disconnect");
check("four megabytes end that socket alone", [one.connected, back.connected], [false, true]);

const end = once(back, "auth_error");
await call("POST", "/api/auth/logout", bo.token);
check("a sign-in that ended", (await end).code, "invalid_token");
check("is nobody's", (await ask(back, "join_conversation", place)).error.code, "auth_required");
for (const socket of [back, outside, nobody, quiet]) socket.close();
