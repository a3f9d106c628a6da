/** Buttons and overflow menus: they have no value, they only say that they were pressed. */

import { Control } from "./control.js";
import { h, setAttribute } from "./dom.js";
import { Menu, ask } from "./popup.js";
import { words } from "./mrkdwn.js";

export class Button extends Control {
  constructor(element, field) {
    super(element, field);
    this.target = h("button", { type: "button", id: field.id, on: { click: () => this.press() } });
    this.node = this.target;
    this.update(element);
  }

  update(element) {
    this.element = element;
    this.target.textContent = element.text.text;
    this.target.className = `button ${element.style ?? ""}`.trim();
    setAttribute(this.target, "aria-label", element.accessibility_label);
  }

  async press() {
    const { confirm, url, value } = this.element;
    if (confirm && !(await ask(confirm))) return;
    if (url && /^https?:/i.test(url)) window.open(url, "_blank", "noopener,noreferrer");
    this.field.press(value === undefined ? {} : { value });
  }
}

export class Overflow extends Control {
  constructor(element, field) {
    super(element, field);
    const name = "More actions";
    this.target = h("button", { type: "button", id: field.id, class: "button more", "aria-label": name }, "⋯");
    this.node = h("span", { class: "overflow" }, this.target);
    this.menu = new Menu(this.target, () => this.items());
  }

  items() {
    const { options, confirm } = this.element;
    return options.map((option) => ({
      text: words(option.text, this.field.names),
      note: option.description?.text,
      run: async () => {
        if (confirm && !(await ask(confirm))) return;
        if (option.url && /^https?:/i.test(option.url)) window.open(option.url, "_blank", "noopener,noreferrer");
        this.field.press({ selected_option: option });
      },
    }));
  }
}
