// Native dialogs. <button commandfor="id" command="show-modal"> opens one; where the browser does not know it, we do it.
const knowsCommands = "commandForElement" in HTMLButtonElement.prototype;

document.addEventListener("click", (event) => {
  const dialog = event.target;
  // A press on the backdrop lands on the dialog itself, outside its box.
  if (dialog instanceof HTMLDialogElement && dialog.open) {
    const box = dialog.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside) dialog.close();
    return;
  }
  if (knowsCommands) return;
  const button = event.target.closest("button[commandfor]");
  const named = button && document.getElementById(button.getAttribute("commandfor"));
  if (!named) return;
  if (button.getAttribute("command") === "show-modal") named.showModal();
  if (button.getAttribute("command") === "close") named.close();
});
