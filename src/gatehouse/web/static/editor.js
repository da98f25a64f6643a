// A text field in which Tab indents. Escape lets the next Tab leave it, so that nobody is caught in it.
const field = document.querySelector("textarea[name=text]");
let leaving = false;

const indent = (text) => text.replace(/^/gm, "  ");
const outdent = (text) => text.replace(/^( {1,2}|\t)/gm, "");

// Through the browser's own editing, so that undo still works.
const replaceWith = (text, start, end) => {
  field.setSelectionRange(start, end);
  if (!document.execCommand("insertText", false, text)) field.setRangeText(text, start, end, "end");
};

field?.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    leaving = true;
    return;
  }
  if (event.key !== "Tab" || leaving || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  const { selectionStart: start, selectionEnd: end, value } = field;
  if (start === end && !event.shiftKey) {
    replaceWith("  ", start, end);
    return;
  }
  const first = value.lastIndexOf("\n", start - 1) + 1;
  const lines = value.slice(first, end);
  const changed = event.shiftKey ? outdent(lines) : indent(lines);
  replaceWith(changed, first, end);
  if (start !== end) field.setSelectionRange(first, first + changed.length);
});
field?.addEventListener("blur", () => { leaving = false; });

// What was typed and not sent is not lost by a slip.
const form = document.querySelector("[data-keep-typed]");
const opened = field?.value;
let sending = false;
form?.addEventListener("submit", () => { sending = true; });
addEventListener("beforeunload", (event) => {
  if (!sending && field && field.value !== opened) event.preventDefault();
});
