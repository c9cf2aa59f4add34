// Rows of a table: tr[data-href] opens by click or Enter; j and k move, x ticks input[name=ids].
// A row with data-beside opens in the side panel instead (panel.js), and as a page by o.
import { writing } from "./writing.js";

const rows = () => [...document.querySelectorAll("main tr[data-href]")];
const current = () => document.querySelector("main tr[data-active]");
const tell = (row, name) => row.dispatchEvent(new CustomEvent(name, { bubbles: true }));
// Where the keyboard stands, for when the rows come anew: the row's address and its number.
let place = null;

function mark(row) {
  current()?.removeAttribute("data-active");
  row.setAttribute("data-active", "");
  row.tabIndex = -1;
  place = { href: row.dataset.href, at: rows().indexOf(row) };
}

function activate(row) {
  if (!row || row === current()) return;
  mark(row);
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  tell(row, "rowActive");
}

function step(by) {
  const all = rows();
  const at = all.indexOf(current());
  if (at >= 0) activate(all[Math.min(Math.max(at + by, 0), all.length - 1)]);
  // The row that one stood on has left the list: the next one stands in its place.
  else activate(all[Math.min(Math.max((place?.at ?? 0) + Math.min(by, 0), 0), all.length - 1)]);
}

function open(row, elsewhere) {
  if (elsewhere) window.open(row.dataset.href, "_blank", "noopener");
  else if ("beside" in row.dataset) {
    activate(row);
    tell(row, "rowBeside");
  } else location.assign(row.dataset.href);
}

// The rows came anew: one goes on from where one stood.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id !== "list" || !place) return;
  const row = rows().find((one) => one.dataset.href === place.href);
  const same = event.detail.requestConfig?.triggeringEvent?.type === "listChanged";
  if (!row) return void (place = same ? place : null);
  mark(row);
  if (document.activeElement === document.body) row.focus({ preventScroll: true });
});

document.addEventListener("keydown", (event) => {
  if (writing(event)) return;
  const row = current();
  if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "x" && row) row.querySelector("input[name=ids]")?.click();
  else if (event.key === "Enter" && row && event.target === row) open(row, false);
  else if (event.key === "o" && row) location.assign(row.dataset.href);
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
