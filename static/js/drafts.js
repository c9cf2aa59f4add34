// A session that ended while one wrote: what was typed is kept in this tab, and is back after
// signing in. Never passwords or files, never for another person, gone once used.
const KEY = "draft";
const region = document.getElementById("toasts");
const modal = document.getElementById("modal");
const panel = document.getElementById("panel");
const user = document.body.dataset.user;
const SKIPPED = ["password", "file", "hidden", "submit", "button"];
let edited = null;

const here = () => location.pathname + location.search;
const read = () => JSON.parse(sessionStorage.getItem(KEY) ?? "null");
const write = (draft) => sessionStorage.setItem(KEY, JSON.stringify(draft));
const forget = () => sessionStorage.removeItem(KEY);
const fields = (form) => [...form.elements].filter((field) => field.name && !SKIPPED.includes(field.type));
const sameForm = (form) => form.getAttribute("hx-post") ?? form.getAttribute("action") ?? form.id;
const ticks = (field) => ["checkbox", "radio"].includes(field.type);

function keep(form, signedOut) {
  if (!user || !form?.isConnected || form.closest("[data-no-draft]")) return;
  const values = fields(form).map((field) => [field.name, field.value, ticks(field) ? field.checked : null]);
  const host = [modal, panel].find((one) => one?.contains(form));
  const opener = host === modal ? modal.dataset.opened : form.closest("[data-asked]")?.dataset.asked;
  write({ user, page: here(), host: host?.id, opener, form: sameForm(form), values, signedOut });
}

function fill(draft, root) {
  const form = [...root.querySelectorAll("form")].find((one) => sameForm(one) === draft.form);
  if (!form) return;
  for (const [name, value, checked] of draft.values) {
    const field = fields(form).find((one) => one.name === name && (checked === null || one.value === value));
    if (!field) continue;
    if (checked === null) field.value = value;
    else field.checked = checked;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
  document.dispatchEvent(new CustomEvent("toast", { detail: { level: "info", text: region.dataset.restored } }));
}

function restore() {
  const draft = read();
  if (!draft || !user || document.querySelector(".entrance")) return; // not yet signed in: wait
  forget();
  if (!draft.signedOut || draft.user !== user || draft.page !== here()) return;
  if (!draft.host) return void fill(draft, document);
  const refill = (event) => {
    if (event.detail.target.id !== `${draft.host}-body`) return;
    document.removeEventListener("htmx:afterSettle", refill);
    fill(draft, event.detail.target);
  };
  document.addEventListener("htmx:afterSettle", refill);
  window.htmx.ajax("GET", draft.opener, { target: `#${draft.host}-body` });
}

document.addEventListener("input", (event) => { edited = event.target.form ?? null; });

// What opened the dialog opens it again.
document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt, target, requestConfig } = event.detail;
  if (target?.id === "modal-body" && requestConfig.verb === "get" && !modal.contains(elt)) modal.dataset.opened = requestConfig.path;
});

// The server says that the session has ended, just before htmx follows it to the sign-in page.
document.addEventListener("htmx:beforeOnLoad", (event) => {
  if (event.detail.xhr.getResponseHeader("X-Signed-Out")) keep(event.detail.elt.closest("form") ?? edited, true);
});

// A plain form: whether it was sent or led to sign-in shows on the page that comes next.
document.addEventListener("submit", (event) => {
  if (event.target.method === "post" && !event.target.hasAttribute("hx-post")) keep(event.target, false);
});
if (document.querySelector("[data-sign-in]") && read()) write({ ...read(), signedOut: true });

if (document.readyState === "complete") restore();
else window.addEventListener("load", restore);
