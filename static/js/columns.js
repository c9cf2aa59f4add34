// The column chooser: order by dragging, by Alt and an arrow, or by the buttons.
const item = (node) => node.closest?.("[data-column]");
let dragged = null;

function move(row, by) {
  const beside = by < 0 ? row.previousElementSibling : row.nextElementSibling;
  if (!beside) return;
  if (by < 0) beside.before(row);
  else beside.after(row);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-move]");
  if (!button) return;
  move(item(button), Number(button.dataset.move));
  button.focus();
});

// Before the menu's own handler, which walks through its items by the arrows.
document.addEventListener("keydown", (event) => {
  const row = item(event.target);
  if (!row || !event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  move(row, event.key === "ArrowUp" ? -1 : 1);
  event.target.focus();
}, { capture: true });

document.addEventListener("dragstart", (event) => {
  dragged = item(event.target);
  if (!dragged) return;
  dragged.toggleAttribute("data-dragged", true);
  event.dataTransfer.effectAllowed = "move";
});

document.addEventListener("dragover", (event) => {
  const over = item(event.target);
  if (!dragged || !over || over.parentElement !== dragged.parentElement) return;
  event.preventDefault();
  const box = over.getBoundingClientRect();
  if (event.clientY < box.top + box.height / 2) over.before(dragged);
  else over.after(dragged);
});

document.addEventListener("dragend", () => {
  dragged?.removeAttribute("data-dragged");
  dragged = null;
});
