// <form data-keep="URL">: what it holds is sent there while one types, so that no reload, Back or
// lost page loses it. Nobody is told; a session that has ended shows with the next press.
const WAIT = 300;
let form = null; // with something that has not been sent
let timer;
let sending = Promise.resolve();

function send() {
  clearTimeout(timer);
  if (!form) return;
  const [address, body] = [form.dataset.keep, new FormData(form)];
  form = null;
  // Kept alive, it arrives although the page is left.
  const post = () => fetch(address, { method: "POST", body, keepalive: true, redirect: "manual" }).catch(() => {});
  sending = document.visibilityState === "hidden" ? post() : sending.then(post); // the last word last
}

function note(event) {
  if (!event.target.form?.dataset.keep) return;
  form = event.target.form;
  clearTimeout(timer);
  timer = setTimeout(send, event.type === "change" ? 0 : WAIT);
}

document.addEventListener("input", note);
document.addEventListener("change", note);
window.addEventListener("pagehide", send);
