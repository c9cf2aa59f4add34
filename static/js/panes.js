// [role=tablist][data-panes] of buttons whose panes are all there: the chosen one is shown. The
// choice holds for the next thing that is looked into, unless that chooses itself (data-chosen).
const chosen = {};

function show(list, tab) {
  for (const other of list.querySelectorAll("[role=tab]")) {
    const is = other === tab;
    other.setAttribute("aria-selected", String(is));
    other.tabIndex = is ? 0 : -1;
    document.getElementById(other.getAttribute("aria-controls")).hidden = !is;
  }
}

document.addEventListener("click", (event) => {
  const tab = event.target.closest("[data-panes] [role=tab]");
  if (!tab) return;
  const list = tab.closest("[data-panes]");
  chosen[list.dataset.panes] = tab.id;
  show(list, tab);
});

// A field that gets its draft back (drafts.js) must be seen.
document.addEventListener("change", (event) => {
  const pane = event.target.closest?.("[role=tabpanel][hidden]");
  if (pane) document.getElementById(pane.getAttribute("aria-labelledby")).click();
});

document.addEventListener("htmx:afterSwap", (event) => {
  for (const list of event.target.querySelectorAll?.("[data-panes]") ?? []) {
    const id = list.dataset.chosen ? `tab-${list.dataset.chosen}` : chosen[list.dataset.panes];
    const tab = id && list.querySelector(`#${id}`);
    if (tab) show(list, tab);
  }
});
