// a accepts, r rejects what one looks at: the request in the panel, or on its page. Without an
// open panel the first key opens it for the row, so that nothing is decided unseen.
import { writing } from "./writing.js";

const panel = document.getElementById("panel");
const row = () => document.querySelector("main tr[data-active]");

// What the keys are for: never the request of a row that one has already left by j or k.
function looked() {
  if (panel.hidden) return document.querySelector("main [data-asked]");
  const asked = panel.querySelector("[data-asked]");
  const at = row()?.dataset.panel;
  return !at || asked?.dataset.asked === at ? asked : null;
}

function press(asked, key) {
  window.htmx.process(asked); // what came this very moment doesn't listen yet
  asked.querySelector(`[data-key="${key}"]:not(:disabled)`)?.click();
}

document.addEventListener("keydown", (event) => {
  if (writing(event) || event.repeat || !["a", "r"].includes(event.key)) return;
  const asked = looked();
  if (asked) press(asked, event.key);
  else if (panel.hidden && row()) row().dispatchEvent(new CustomEvent("rowBeside", { bubbles: true }));
  else return;
  event.preventDefault();
});
