// The review screen by keyboard.
const rows = () => [...document.querySelectorAll("[data-row]")];
const present = () => document.querySelector("[data-row].here");
let place = 0; // where the reviewer was, should that row have left the list

const go = (row) => {
  if (!row) return;
  present()?.classList.remove("here");
  row.classList.add("here");
  place = rows().indexOf(row);
  row.querySelector(".pick, a")?.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
};

const step = (by) => {
  const all = rows();
  const here = all.indexOf(present());
  go(all[here < 0 ? Math.min(place, all.length - 1) : Math.min(Math.max(here + by, 0), all.length - 1)]);
};

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  x: () => present()?.querySelector(".pick")?.click(),
  a: () => present()?.querySelector("button[value=accepted]")?.click(),
  r: () => {
    const details = present()?.querySelector(".decide details.asks");
    if (!details) return;
    details.open = true;
    ask(details); // at once: the next key is a letter of the reason already
  },
  u: () => document.querySelector("[data-undo]")?.requestSubmit(),
  "/": () => document.querySelector("[data-key='/']")?.focus(),
};

const typing = (target) => target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");

// Letters are pressed by slips and by speech input, too: who wants that not to decide switches them off (WCAG 2.1.4).
const OFF = "review-keys-off";
const showSwitch = () => {
  const box = document.querySelector("[data-keys]");
  if (box) box.checked = !localStorage.getItem(OFF);
};
showSwitch();
document.addEventListener("htmx:load", showSwitch);
document.addEventListener("change", ({ target }) => {
  if (!target.matches("[data-keys]")) return;
  if (target.checked) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, "yes");
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && typing(event.target)) event.target.blur();
  if (typing(event.target) || !KEYS[event.key] || localStorage.getItem(OFF) || document.querySelector("dialog.modal[open]")) return;
  event.preventDefault();
  KEYS[event.key]();
});

// After a decision the list is drawn anew: the reviewer stays at the same place in it, by mouse and by keyboard.
document.addEventListener("submit", ({ target }) => {
  const decided = target.id === "bulk" ? document.querySelector(".pick:checked") : target;
  const row = decided?.closest("[data-row]");
  if (row) place = rows().indexOf(row);
}, true);
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id !== "review") return;
  if (rows().length) go(rows()[Math.min(place, rows().length - 1)]);
  else document.querySelector("#review h1").focus();
});
