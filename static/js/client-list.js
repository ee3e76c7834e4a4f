// Improvements only: without this file the box in the head still means "all on this page", and the preview counts.

const bar = document.getElementById("bulk");
const said = bar?.querySelector("[data-selected]");
const boxes = Array.from(document.querySelectorAll('.selectable input[name="pk"]'));
const head = document.querySelector('.selectable input[value="page"]');
const matching = bar?.querySelector('input[value="matching"]');

/* The number that is selected is always said, and always true. */
function count() {
  const ticked = boxes.filter((box) => box.checked).length;
  head.checked = ticked === boxes.length;
  head.indeterminate = ticked > 0 && ticked < boxes.length;
  said.textContent = matching?.checked ? `All ${matching.dataset.all} that match` : `${ticked} selected on this page`;
}

if (bar && head) {
  head.addEventListener("change", () => {
    for (const box of boxes) box.checked = head.checked;
    if (!head.checked && matching) matching.checked = false;
    count();
  });
  for (const box of boxes) box.addEventListener("change", count);
  matching?.addEventListener("change", () => {
    if (matching.checked) for (const box of boxes) box.checked = true;
    count();
  });
  count();
}
