// <button class="copy" data-copy="value"> copies its value and says so; with data-copy-from="URL"
// it copies what that address answers.
const region = document.getElementById("toasts");

function fail(text) {
  document.dispatchEvent(new CustomEvent("toast", { detail: { level: "error", text } }));
}

// What the address answers; undefined, and a toast, where that is not the text: somebody who was
// signed out is led to another page, which nobody wants to paste.
async function read(address) {
  try {
    const answer = await fetch(address);
    if (answer.ok && !answer.redirected) return await answer.text();
    const own = { 403: region.dataset.forbidden, 404: region.dataset.missing };
    fail(own[answer.status] ?? region.dataset.failed);
  } catch {
    fail(region.dataset.offline);
  }
}

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
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (!button) return;
  event.preventDefault();
  const { copy, copyFrom } = button.dataset;
  const text = copyFrom ? await read(copyFrom) : copy;
  if (text === undefined) return;
  await write(text);
  button.setAttribute("data-copied", "");
  const before = button.title;
  button.title = region.dataset.copied;
  document.dispatchEvent(new CustomEvent("copied", { detail: text }));
  setTimeout(() => {
    button.removeAttribute("data-copied");
    button.title = before;
  }, 1200);
});
