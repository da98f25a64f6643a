// What was typed into a long form outlives the end of the session: it is there again after signing in anew, and when the
// form was older than the last sign-in and the page is loaded once more.
const KEPT = "typed";
const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
const pathOf = (form) => new URL(form.action).pathname;

const keep = (typed) => {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(typed));
  } catch {
    sessionStorage.removeItem(KEPT); // longer than the browser allows
  }
};

const putBack = (form, fields) => {
  for (const [name, value] of fields) {
    const field = form.elements.namedItem(name);
    if (field?.type === "checkbox") field.checked = true;
    else if (field) field.value = value;
  }
};

document.addEventListener("submit", ({ target }) => {
  if (!target.matches("[data-keep-typed]")) return;
  const texts = [...new FormData(target)].filter(([name]) => name !== "csrfmiddlewaretoken");
  keep({ form: pathOf(target), reader, fields: texts });
});

if (kept && (!reader || document.querySelector("[data-not-taken]"))) keep({ ...kept, away: true });
else if (kept) {
  sessionStorage.removeItem(KEPT);
  const form = [...document.querySelectorAll("[data-keep-typed]")].find((each) => pathOf(each) === kept.form);
  if (form && kept.away && kept.reader === reader) putBack(form, kept.fields);
}
