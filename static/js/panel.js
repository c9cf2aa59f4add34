// The side panel opens when something is swapped into #panel-body and stays while one moves on.
const panel = document.getElementById("panel");
const body = document.getElementById("panel-body");

function close() {
  panel.hidden = true;
  body.replaceChildren();
}

if (panel && body.childElementCount) panel.hidden = false;

document.addEventListener("htmx:afterSwap", (event) => {
  if (panel && event.detail.target === body) panel.hidden = !body.childElementCount;
});

// The row that the keyboard stands on (rows.js): an open panel follows it.
document.addEventListener("rowActive", (event) => {
  const address = event.target.dataset.panel;
  if (panel && !panel.hidden && address) window.htmx.ajax("GET", address, { target: body });
});

document.addEventListener("click", (event) => {
  if (event.target.closest("#panel [data-close]")) close();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && panel && !panel.hidden && !document.querySelector("dialog[open], details[data-menu][open]")) close();
});
