// The navigation as a sheet on a phone.
const root = document.documentElement;
const opener = document.querySelector(".nav-open");
const nav = document.getElementById("nav");

function set(open) {
  root.toggleAttribute("data-nav-open", open);
  opener.setAttribute("aria-expanded", String(open));
  if (open) nav.querySelector(".nav-link[aria-current], .nav-link").focus();
  else opener.focus();
}

if (opener) {
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-nav-toggle]")) set(!root.hasAttribute("data-nav-open"));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && root.hasAttribute("data-nav-open")) set(false);
  });
}
