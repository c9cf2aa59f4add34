// A file field to drop on (.drop): shows what hovers and what was chosen.
const zone = (event) => event.target.closest?.(".drop");

function mark(drop) {
  const files = [...drop.querySelector("input[type=file]").files];
  drop.toggleAttribute("data-filled", files.length > 0);
  drop.querySelector(".drop-name").textContent = files.map((file) => `${file.name} · ${size(file.size)}`).join(", ");
}

function size(bytes) {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  const step = Math.min(Math.floor(Math.log10(bytes || 1) / 3), 3);
  const number = bytes / 1000 ** step;
  const style = { style: "unit", unit: units[step], unitDisplay: "short", maximumFractionDigits: step ? 1 : 0 };
  return new Intl.NumberFormat(document.documentElement.lang, style).format(number);
}

// The input lies over the whole zone, so the browser itself takes the drop.
document.addEventListener("dragover", (event) => {
  if (zone(event)) zone(event).setAttribute("data-over", "");
  else event.preventDefault(); // a file that misses must not replace the page
});
document.addEventListener("dragleave", (event) => zone(event)?.removeAttribute("data-over"));
document.addEventListener("drop", (event) => {
  if (zone(event)) zone(event).removeAttribute("data-over");
  else event.preventDefault();
});
document.addEventListener("change", (event) => {
  if (event.target.matches(".drop input[type=file]")) mark(event.target.closest(".drop"));
});
