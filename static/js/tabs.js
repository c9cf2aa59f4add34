// [role=tablist] of buttons that fetch their panel: arrows, Home and End move and choose; the
// chosen one alone is reached by Tab.
const tabs = (list) => [...list.querySelectorAll("[role=tab]")];

function choose(tab) {
  for (const other of tabs(tab.closest("[role=tablist]"))) {
    other.setAttribute("aria-selected", String(other === tab));
    other.tabIndex = other === tab ? 0 : -1;
  }
}

document.addEventListener("click", (event) => {
  const tab = event.target.closest("[role=tablist] [role=tab]");
  if (tab) choose(tab);
});

document.addEventListener("keydown", (event) => {
  const tab = event.target.closest?.("[role=tablist] [role=tab]");
  if (!tab) return;
  const all = tabs(tab.closest("[role=tablist]"));
  const at = all.indexOf(tab);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  const next = all.at(to % all.length);
  next.focus();
  // A dialog that was fetched this very moment doesn't listen yet.
  window.htmx.process(next);
  next.click();
});
