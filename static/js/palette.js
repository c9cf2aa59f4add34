// Ctrl-K: a list of commands, filtered while one types; an id goes straight to its page.
const palette = document.getElementById("palette");
const input = palette.querySelector("input");
const list = document.getElementById("palette-list");
const none = palette.querySelector(".palette-none");
const options = [...list.children];
let active = null;

function matches(option, typed) {
  if (option.dataset.pattern) return new RegExp(`^(?:${option.dataset.pattern})$`, "i").test(typed);
  const words = typed.toLowerCase().split(/\s+/);
  const text = option.textContent.toLowerCase();
  return words.every((word) => text.includes(word));
}

function choose(option) {
  active?.setAttribute("aria-selected", "false");
  active = option;
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  input.setAttribute("aria-activedescendant", option?.id ?? "");
}

function filter() {
  const typed = input.value.trim();
  for (const option of options) {
    option.hidden = !matches(option, typed);
    const slot = option.querySelector("[data-typed]");
    if (slot) slot.textContent = typed;
  }
  const shown = options.filter((option) => !option.hidden);
  none.hidden = shown.length > 0;
  choose(shown[0]);
}

function move(step) {
  const shown = options.filter((option) => !option.hidden);
  if (shown.length) choose(shown.at((shown.indexOf(active) + step) % shown.length));
}

function go(option) {
  palette.close();
  if ("modal" in option.dataset) window.htmx.ajax("GET", option.dataset.url, { target: "#modal-body" });
  else if (option.dataset.go) location.assign(option.dataset.go.replace(/0(?=\/?$)/, encodeURIComponent(input.value.trim())));
  else location.assign(option.dataset.url);
}

function openDialog(id) {
  const dialog = document.getElementById(id);
  if (document.querySelector("dialog:modal")) return;
  dialog.showModal();
  if (dialog === palette) {
    input.value = "";
    filter();
  }
}

input.addEventListener("input", filter);
input.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown") move(1);
  else if (event.key === "ArrowUp") move(-1);
  else if (event.key === "Enter" && active) go(active);
  else return;
  event.preventDefault();
});
list.addEventListener("click", (event) => {
  const option = event.target.closest("[role=option]");
  if (option) go(option);
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-open]");
  if (button) openDialog(button.dataset.open);
  else if (event.target.matches("dialog[data-light]")) event.target.close(); // its backdrop
});
document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  if (palette.open) palette.close();
  else openDialog("palette");
});
