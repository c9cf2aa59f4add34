// Colour scheme, width of the navigation, density: kept in a cookie, so that the server writes
// them on <html> and nothing flickers. <button data-preference="scheme" data-value="dark">
const root = document.documentElement;
const TOGGLES = { nav: ["wide", "icons"], density: ["normal", "compact"] };
const YEAR = 60 * 60 * 24 * 365;

function next(name) {
  const [first, second] = TOGGLES[name];
  return root.dataset[name] === second ? first : second;
}

function keep(name, value) {
  root.dataset[name] = value;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${name}=${value}; Path=/; Max-Age=${YEAR}; SameSite=Lax${secure}`;
  for (const button of document.querySelectorAll(`[data-preference="${name}"][data-value]`)) {
    button.setAttribute("aria-pressed", String(button.dataset.value === value));
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-preference]");
  if (button) keep(button.dataset.preference, button.dataset.value ?? next(button.dataset.preference));
});
