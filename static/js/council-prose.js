// What advisors write, as elements: paragraphs, lists and bold words. council/templatetags/prose.py does the same.
// Text only ever enters as text nodes, so nothing in an answer can become markup.
const NUMBERED = /^\s*(\d{1,4})[.)]\s+/;
const BULLET = /^\s*[-*•]\s+/;
const HEADING = /^\s*#{1,6}\s+/;
const BOLD = /\*\*([^*\n]{1,300})\*\*/;

export function prose(text) {
  const found = document.createDocumentFragment();
  for (const block of text.trim().split(/\n\s*\n/)) {
    let last = null;
    for (const line of block.split("\n")) {
      const number = NUMBERED.exec(line);
      const kind = number ? "OL" : BULLET.test(line) ? "UL" : "P";
      const words = line.replace(NUMBERED, "").replace(BULLET, "").replace(HEADING, "").trim();
      if (!words) continue;
      const goesOn = last?.nodeName === kind;
      if (!goesOn) {
        last = document.createElement(kind);
        found.append(last);
      }
      if (kind === "P") {
        if (goesOn) last.append(document.createElement("br"));
        last.append(...spans(words));
      } else {
        const item = document.createElement("li");
        // A list may be broken up by other lines; its numbers go on all the same.
        if (number) item.value = Number(number[1]);
        item.append(...spans(words));
        last.append(item);
      }
    }
  }
  return found;
}

function spans(words) {
  return words.split(BOLD).map((part, place) => {
    if (place % 2 === 0) return part;
    const strong = document.createElement("strong");
    strong.textContent = part;
    return strong;
  });
}
