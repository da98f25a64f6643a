// Long selects can be searched by typing (the ARIA pattern of an editable combobox with a list). The select stays what
// the form sends; without scripts it is used as it is.
const LONG = 12;
const plain = (text) => text.normalize("NFD").replace(/\p{Diacritic}/gu, "").toLowerCase();

class Combobox {
  constructor(select) {
    this.select = select;
    this.options = [...select.options].filter((option) => option.value);
    this.input = this.makeInput();
    this.list = document.createElement("ul");
    Object.assign(this.list, { id: `${this.input.id}-list`, hidden: true, className: "combobox-list" });
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", this.input.labels?.[0]?.textContent ?? "");
    this.input.setAttribute("aria-controls", this.list.id);
    const box = document.createElement("div");
    box.className = "combobox";
    select.before(box);
    box.append(this.input, this.list, select);
    this.listen();
    this.show();
    // Going back to a page, browsers put what was chosen back into the select, after this script has run.
    addEventListener("pageshow", () => this.show());
  }

  makeInput() {
    const { select } = this;
    const input = document.createElement("input");
    Object.assign(input, { type: "text", autocomplete: "off", spellcheck: false, placeholder: select.options[0].text });
    for (const name of ["aria-describedby", "aria-invalid", "required"]) {
      if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
    }
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    // The label, and the link from the summary of errors, lead to what is seen.
    input.id = select.id;
    select.id = `${select.id}-value`;
    select.hidden = true;
    return input;
  }

  listen() {
    this.input.addEventListener("input", () => this.open());
    this.input.addEventListener("click", () => this.open(""));
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => this.leave());
    // Before blur, or the list would be gone when the click comes.
    this.list.addEventListener("mousedown", (event) => {
      event.preventDefault();
      const item = event.target.closest("[role=option]");
      if (item) this.choose(item.option);
    });
  }

  show() {
    this.input.value = this.select.value ? this.select.selectedOptions[0].text : "";
  }

  open(sought = this.input.value) {
    const words = plain(sought);
    const found = this.options.filter((option) => plain(option.text).includes(words));
    found.sort((a, b) => plain(b.text).startsWith(words) - plain(a.text).startsWith(words));
    this.list.replaceChildren(...found.map((option, number) => this.item(option, number)));
    this.list.hidden = found.length === 0;
    this.input.setAttribute("aria-expanded", String(!this.list.hidden));
    this.mark(sought && found.length ? 0 : -1);
  }

  item(option, number) {
    const item = document.createElement("li");
    Object.assign(item, { id: `${this.list.id}-${number}`, textContent: option.text, option });
    item.setAttribute("role", "option");
    return item;
  }

  mark(number) {
    this.at = number;
    [...this.list.children].forEach((item, each) => item.setAttribute("aria-selected", String(each === number)));
    const item = this.list.children[number];
    if (item) {
      this.input.setAttribute("aria-activedescendant", item.id);
      item.scrollIntoView({ block: "nearest" });
    } else this.input.removeAttribute("aria-activedescendant");
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  choose(option) {
    this.select.value = option?.value ?? "";
    this.show();
    this.close();
  }

  // What was typed counts if it is an option's text; anything else leaves what was chosen before.
  leave() {
    const typed = plain(this.input.value.trim());
    const exact = this.options.find((option) => plain(option.text) === typed);
    if (exact || !typed) this.choose(exact);
    else this.choose(this.select.value ? this.select.selectedOptions[0] : undefined);
  }

  key(event) {
    const { key } = event;
    const open = !this.list.hidden;
    if (key === "ArrowDown" || key === "ArrowUp") {
      event.preventDefault();
      if (!open) this.open("");
      const last = this.list.children.length - 1;
      this.mark(key === "ArrowDown" ? Math.min(this.at + 1, last) : Math.max(this.at - 1, 0));
    } else if (key === "Enter" && open) {
      event.preventDefault();
      if (this.at >= 0) this.choose(this.list.children[this.at].option);
    } else if (key === "Escape" && open) {
      event.stopPropagation();
      this.choose(this.select.value ? this.select.selectedOptions[0] : undefined);
    }
  }
}

for (const select of document.querySelectorAll(".questions select")) {
  if (select.options.length > LONG) new Combobox(select);
}
