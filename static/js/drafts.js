// A session that ended while one wrote: what was typed is kept in this tab, and is back after
// signing in. Never passwords or files, never for another person, gone once used.
const KEY = "draft";
const region = document.getElementById("toasts");
const store = window.sessionStorage;
const user = document.body.dataset.user;
const SKIPPED = ["password", "file", "hidden", "submit", "button"];

function fields(form) {
  return [...form.elements].filter((field) => field.name && !SKIPPED.includes(field.type));
}

function keep(form) {
  if (!user || form.closest("[data-no-draft]") || form.method === "get" && !form.closest("#modal")) return;
  const values = fields(form).map((field) => [field.name, field.type, field.value, field.checked]);
  const opener = form.closest("#modal") ? document.getElementById("modal").dataset.opened : "";
  store.setItem(KEY, JSON.stringify({ user, page: location.pathname + location.search, opener, action: form.getAttribute("action") ?? form.getAttribute("hx-post"), values }));
}

function fill(draft, root) {
  const form = [...root.querySelectorAll("form")].find((one) => (one.getAttribute("action") ?? one.getAttribute("hx-post")) === draft.action);
  if (!form) return false;
  for (const [name, type, value, checked] of draft.values) {
    const field = fields(form).find((one) => one.name === name && (!["checkbox", "radio"].includes(type) || one.value === value));
    if (!field) continue;
    if (["checkbox", "radio"].includes(type)) field.checked = checked;
    else field.value = value;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
  store.removeItem(KEY);
  document.dispatchEvent(new CustomEvent("toast", { detail: { level: "info", text: region.dataset.restored } }));
  return true;
}

function restore() {
  const draft = JSON.parse(store.getItem(KEY) ?? "null");
  if (!user) return; // at the sign-in page: wait
  const mine = draft?.signedOut && draft.user === user && draft.page === location.pathname + location.search;
  if (!mine) return store.removeItem(KEY);
  if (!draft.opener) return void (fill(draft, document) || store.removeItem(KEY));
  const refill = (event) => {
    if (event.detail.target.id !== "modal-body") return;
    document.removeEventListener("htmx:afterSettle", refill);
    fill(draft, event.detail.target);
  };
  document.addEventListener("htmx:afterSettle", refill);
  window.htmx.ajax("GET", draft.opener, { target: "#modal-body" });
}

document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt, target, requestConfig } = event.detail;
  if (target?.id === "modal-body" && requestConfig.verb === "get" && !elt.closest("#modal")) {
    document.getElementById("modal").dataset.opened = requestConfig.path;
  }
  const form = elt.closest("form");
  if (form) keep(form);
});
// The server says that the session has ended (SignedOutFragmentMiddleware); else it was sent.
document.addEventListener("htmx:afterRequest", (event) => {
  const draft = JSON.parse(store.getItem(KEY) ?? "null");
  if (!draft || !event.detail.elt.closest?.("form")) return;
  if (event.detail.xhr.getResponseHeader("X-Signed-Out")) store.setItem(KEY, JSON.stringify({ ...draft, signedOut: true }));
  else store.removeItem(KEY);
});
document.addEventListener("submit", (event) => {
  if (!event.defaultPrevented && event.target.method === "post") keep(event.target);
});

if (document.querySelector("[data-sign-in]") && store.getItem(KEY)) {
  store.setItem(KEY, JSON.stringify({ ...JSON.parse(store.getItem(KEY)), signedOut: true }));
}
if (document.readyState === "complete") restore();
else window.addEventListener("load", restore);
