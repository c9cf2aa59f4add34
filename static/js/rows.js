// Rows of a table: tr[data-href] opens by click or Enter; j and k move, x ticks input[name=ids].
import { writing } from "./writing.js";

const rows = () => [...document.querySelectorAll("main tr[data-href]")];
const current = () => document.querySelector("main tr[data-active]");

function activate(row) {
  const before = current();
  if (!row || row === before) return;
  before?.removeAttribute("data-active");
  row.setAttribute("data-active", "");
  row.tabIndex = -1;
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  row.dispatchEvent(new CustomEvent("rowActive", { bubbles: true }));
}

function step(by) {
  const all = rows();
  const at = all.indexOf(current());
  activate(at < 0 ? all[0] : all[Math.min(Math.max(at + by, 0), all.length - 1)]);
}

function open(row, elsewhere) {
  if (elsewhere) window.open(row.dataset.href, "_blank", "noopener");
  else location.assign(row.dataset.href);
}

document.addEventListener("keydown", (event) => {
  if (writing(event)) return;
  const row = current();
  if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "x" && row) row.querySelector("input[name=ids]")?.click();
  else if (event.key === "Enter" && row && event.target === row) open(row, false);
  else return;
  event.preventDefault();
});

document.addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-href]");
  const own = event.target.closest("a, button, input, label, summary, .pick");
  if (row && !own && !String(getSelection())) open(row, event.ctrlKey || event.metaKey);
});

// A ticked row is tinted, whoever ticked it.
document.addEventListener("change", (event) => {
  if (event.target.matches("input[name=ids]")) {
    event.target.closest("tr")?.toggleAttribute("data-selected", event.target.checked);
  }
});
