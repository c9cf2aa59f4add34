// Drop-downs made of <details data-menu>: Esc, a click elsewhere, or choosing closes; arrows move.
const open = () => document.querySelectorAll("details[data-menu][open]");
const items = (menu) => [...menu.querySelectorAll(".menu-list :is(a, button, input, select)")].filter((item) => item.offsetParent);

// Others (the bell) load what they show when they open: hx-trigger="menuOpened".
document.addEventListener("toggle", (event) => {
  if (event.target.matches("details[data-menu][open]")) event.target.dispatchEvent(new CustomEvent("menuOpened"));
}, { capture: true });

document.addEventListener("click", (event) => {
  for (const menu of open()) {
    const inside = menu.contains(event.target);
    const chosen = inside && event.target.closest(".menu-item") && !event.target.closest("[data-keep-open]");
    if (!inside || (chosen && !event.target.closest("label"))) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  const menu = document.activeElement?.closest("details[data-menu][open]") ?? open()[0];
  if (!menu) return;
  if (event.key === "Escape") {
    event.preventDefault();
    menu.open = false;
    menu.querySelector("summary").focus();
  } else if (["ArrowDown", "ArrowUp"].includes(event.key) && !event.target.matches("select, textarea")) {
    event.preventDefault();
    const all = items(menu);
    const at = all.indexOf(document.activeElement);
    const to = event.key === "ArrowDown" ? at + 1 : Math.max(at, 0) - 1;
    all.at(to % all.length)?.focus();
  }
});
