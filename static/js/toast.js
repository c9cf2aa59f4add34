// Toasts: Django's messages, the event `toast` (HX-Trigger), and answers that htmx can't swap.
// {level, text, url, link}; success and info go by themselves, warnings and errors stay.
const region = document.getElementById("toasts");
const ICONS = { success: "check-circle", info: "info", warning: "alert", error: "x-circle" };
const SECONDS = { success: 7, info: 7 };

function show({ level = "success", text, url, link }) {
  const toast = document.getElementById("toast").content.firstElementChild.cloneNode(true);
  toast.classList.add(`toast-${level}`);
  const use = toast.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${ICONS[level] ?? "info"}`));
  toast.querySelector(".toast-text").textContent = text;
  if (url) {
    const anchor = toast.querySelector("a");
    anchor.href = url;
    anchor.textContent = link || url;
    anchor.hidden = false;
  }
  region.append(toast);
  raise();
  fade(toast, level);
}

// An open dialog is above everything else; a manual popover opened after it is above the dialog.
function raise() {
  if (!document.querySelector("dialog:modal") || !region.showPopover) return;
  region.popover = "manual";
  if (region.matches(":popover-open")) region.hidePopover();
  region.showPopover();
}

function fade(toast, level) {
  if (!SECONDS[level]) return;
  let timer;
  const start = () => { timer = setTimeout(() => toast.remove(), SECONDS[level] * 1000); };
  const stop = () => clearTimeout(timer);
  toast.addEventListener("pointerenter", stop);
  toast.addEventListener("pointerleave", start);
  toast.addEventListener("focusin", stop);
  toast.addEventListener("focusout", start);
  start();
}

function failed(event) {
  const texts = region.dataset;
  const status = event.detail.xhr.status;
  const own = { 403: texts.forbidden, 404: texts.missing, 413: texts.large, 429: texts.busy };
  show({ level: "error", text: own[status] ?? texts.failed });
}

document.addEventListener("toast", (event) => show(event.detail));
document.addEventListener("htmx:responseError", failed);
document.addEventListener("htmx:sendError", () => show({ level: "error", text: region.dataset.offline }));
document.addEventListener("htmx:timeout", () => show({ level: "error", text: region.dataset.offline }));
region.addEventListener("click", (event) => event.target.closest("[data-dismiss]")?.parentElement.remove());
for (const toast of region.querySelectorAll(".toast-success, .toast-info")) fade(toast, "success");
