// Runs before the first paint: marks that scripts run, puts the chosen theme on the page, and leaves room for the player
// where one goes on (js/player.js), so that nothing flashes or jumps.
// A classic script on purpose; a module would come after the paint.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  try {
    const choice = localStorage.getItem("theme");
    if (choice === "light" || choice === "dark") root.dataset.theme = choice;
    if (sessionStorage.getItem("stoa-player")) root.dataset.dock = "";
  } catch {
    // Storage may be closed to us; the system's theme is then right.
  }
})();
