// A table's box in the head ticks all below it: input[data-tick-page] and input[name=ids].
const boxes = (form) => [...form.querySelectorAll("input[name=ids]")];

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-rows]");
  const page = form?.querySelector("[data-tick-page]");
  if (!page) return;
  if (event.target === page) {
    for (const box of boxes(form)) {
      box.checked = page.checked;
      box.closest("tr").toggleAttribute("data-selected", page.checked);
    }
  }
  const ticked = boxes(form).filter((box) => box.checked).length;
  page.checked = ticked > 0 && ticked === boxes(form).length;
  page.indeterminate = ticked > 0 && !page.checked;
});
