// The form post response mode: the answer goes to the application by itself. Its button does the same.
document.querySelector("form[data-send-at-once]")?.requestSubmit();
