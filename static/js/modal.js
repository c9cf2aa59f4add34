// The one dialog host: whatever htmx swaps into #modal-body opens #modal. Esc, [data-close] and
// the event `closeModal` (HX-Trigger, with a 204) close it; closing empties it.
const modal = document.getElementById("modal");
const body = document.getElementById("modal-body");
let asking = null;

function focusFirst() {
  const first = body.querySelector("[autofocus]")
    ?? body.querySelector(".dialog-body :is(input:not([type=hidden]), select, textarea)")
    ?? body.querySelector("#modal-title");
  if (first?.id === "modal-title") first.tabIndex = -1;
  first?.focus();
}

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target === body) asking = event.detail.elt;
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target !== body || !body.childElementCount) return;
  if (!modal.open) modal.showModal();
  focusFirst();
});

document.addEventListener("closeModal", () => modal.close());

modal.addEventListener("close", () => {
  if (asking) window.htmx.trigger(asking, "htmx:abort"); // a late answer must not open it again
  asking = null;
  body.replaceChildren();
  document.dispatchEvent(new CustomEvent("modalClosed"));
});

document.addEventListener("click", (event) => {
  const close = event.target.closest("dialog [data-close]");
  if (!close) return;
  event.preventDefault();
  close.closest("dialog").close();
});
