// What looks again by itself ([data-asked]) and holds forms. A form sent meanwhile waits for that
// answer (hx-sync), which may not take the form away: htmx drops what waits without its form. The
// answer to the form shows all anew.
let waiting = null;

document.addEventListener("submit", (event) => { waiting = event.target; }, true);
document.addEventListener("htmx:beforeSend", (event) => { if (event.detail.elt === waiting) waiting = null; });
document.addEventListener("htmx:beforeSwap", (event) => {
  const asker = event.detail.requestConfig.elt;
  if (asker.matches("[data-asked]") && asker.contains(waiting)) event.detail.shouldSwap = false;
});
