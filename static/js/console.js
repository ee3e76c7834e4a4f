// Improvements only: every page works without this file.

/* ── Theme: the radio buttons in the account menu ── */
const root = document.documentElement;
for (const radio of document.querySelectorAll("input[name=theme]")) {
  radio.checked = radio.value === (root.dataset.theme ?? "auto");
  radio.addEventListener("change", () => {
    root.dataset.theme = radio.value;
    try {
      localStorage.setItem("theme", radio.value);
    } catch {
      // Storage is closed to us: the choice lasts as long as the page.
    }
  });
}

/* ── Toasts: short answers to what the reader just did ── */
function say(message, tone = "ok") {
  const place = document.querySelector(".toasts");
  if (!place) return;
  const toast = document.createElement("div");
  toast.className = "toast";
  toast.dataset.tone = tone;
  toast.textContent = message;
  place.replaceChildren(toast);
  setTimeout(() => toast.remove(), 4000);
}

/* ── Copy buttons ── */
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (!button) return;
  const source = button.dataset.copyFrom;
  const text = source ? document.getElementById(source).textContent : button.dataset.copy;
  try {
    await navigator.clipboard.writeText(text);
    button.dataset.done = "";
    setTimeout(() => delete button.dataset.done, 1500);
    say("Copied");
  } catch {
    say("The browser does not allow copying here. Select the text instead.", "danger");
  }
});

/* ── Messages from the server can be put away ── */
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-dismiss]");
  if (!button) return;
  const list = button.closest(".messages");
  button.closest(".message").remove();
  if (list.childElementCount === 0) list.remove();
});

/* ── Dialogs for browsers that do not know command and commandfor ── */
if (!("commandForElement" in HTMLButtonElement.prototype)) {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[commandfor]");
    const dialog = button && document.getElementById(button.getAttribute("commandfor"));
    if (!dialog) return;
    if (button.getAttribute("command") === "show-modal") dialog.showModal();
    else dialog.close();
  });
}

/* ── A link to a question opens the same question as a dialog, where the page has it ── */
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-dialog]");
  const dialog = link && document.getElementById(link.dataset.dialog);
  if (!dialog || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  link.closest("[popover]")?.hidePopover();
  dialog.showModal();
});

/* ── A dialog that the server sends opens itself, and is gone once it is closed ── */
document.addEventListener("htmx:afterSwap", () => {
  const dialog = document.querySelector("dialog[data-open]:not([open])");
  if (!dialog) return;
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
});

/* ── Line numbers beside a text of one entry a line: more lines, more numbers ── */
document.addEventListener("input", (event) => {
  const field = event.target.closest(".lines textarea");
  if (!field) return;
  const numbers = field.parentElement.querySelector("ol");
  const count = field.value.split("\n").length;
  while (numbers.childElementCount < count + 20) {
    const number = document.createElement("li");
    number.textContent = numbers.childElementCount + 1;
    numbers.append(number);
  }
  if (!CSS.supports("field-sizing", "content")) field.rows = Math.max(3, count);
});

/* ── A form that the server draws anew (a preset, a type) keeps what was typed while the answer was under way ── */
const textsOf = (form) => form.querySelectorAll("textarea, input[type=text], input[type=number], input:not([type])");
let sent = new Map();
let typed = [];
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target.matches("form")) {
    sent = new Map(Array.from(textsOf(event.detail.target), (field) => [field.name, field.value]));
  }
});
document.addEventListener("htmx:beforeSwap", (event) => {
  typed = event.detail.target.matches("form")
    ? Array.from(textsOf(event.detail.target)).filter((field) => sent.get(field.name) !== field.value)
    : [];
});
document.addEventListener("htmx:afterSwap", () => {
  for (const old of typed) {
    const field = document.querySelector(`form [name="${old.name}"]`);
    if (field) field.value = old.value;
  }
  typed = [];
});

/* ── "/" goes to search, unless something is being typed ── */
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, dialog, [contenteditable]")) return;
  const search = document.querySelector(".top input[type=search]");
  if (!search?.checkVisibility()) return;
  event.preventDefault();
  search.focus();
});
