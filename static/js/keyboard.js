// `/` goes to the search, `?` shows the keys. Not while one writes, not under a dialog.
import { writing } from "./writing.js";

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
