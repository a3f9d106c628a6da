/** The message box. Only slash commands work here; the list of them opens with "/". */

import { announce, h, setAttribute, uid } from "./dom.js";
import { Menu, place } from "./popup.js";

/** `env`: `commands`, `shortcuts`, and the calls `command(name, text)` and `shortcut(callbackId)`. */
export class Composer {
  constructor(form, env) {
    Object.assign(this, { form, env });
    const attributes = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-haspopup": "listbox" };
    this.input = h("input", { type: "text", id: "command", "aria-label": "Slash command", placeholder: "Type / for a command", autocomplete: "off", spellcheck: "false", ...attributes });
    this.note = h("p", { class: "composer-note", role: "alert", hidden: true });
    this.list = h("div", { class: "listbox", role: "listbox", id: uid("commands"), "aria-label": "Commands", hidden: true });
    const shortcuts = h("button", { type: "button", class: "lightning", "aria-label": "Shortcuts" }, bolt());
    const send = h("button", { type: "submit", class: "button primary" }, "Send");
    this.bar = h("div", { class: "bar" }, shortcuts, this.input, send);
    form.replaceChildren(this.note, this.list, this.bar);
    new Menu(shortcuts, () => this.shortcuts());
    this.input.addEventListener("input", () => this.suggest());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => this.close());
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
  }

  shortcuts() {
    if (!this.env.shortcuts.length) return [{ text: "This app has no shortcuts.", run() {} }];
    return this.env.shortcuts.map(({ callback_id: id, name, description }) => ({ text: name, note: description, run: () => this.shortcut(id) }));
  }

  async shortcut(id) {
    this.say("");
    const answer = await this.env.shortcut(id);
    if (!answer.ok) this.say(answer.error);
  }

  suggest() {
    this.say("");
    const word = this.input.value.trimStart();
    const first = word.split(/\s/)[0];
    const complete = /\s/.test(word);
    const known = this.env.commands.filter(({ command }) => (complete ? command === first : command.startsWith(first)));
    if (!first.startsWith("/") || !known.length) {
      this.close();
      return;
    }
    this.offered = known.map((entry) => this.option(entry));
    this.list.replaceChildren(...this.offered.map(({ node }) => node));
    this.activate(complete || known.some(({ command }) => command === word) ? -1 : 0);
    if (this.list.hidden) announce(known.length === 1 ? "1 command." : `${known.length} commands.`);
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.input.setAttribute("aria-controls", this.list.id);
    this.unplace ??= place(this.list, this.bar);
  }

  option({ command, description, usage_hint: hint }) {
    const parts = [h("strong", {}, command), hint ? h("span", { class: "usage" }, ` ${hint}`) : null, description ? h("span", { class: "note" }, description) : null];
    const node = h("div", { role: "option", id: uid("command"), "aria-selected": "false" }, parts);
    node.addEventListener("click", () => this.complete(command));
    return { command, node };
  }

  activate(index) {
    this.active = index;
    this.offered.forEach(({ node }, at) => {
      node.classList.toggle("active", at === index);
      node.setAttribute("aria-selected", at === index ? "true" : "false");
    });
    setAttribute(this.input, "aria-activedescendant", this.offered[index]?.node.id);
    // The list stands above the box; a press of Down must not leave the active line out of sight.
    this.offered[index]?.node.scrollIntoView({ block: "nearest" });
  }

  complete(command) {
    this.input.value = `${command} `;
    this.input.focus();
    this.suggest();
  }

  close() {
    this.list.hidden = true;
    this.unplace?.();
    this.unplace = null;
    this.input.setAttribute("aria-expanded", "false");
    for (const name of ["aria-controls", "aria-activedescendant"]) this.input.removeAttribute(name);
  }

  key(event) {
    if (this.list.hidden || event.isComposing) return;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) this.activate((Math.max(this.active, by < 0 ? 0 : -1) + by + this.offered.length) % this.offered.length);
    else if (["Enter", "Tab"].includes(event.key) && this.active >= 0) this.complete(this.offered[this.active].command);
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
  }

  async send() {
    const typed = this.input.value.trim();
    this.close();
    if (!typed) return;
    const [, command, text] = /^(\S+)\s*([\s\S]*)$/.exec(typed);
    if (!command.startsWith("/")) {
      this.say("Only slash commands work here. Type / to see them.");
      return;
    }
    if (!this.env.commands.some((known) => known.command === command)) {
      this.say(`${command} is not a command of this workspace. Type / to see them.`);
      return;
    }
    this.input.value = "";
    const answer = await this.env.command(command, text);
    if (!answer.ok) this.say(answer.error);
  }

  say(sentence) {
    this.note.hidden = !sentence;
    this.note.textContent = sentence ?? "";
  }
}

function bolt() {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", "M11.5 2 4 11.5h5L8 18l8-10h-5.2z");
  svg.append(path);
  return svg;
}
