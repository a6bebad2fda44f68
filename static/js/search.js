// "/" goes to the search field, Escape leaves it.
document.addEventListener("keydown", (event) => {
  const field = document.querySelector("[data-search]");
  if (!field) return;
  if (event.key === "Escape" && document.activeElement === field) field.blur();
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  event.preventDefault();
  field.focus();
  field.select();
});
