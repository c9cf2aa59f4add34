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
  raise();
  region.append(toast);
  fade(toast, level);
}

// Under an open dialog all else is inert: the region moves into it, and back when it closes.
function raise() {
  const host = document.querySelector("dialog:modal") ?? document.body;
  if (region.parentElement !== host) host.append(region);
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
  const { xhr } = event.detail;
  if (xhr.getResponseHeader("HX-Trigger")?.includes('"toast"')) return; // it said itself why
  const texts = region.dataset;
  const own = { 403: texts.forbidden, 404: texts.missing, 413: texts.large, 429: texts.busy };
  show({ level: "error", text: own[xhr.status] ?? texts.failed });
}

document.addEventListener("toast", (event) => show(event.detail));
document.addEventListener("htmx:responseError", failed);
document.addEventListener("htmx:sendError", () => show({ level: "error", text: region.dataset.offline }));
document.addEventListener("htmx:timeout", () => show({ level: "error", text: region.dataset.offline }));
document.addEventListener("toggle", raise, { capture: true }); // a dialog opens; doesn't bubble
document.addEventListener("close", raise, { capture: true });
region.addEventListener("click", (event) => event.target.closest("[data-dismiss]")?.parentElement.remove());
for (const toast of region.querySelectorAll(".toast-success, .toast-info")) fade(toast, "success");
