// <button class="copy" data-copy="value"> copies its value and says so.
const region = document.getElementById("toasts");

async function write(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Without TLS there is no clipboard object; the old command still works.
  const field = document.createElement("textarea");
  field.value = text;
  (document.querySelector("dialog:modal") ?? document.body).append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  event.preventDefault();
  await write(button.dataset.copy);
  button.setAttribute("data-copied", "");
  const before = button.title;
  button.title = region.dataset.copied;
  document.dispatchEvent(new CustomEvent("copied", { detail: button.dataset.copy }));
  setTimeout(() => {
    button.removeAttribute("data-copied");
    button.title = before;
  }, 1200);
});
