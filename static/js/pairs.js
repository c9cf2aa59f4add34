// Ordered rows of a form: ol[data-pairs] > li[data-pair]. Added from template[data-pair-new], removed,
// moved by buttons or by Alt and an arrow; each tells the form by a change event.
const pair = (node) => node.closest?.("[data-pair]");
const list = () => document.querySelector("[data-pairs]");
const tell = () => list().dispatchEvent(new Event("change", { bubbles: true }));

function move(row, by) {
  const beside = by < 0 ? row.previousElementSibling : row.nextElementSibling;
  if (!beside) return;
  if (by < 0) beside.before(row);
  else beside.after(row);
  tell();
}

function add() {
  const row = document.querySelector("[data-pair-new]").content.firstElementChild.cloneNode(true);
  list().append(row);
  row.querySelector("input").focus();
  tell();
}

function remove(row) {
  const next = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  (next?.querySelector("[data-pair-remove]") ?? document.querySelector("[data-pair-add]")).focus();
  tell();
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-pair-add]")) return add();
  const row = pair(event.target);
  const button = row && event.target.closest("button");
  if (!button) return;
  if ("pairRemove" in button.dataset) return remove(row);
  move(row, Number(button.dataset.pairMove));
  button.focus();
});

document.addEventListener("keydown", (event) => {
  const row = pair(event.target);
  if (!row || !event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
  event.preventDefault();
  const held = event.target;
  move(row, event.key === "ArrowUp" ? -1 : 1);
  held.focus();
});
