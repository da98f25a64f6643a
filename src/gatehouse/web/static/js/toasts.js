// What has just been done is said in the corner: a live region that is always there, so that screen readers say it, too.
// It leaves after a while, but not while somebody points at it, is in it by keyboard, or looks at another tab. What did
// not work stays where it stands in the page. Without scripts all of it stands in the page.
const TOAST_MS = 10_000; // as long as a decision can be undone
const A_LITTLE_MS = 2000;
const corner = document.getElementById("toasts");

const leaveLater = (toast, after) => setTimeout(() => {
  if (document.hidden || toast.matches(":hover, :focus-within")) leaveLater(toast, A_LITTLE_MS);
  else toast.remove();
}, after);

const closeButton = (toast) => {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button-quiet button-small toast-close";
  button.textContent = "×";
  button.setAttribute("aria-label", document.documentElement.dataset.close);
  button.addEventListener("click", () => toast.remove());
  return button;
};

const show = (toast) => {
  toast.append(closeButton(toast));
  corner.append(toast);
  leaveLater(toast, TOAST_MS);
};

const showToasts = () => {
  const said = document.querySelectorAll("#flashes .notice:not(.notice-warn, .notice-bad)");
  if (said.length) corner.replaceChildren();
  said.forEach(show);
  const left = document.querySelector("#flashes .flashes");
  if (left?.childElementCount === 0) left.remove();
};

// A word for screen readers alone, where the eye sees it elsewhere.
const say = (text) => {
  const word = document.createElement("span");
  word.className = "visually-hidden";
  word.textContent = text;
  corner.append(word);
  setTimeout(() => word.remove(), A_LITTLE_MS);
};

if (corner) {
  showToasts();
  document.addEventListener("htmx:afterSettle", showToasts);
  document.addEventListener("click", ({ target }) => {
    const template = document.getElementById(target.closest("[data-say]")?.dataset.say);
    if (template) show(template.content.firstElementChild.cloneNode(true));
  });
}
