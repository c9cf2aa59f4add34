// The side panel opens when something is swapped into #panel-body and stays while one moves on.
const panel = document.getElementById("panel");
const body = document.getElementById("panel-body");

function close() {
  if (body.querySelector("form.htmx-request")) return; // what becomes of it has to be told here
  const inside = panel.contains(document.activeElement);
  panel.hidden = true;
  body.replaceChildren();
  if (inside) document.querySelector("main tr[data-active]")?.focus({ preventScroll: true });
}

// By the panel itself, so that it waits for what was sent from within it (hx-sync).
function show(row) {
  if (row.dataset.panel) window.htmx.ajax("GET", row.dataset.panel, { source: body, target: body });
}

if (panel && body.childElementCount) panel.hidden = false;

document.addEventListener("htmx:afterSwap", (event) => {
  if (panel && event.detail.target === body) panel.hidden = !body.childElementCount;
});

// The row that the keyboard stands on (rows.js): an open panel follows it.
document.addEventListener("rowActive", (event) => {
  if (panel && !panel.hidden) show(event.target);
});

// A row that opens beside the list; opened again, the keyboard goes into the panel.
document.addEventListener("rowBeside", (event) => {
  if (!panel) return;
  const heading = panel.hidden ? null : body.querySelector("h2[tabindex]");
  const there = body.querySelector("[data-asked]")?.dataset.asked === event.target.dataset.panel;
  if (heading && there) heading.focus();
  else if (panel.hidden) show(event.target);
});

document.addEventListener("click", (event) => {
  if (event.target.closest("#panel [data-close]")) close();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && panel && !panel.hidden && !document.querySelector("dialog[open], details[data-menu][open]")) close();
});
