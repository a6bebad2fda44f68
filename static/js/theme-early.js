// Runs before the first paint: marks that scripts run and puts the chosen theme on the page, so that nothing flashes.
// A classic script on purpose; a module would come after the paint.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  try {
    const choice = localStorage.getItem("theme");
    if (choice === "light" || choice === "dark") root.dataset.theme = choice;
  } catch {
    // Storage may be closed to us; the system's theme is then right.
  }
})();
