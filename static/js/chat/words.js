// Moments in the words of the server's own tag (ontology/templatetags/pieces.py).
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86400;

export function inWords(at, now = new Date()) {
  const seconds = Math.max(0, (now - at) / 1000);
  if (seconds < MINUTE) return "just now";
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min ago`;
  if (seconds < DAY) return `${Math.floor(seconds / HOUR)} h ago`;
  if (seconds < 7 * DAY) {
    const days = Math.floor(seconds / DAY);
    return days === 1 ? "1 day ago" : `${days} days ago`;
  }
  const month = at.toLocaleString("en", { month: "short" });
  return `${at.getDate()} ${month}${at.getFullYear() === now.getFullYear() ? "" : ` ${at.getFullYear()}`}`;
}

export function exactly(at) {
  return at.toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short" });
}

export function dayName(at, now = new Date()) {
  const day = at.toDateString();
  if (day === now.toDateString()) return "Today";
  if (day === new Date(now - DAY * 1000).toDateString()) return "Yesterday";
  return `${at.getDate()} ${at.toLocaleString("en", { month: "long" })} ${at.getFullYear()}`;
}

export function fillTime(element, at) {
  element.dateTime = at.toISOString();
  element.title = exactly(at);
  element.textContent = inWords(at);
}

// Relative words grow old while a page stays open.
export function keepTimes(root) {
  setInterval(() => {
    for (const element of root.querySelectorAll("time[datetime]:not([data-clock])")) element.textContent = inWords(new Date(element.dateTime));
  }, 30_000);
}
