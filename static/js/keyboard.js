// `/` goes to the search, `?` shows the keys. Not while one writes, not under a dialog.
export function writing(event) {
  return event.ctrlKey || event.metaKey || event.altKey || event.isComposing
    || event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]")
    || document.querySelector("dialog[open]");
}

document.addEventListener("keydown", (event) => {
  if (writing(event)) return;
  if (event.key === "/") {
    const search = document.querySelector("main [data-search]") ?? document.querySelector("[data-search]");
    if (!search) return;
    event.preventDefault();
    search.focus();
    search.select();
  } else if (event.key === "?") {
    event.preventDefault();
    document.getElementById("help").showModal();
  }
});
