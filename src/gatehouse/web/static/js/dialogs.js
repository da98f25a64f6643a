// A question before something is done is a <details> with a <dialog> in it. It unfolds in the page without scripts, and
// in browsers that know no dialogs; here it comes to the front: the browser keeps the keyboard in it, closes it by
// Escape, and gives the focus back.
const ask = (details) => {
  const dialog = details.querySelector(":scope > dialog");
  if (!dialog?.showModal) return;
  if (details.open === dialog.matches(".modal[open]")) return;
  if (!details.open) {
    dialog.close();
    return;
  }
  dialog.removeAttribute("open");
  dialog.classList.add("modal");
  dialog.showModal();
  // A question to be answered in words begins at the words; any other is read before a button is reached.
  const first = (what) => dialog.querySelector(what);
  (first("[data-focus]") ?? first("input:not([type=hidden]), textarea, select") ?? first("h2")).focus();
};

document.addEventListener("toggle", ({ target }) => { if (target.matches("details.asks")) ask(target); }, true);
// Escape folds the question at once: the dialog's own "close" comes only after the next key of somebody who is quick.
document.addEventListener("cancel", ({ target }) => {
  if (target.matches("details.asks > dialog")) target.parentElement.open = false;
}, true);
document.addEventListener("click", ({ target }) => {
  const dialog = target.closest("dialog [data-close]")?.closest("dialog");
  if (!dialog) return;
  dialog.close();
  dialog.parentElement.open = false;
});
for (const details of document.querySelectorAll("details.asks[open]")) ask(details);
