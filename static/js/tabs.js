// Tabs inside one page: [data-tabs] holds buttons that name panels by aria-controls. Without scripts every panel shows.
function select(list, tab) {
  for (const other of list.querySelectorAll("[role=tab]")) {
    const on = other === tab;
    other.setAttribute("aria-selected", String(on));
    other.tabIndex = on ? 0 : -1;
    document.getElementById(other.getAttribute("aria-controls"))?.toggleAttribute("hidden", !on);
  }
}

for (const list of document.querySelectorAll("[data-tabs]")) {
  const tabs = [...list.querySelectorAll("[role=tab]")];
  if (!tabs.length) continue;
  select(list, tabs.find((tab) => tab.getAttribute("aria-selected") === "true") ?? tabs[0]);
  list.addEventListener("click", (event) => {
    const tab = event.target.closest("[role=tab]");
    if (tab) select(list, tab);
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tabs.at((tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length);
    select(list, next);
    next.focus();
  });
}

// Where the tabs are wider than the screen, the one that is open is in sight.
const open = document.querySelector(".inbox-tabs > [aria-current]");
if (open) open.parentElement.scrollLeft = open.offsetLeft + open.offsetWidth - open.parentElement.clientWidth + 16;
