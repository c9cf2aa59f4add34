// Of the buttons [data-exclusive] beside each other, the one pressed last stays pressed.
document.addEventListener("click", (event) => {
  const pressed = event.target.closest("[data-exclusive]");
  if (!pressed) return;
  for (const other of pressed.parentElement.querySelectorAll("[data-exclusive]")) {
    other.setAttribute("aria-pressed", String(other === pressed));
  }
});
