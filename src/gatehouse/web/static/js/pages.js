// What makes the pages handier where scripts run. Every page works without this file.
document.documentElement.classList.add("scripted");

// A hub without HTTPS is no "secure context", and there browsers have no clipboard but the old way.
const putOnClipboard = async (text, button) => {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const field = document.createElement("textarea");
  field.className = "visually-hidden";
  field.value = text;
  button.after(field);
  field.select();
  document.execCommand("copy");
  field.remove();
  button.focus();
};

// Its face is a word, or the icon that stands at its place.
const copyButton = (source, name, icon) => {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button-quiet button-small copy";
  const { copy, copied } = document.documentElement.dataset; // in the reader's language
  button.append(icon ?? copy);
  button.setAttribute("aria-label", name);
  button.addEventListener("click", async () => {
    await putOnClipboard(source.textContent.trim(), button);
    button.textContent = copied;
    say(copied);
    setTimeout(() => { button.replaceChildren(icon ?? copy); }, 1600);
  });
  return button;
};

// What scrolls is reached by keyboard, and what does not is no stop on the way.
const scrolling = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth || target.scrollHeight > target.clientHeight) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});

const prepare = (root) => {
  for (const box of root.querySelectorAll("pre, .code, .scroll-x, .prose table, .math.block")) scrolling.observe(box);
  for (const box of root.querySelectorAll(".snippet")) {
    if (box.querySelector(".copy")) continue;
    const title = box.querySelector(".snippet-title").textContent.trim();
    box.append(copyButton(box.querySelector("pre"), `${document.documentElement.dataset.copy}: ${title}`));
  }
  for (const place of root.querySelectorAll("[data-copy-text]")) {
    if (place.querySelector(".copy")) continue;
    place.append(copyButton({ textContent: place.dataset.copyText }, place.dataset.copyName, place.querySelector(".icon")));
  }
  // One box that picks all the others: `data-pick-all` names their form.
  for (const all of root.querySelectorAll("[data-pick-all]")) {
    all.closest("[hidden]")?.removeAttribute("hidden");
    const picks = () => [...document.querySelectorAll(`input.pick[form="${all.dataset.pickAll}"]`)];
    all.addEventListener("change", () => picks().forEach((pick) => { pick.checked = all.checked; }));
  }
};

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// Forms send at once when such a field changes.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-send]")) event.target.form.requestSubmit();
});

// Links to headings of a card: their ids carry a prefix, so that no card can take an id of the page.
const goToHeading = () => {
  const name = decodeURIComponent(location.hash.slice(1));
  if (name && !document.getElementById(name)) document.getElementById(`user-content-${name}`)?.scrollIntoView();
};

// Terms that somebody folded away are printed all the same, also where the stylesheet cannot unfold them.
const folded = new Set();
addEventListener("beforeprint", () => {
  for (const terms of document.querySelectorAll(".terms-fold:not([open])")) {
    folded.add(terms);
    terms.open = true;
  }
});
addEventListener("afterprint", () => {
  for (const terms of folded) terms.open = false;
  folded.clear();
});

prepare(document);
// On narrow screens the present tab may lie outside of its row.
for (const tab of document.querySelectorAll(":is(.tabs, .side-nav) [aria-current]")) {
  tab.parentElement.scrollLeft = tab.offsetLeft - (tab.parentElement.clientWidth - tab.offsetWidth) / 2;
}
document.querySelector("[data-focus]")?.focus();
goToHeading();
addEventListener("hashchange", goToHeading);
document.addEventListener("htmx:load", (event) => prepare(event.detail.elt.parentElement ?? document));

// A page that the browser kept as it was left is not shown once its reader has signed out, or somebody else has signed in.
const { reader } = document.documentElement.dataset;
addEventListener("pageshow", (event) => {
  if (!event.persisted) localStorage.setItem("reader", reader);
  else if (localStorage.getItem("reader") !== reader) {
    document.body.hidden = true;
    location.reload();
  }
});
