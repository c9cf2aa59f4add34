// Is a key meant for a field or a dialog? Only imported, so that the modules that ask share it.
export function writing(event) {
  return event.ctrlKey || event.metaKey || event.altKey || event.isComposing
    || event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]")
    || document.querySelector("dialog[open]");
}
