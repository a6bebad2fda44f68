// Likes, comments and new posts as they happen. Without this file the pages are plain: a reload shows what is new.
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30_000;
const LATE = 3000;
const MOST = 100;
const REFUSED = [1008, 4404];

const things = [...document.querySelectorAll("[data-thing]")].slice(0, MOST);
const list = document.querySelector("[data-comments-of]:not([data-earlier])");
const news = document.querySelector("[data-news]");
const follows = document.querySelector("[data-follows]");
let wait = FIRST_WAIT;
// Whether the page may be older than the connection: it was lost once, also before it stood, or came late.
let mayLag = false;
let posts = 0;

if (things.length) open();

function open() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const asked = new URLSearchParams({ ids: things.map((thing) => thing.dataset.thing).join(",") });
  if (follows) asked.set("follows", "1");
  const socket = new WebSocket(`${scheme}://${location.host}/ws/things/?${asked}`);
  socket.addEventListener("message", (event) => {
    const frame = JSON.parse(event.data);
    if (frame.type === "ready") ready();
    else HANDLERS[frame.type]?.(frame);
  });
  socket.addEventListener("close", ({ code }) => {
    if (REFUSED.includes(code)) return;
    mayLag = true;
    // Not all at the same moment: a server that comes back is not met by everyone at once.
    setTimeout(open, wait * (0.5 + Math.random()));
    wait = Math.min(wait * 2, LONGEST_WAIT);
  });
}

function ready() {
  wait = FIRST_WAIT;
  if (mayLag || performance.now() > LATE) catchUp();
  mayLag = false;
}

const HANDLERS = {
  likes: (frame) => fill("likes", frame.entity_id, frame.like_count),
  comment(frame) {
    fill("comments", frame.entity_id, frame.comment_count);
    if (list?.dataset.commentsOf === frame.entity_id) show(frame.entity_id, frame.comment_id);
  },
  comment_removed(frame) {
    fill("comments", frame.entity_id, frame.comment_count);
    document.getElementById(`comment-${frame.comment_id}`)?.remove();
  },
  post() {
    posts += 1;
    if (!news) return;
    news.querySelector("span").textContent = posts === 1 ? "One new post" : `${posts} new posts`;
    news.hidden = false;
  },
  stream_live: () => catchUp(),
  stream_ended: () => catchUp(),
  post_removed(frame) {
    const post = document.getElementById(`post-${frame.entity_id}`);
    if (post && !list) post.remove();
  },
};

// `what` is likes or comments: both stand in the page as data-<what>="<id>".
function fill(what, id, count) {
  for (const place of document.querySelectorAll(`[data-${what}="${CSS.escape(id)}"]`)) place.textContent = String(count);
}

async function show(post, comment) {
  const answer = await fetch(`${list.dataset.at ?? `/posts/${post}`}/comments/${comment}/`);
  if (answer.ok) add(new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".comment"));
}

function add(comment) {
  if (!comment || document.getElementById(comment.id)) return;
  comment.classList.add("is-new");
  list.insertAdjacentElement("newestFirst" in list.dataset ? "afterbegin" : "beforeend", document.adoptNode(comment));
  document.querySelector("[data-nothing]")?.remove();
}

// What happened while there was no connection is in the page as the server has it now.
async function catchUp() {
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const what of ["likes", "comments"]) {
    for (const place of page.querySelectorAll(`[data-${what}]`)) fill(what, place.dataset[what], place.textContent);
  }
  for (const part of page.querySelectorAll("[data-part]")) renew(part);
  if (!list) return;
  const said = [...page.querySelectorAll(".comment")];
  for (const comment of "newestFirst" in list.dataset ? said.reverse() : said) add(comment);
}

// A part that reads otherwise now, such as whether a stream is on air; what has not changed goes on playing.
function renew(part) {
  const here = document.querySelector(`[data-part="${CSS.escape(part.dataset.part)}"]`);
  if (here && here.textContent !== part.textContent) here.replaceChildren(...document.adoptNode(part).childNodes);
}
