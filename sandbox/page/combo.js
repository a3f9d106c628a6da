/** Selects: a text box with a list (WAI-ARIA combobox), one or many, with choices of the view or searched at the app. */

import { Control } from "./control.js";
import { announce, h, same, setAttribute, uid } from "./dom.js";
import { place } from "./popup.js";
import { words } from "./mrkdwn.js";

const PAUSE = 180; // Milliseconds without typing before the app is asked.

export class Combo extends Control {
  constructor(element, field) {
    super(element, field);
    this.many = element.type.startsWith("multi_");
    this.external = element.type.endsWith("external_select");
    this.chosen = this.many ? [...(element.initial_options ?? [])] : [element.initial_option].filter(Boolean);
    this.asked = 0;
    this.build();
    this.update(element);
    this.show();
  }

  build() {
    const attributes = { role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list", "aria-haspopup": "listbox" };
    this.target = h("input", { type: "text", id: this.field.id, autocomplete: "off", spellcheck: "false", ...attributes });
    this.label(this.target);
    this.tokens = h("ul", { class: "tokens", role: "list", hidden: true });
    this.clear = h("button", { type: "button", class: "clear", "aria-label": "Clear choice", hidden: true }, "×");
    this.chosenText = h("span", { class: "unseen", id: uid("chosen") });
    this.box = h("div", { class: "combo" }, this.tokens, this.target, this.clear, this.chosenText);
    this.node = h("div", { class: "combo-host" }, this.box);
    this.target.addEventListener("input", () => this.typed());
    this.target.addEventListener("click", () => this.open());
    this.target.addEventListener("keydown", (event) => this.key(event));
    this.clear.addEventListener("click", () => this.empty());
    this.box.addEventListener("mousedown", (event) => {
      if (event.target !== this.box && event.target !== this.tokens) return;
      event.preventDefault();
      this.target.focus();
      this.open();
    });
    this.node.addEventListener("focusout", (event) => {
      if (!this.node.contains(event.relatedTarget)) this.close();
    });
  }

  update(element) {
    const before = this.element;
    this.element = element;
    setAttribute(this.target, "placeholder", this.many && this.chosen.length ? null : element.placeholder?.text);
    if (this.external || same([before.options, before.option_groups], [element.options, element.option_groups])) return;
    const offered = new Map(flat(element).map((option) => [option.value, option]));
    this.chosen = this.chosen.filter((option) => offered.has(option.value)).map((option) => offered.get(option.value));
    this.show();
    if (this.list) this.fill(this.matching());
  }

  read() {
    return this.many ? { selected_options: this.chosen } : { selected_option: this.chosen[0] ?? null };
  }

  write(value) {
    this.chosen = [...(value.selected_options ?? [value.selected_option])].filter(Boolean);
    this.show();
  }

  describe(ids) {
    this.described = ids;
    const own = this.many ? [this.chosenText.id] : [];
    setAttribute(this.target, "aria-describedby", [...ids, ...own].join(" ") || null);
  }

  /** Shows what is chosen: as the text of the box, or as tokens before it. */
  show() {
    const names = this.chosen.map((option) => words(option.text, this.field.names));
    this.clear.hidden = this.many || this.field.required || !names.length;
    if (!this.many) {
      this.target.value = names[0] ?? "";
      return;
    }
    this.tokens.hidden = !names.length;
    this.tokens.replaceChildren(...this.chosen.map((option, index) => this.token(option, names[index])));
    this.chosenText.textContent = names.length ? `Chosen: ${names.join(", ")}.` : "";
    setAttribute(this.target, "placeholder", names.length ? null : this.element.placeholder?.text);
  }

  token(option, name) {
    const remove = () => {
      this.toggle(option);
      this.target.focus();
    };
    const button = h("button", { type: "button", "aria-label": `Remove ${name}`, on: { click: remove } }, "×");
    return h("li", { class: "token", data: { value: option.value } }, h("span", {}, name), button);
  }

  typed() {
    this.query = this.target.value;
    this.field.edited();
    if (this.list) this.refresh();
    else this.open(this.query);
  }

  open(query = "") {
    if (this.list) return;
    this.query = query;
    this.list = h("div", { class: "listbox", role: "listbox", id: uid("list"), "aria-label": "Choices" });
    setAttribute(this.list, "aria-multiselectable", this.many ? "true" : null);
    // The focus stays in the text box; a press on the list must not take it away.
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.node.append(this.list);
    this.target.setAttribute("aria-expanded", "true");
    this.target.setAttribute("aria-controls", this.list.id);
    if (!this.many && !query) this.target.select();
    this.refresh();
    this.unplace = place(this.list, this.box);
  }

  close() {
    if (!this.list) return;
    clearTimeout(this.soon);
    this.asked += 1;
    this.unplace();
    this.list.remove();
    this.list = null;
    this.target.setAttribute("aria-expanded", "false");
    for (const name of ["aria-controls", "aria-activedescendant"]) this.target.removeAttribute(name);
    this.target.value = "";
    this.show();
  }

  /** Fills the list for what is typed, at once or, for a search, after a short pause. */
  refresh() {
    if (!this.external) {
      this.fill(this.matching());
      return;
    }
    clearTimeout(this.soon);
    const least = this.element.min_query_length ?? 3;
    this.asked += 1;
    if (this.query.length < least) {
      this.say(`Type at least ${least} ${least === 1 ? "character" : "characters"}.`);
      return;
    }
    if (!this.list.querySelector("[role=option]")) this.say("Searching…");
    this.list.classList.add("waiting");
    this.soon = setTimeout(() => this.search(this.asked), this.query ? PAUSE : 0);
  }

  async search(asked) {
    const found = await this.field.suggest(this.query);
    // An answer to an earlier question must not replace that to a later one.
    if (asked !== this.asked || !this.list) return;
    this.list.classList.remove("waiting");
    if (found.ok === false) this.say("The choices did not load. Type again.");
    else this.fill(found);
  }

  matching() {
    const wanted = (this.query ?? "").trim().toLowerCase();
    const keep = (options) => options.filter((option) => words(option.text, this.field.names).toLowerCase().includes(wanted));
    if (!this.element.option_groups) return { options: keep(this.element.options ?? []) };
    const groups = this.element.option_groups.map((group) => ({ ...group, options: keep(group.options) }));
    return { option_groups: groups.filter((group) => group.options.length) };
  }

  say(sentence) {
    this.list.classList.remove("waiting");
    this.list.replaceChildren(h("p", { class: "nothing" }, sentence));
    this.target.removeAttribute("aria-activedescendant");
    announce(sentence);
  }

  fill(found) {
    const groups = found.option_groups ?? [{ options: found.options ?? [] }];
    this.offered = [];
    const nodes = groups.map((group) => this.group(group));
    if (!this.offered.length) {
      this.say("Nothing found.");
      return;
    }
    this.list.replaceChildren(...nodes);
    const chosen = this.many ? -1 : this.offered.findIndex(({ option }) => this.has(option));
    this.activate(Math.max(chosen, 0));
    announce(this.offered.length === 1 ? "1 choice." : `${this.offered.length} choices.`);
  }

  group(group) {
    const options = group.options.map((option) => this.option(option));
    if (!group.label) return h("div", { role: "presentation" }, options);
    const name = words(group.label, this.field.names);
    const heading = h("p", { class: "group", "aria-hidden": "true" }, name);
    return h("div", { role: "group", "aria-label": name }, heading, options);
  }

  option(option) {
    const index = this.offered.length;
    const note = option.description ? h("span", { class: "note" }, words(option.description, this.field.names)) : null;
    const attributes = { role: "option", id: uid("option"), "aria-selected": this.has(option) ? "true" : "false" };
    const node = h("div", { ...attributes, data: { value: option.value } }, words(option.text, this.field.names), note);
    node.addEventListener("click", () => this.choose(index));
    node.addEventListener("mousemove", () => this.activate(index));
    this.offered.push({ option, node });
    return node;
  }

  activate(index) {
    for (const { node } of this.offered) node.classList.remove("active");
    this.active = index;
    const { node } = this.offered[index];
    node.classList.add("active");
    node.scrollIntoView({ block: "nearest" });
    this.target.setAttribute("aria-activedescendant", node.id);
  }

  has(option) {
    return this.chosen.some((chosen) => chosen.value === option.value);
  }

  choose(index) {
    const { option } = this.offered[index];
    if (this.many) {
      this.toggle(option);
      if (!this.target.value) return;
      this.target.value = "";
      this.query = "";
      this.refresh();
      return;
    }
    const changed = !this.has(option);
    this.chosen = [option];
    this.close();
    if (changed) this.field.changed();
  }

  /** Adds or removes one of many; the list stays open, so that several can be chosen. */
  toggle(option) {
    const { max_selected_items: most } = this.element;
    if (this.has(option)) this.chosen = this.chosen.filter((chosen) => chosen.value !== option.value);
    else if (most && this.chosen.length >= most) {
      announce(`At most ${most} can be chosen.`);
      return;
    } else this.chosen = [...this.chosen, option];
    this.show();
    for (const { option: each, node } of this.list ? this.offered : []) {
      node.setAttribute("aria-selected", this.has(each) ? "true" : "false");
    }
    this.field.changed();
  }

  empty() {
    this.chosen = [];
    this.show();
    this.target.focus();
    this.field.changed();
  }

  key(event) {
    const run = KEYS[event.key];
    if (run && !event.isComposing) run(this, event);
  }

  step(event, by) {
    event.preventDefault();
    if (!this.list) this.open();
    else if (this.list.querySelector("[role=option]")) {
      this.activate((this.active + by + this.offered.length) % this.offered.length);
    }
  }
}

const KEYS = {
  ArrowDown: (combo, event) => combo.step(event, 1),
  ArrowUp: (combo, event) => combo.step(event, -1),
  Enter: (combo, event) => {
    // Never sends the form from here: Enter opens the list or takes the active choice.
    event.preventDefault();
    if (!combo.list) combo.open();
    else if (combo.target.hasAttribute("aria-activedescendant") && !combo.list.classList.contains("waiting")) combo.choose(combo.active);
  },
  Escape: (combo, event) => {
    if (!combo.list) return;
    event.preventDefault();
    event.stopPropagation();
    combo.close();
  },
  Tab: (combo) => combo.close(),
  Backspace: (combo) => {
    if (combo.many && !combo.target.value && combo.chosen.length) combo.toggle(combo.chosen.at(-1));
  },
};

function flat(element) {
  return element.option_groups ? element.option_groups.flatMap((group) => group.options) : (element.options ?? []);
}
