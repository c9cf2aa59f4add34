// A list's rows: tick one, the page, or all that match; the bar says how many and what can be done.
const form = () => document.querySelector("form[data-rows]");
const boxes = (rows) => [...rows.querySelectorAll("input[name=ids]")];

function mark(rows, checked) {
  for (const box of boxes(rows)) {
    if (box.checked === checked) continue;
    box.checked = checked;
    box.closest("tr").toggleAttribute("data-selected", checked);
  }
}

function update(rows) {
  const bar = rows.querySelector("[data-selection]");
  if (!bar) return;
  const all = boxes(rows);
  const count = all.filter((box) => box.checked).length;
  const page = rows.querySelector("[data-tick-page]");
  page.checked = count > 0 && count === all.length;
  page.indeterminate = count > 0 && count < all.length;
  bar.hidden = count === 0;
  const said = bar.querySelector("[data-selected]");
  said.textContent = said.dataset.selected.replace("%s", count);
}

// Whoever unticks a row no longer means all that match.
function onlyTicked(rows) {
  rows.querySelector("#selection-all")?.replaceChildren();
}

document.addEventListener("change", (event) => {
  const rows = event.target.closest("form[data-rows]");
  if (!rows) return;
  if (event.target.matches("[data-tick-page]")) mark(rows, event.target.checked);
  else if (!event.target.matches("input[name=ids]")) return;
  onlyTicked(rows);
  update(rows);
});

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-clear]")) return;
  const rows = form();
  mark(rows, false);
  onlyTicked(rows);
  update(rows);
  rows.querySelector("[data-tick-page]")?.focus();
});

document.addEventListener("htmx:afterSwap", (event) => {
  const rows = event.target.id === "selection-all" && form();
  if (!rows || !event.target.querySelector("[name=all]")) return;
  mark(rows, true);
  update(rows);
  event.target.querySelector("[name=confirm_count]")?.focus();
});

// Enter in the number must not send the form anywhere: the buttons say what is done.
document.addEventListener("submit", (event) => {
  if (event.target.matches("form[data-rows]")) event.preventDefault();
});

// The list comes in above what one reads: begin at its top again.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id === "list") event.target.scrollIntoView({ block: "nearest" });
});
