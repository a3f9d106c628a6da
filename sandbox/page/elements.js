/** Inputs for text, numbers, dates and choices. Lists with a search are in combo.js, buttons in buttons.js. */

import { Button, Overflow } from "./buttons.js";
import { Combo } from "./combo.js";
import { Control } from "./control.js";
import { h, same, setAttribute, uid } from "./dom.js";
import { textNodes, words } from "./mrkdwn.js";
import { Picker } from "./picker.js";

const MOST = 3000; // Characters that Slack takes in any text box.

/** The control for one Block Kit element, or null for a type that this page does not know. */
export function makeControl(element, field) {
  const Kind = KINDS[element.type];
  return Kind ? new Kind(element, field) : null;
}

class Text extends Control {
  constructor(element, field) {
    super(element, field);
    this.target = element.multiline ? h("textarea", { rows: 3 }) : h("input", { type: "text", autocomplete: "off" });
    this.target.id = field.id;
    this.target.value = element.initial_value ?? "";
    this.counter = h("span", { class: "counter", "aria-hidden": "true" });
    this.limit = h("span", { class: "unseen", id: uid("limit") });
    this.node = h("div", { class: "text" }, this.target, this.counter, this.limit);
    this.label(this.target);
    this.target.addEventListener("input", () => this.typed());
    this.target.addEventListener("keydown", (event) => this.key(event));
    this.update(element);
  }

  update(element) {
    this.element = element;
    setAttribute(this.target, "placeholder", element.placeholder?.text);
    this.count();
  }

  count() {
    const { max_length: max } = this.element;
    const left = max - this.target.value.length;
    this.counter.hidden = max === undefined;
    this.counter.textContent = max === undefined ? "" : left.toLocaleString("en-US");
    this.counter.classList.toggle("over", left < 0);
    this.limit.textContent = max === undefined ? "" : `At most ${max.toLocaleString("en-US")} characters.`;
    this.describe(this.described);
  }

  describe(ids) {
    this.described = ids;
    const own = this.element.max_length === undefined ? [] : [this.limit.id];
    setAttribute(this.target, "aria-describedby", [...ids, ...own].join(" ") || null);
  }

  typed() {
    this.count();
    this.field.edited();
    if (!this.triggers("on_character_entered")) return;
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.field.changed(), 250);
  }

  key(event) {
    if (event.key !== "Enter" || event.isComposing || this.element.multiline || !this.field.dispatches) return;
    event.preventDefault();
    if (this.triggers("on_enter_pressed")) this.field.changed();
  }

  triggers(moment) {
    const moments = this.element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
    return this.field.dispatches && moments.includes(moment);
  }

  read() {
    return { value: this.target.value === "" ? null : this.target.value };
  }

  sendable() {
    return this.target.value.length <= (this.element.max_length ?? MOST);
  }

  write(value) {
    this.target.value = value.value ?? "";
    this.count();
  }

  problem() {
    const { min_length: min, max_length: max = MOST } = this.element;
    const { length } = this.target.value;
    if (length && length < min) return `Use at least ${min} characters.`;
    if (length > max) return `Use at most ${max} characters.`;
    return null;
  }
}

class Numeric extends Text {
  constructor(element, field) {
    super(element, field);
    this.target.inputMode = element.is_decimal_allowed ? "decimal" : "numeric";
  }

  problem() {
    const { min_value: min, max_value: max, is_decimal_allowed: decimal } = this.element;
    const text = this.target.value.trim();
    if (!text) return null;
    if (!(decimal ? /^-?\d*\.?\d+$/ : /^-?\d+$/).test(text)) return decimal ? "Enter a number." : "Enter a whole number.";
    if (Number(text) < Number(min)) return `Enter ${min} or more.`;
    if (Number(text) > Number(max)) return `Enter ${max} or less.`;
    return null;
  }

  read() {
    return { value: this.target.value.trim() || null };
  }
}

class Moment extends Control {
  constructor(element, field) {
    super(element, field);
    this.kind = MOMENTS[element.type];
    // Without a limit, browsers let a year have six digits.
    this.target = h("input", { type: this.kind.type, id: field.id, max: this.kind.max });
    this.target.value = this.kind.show(element[this.kind.initial]);
    this.node = h("div", { class: "moment" }, this.target);
    this.label(this.target);
    this.sent = this.target.value;
    this.target.addEventListener("input", () => field.edited());
    // While a year is typed, every digit is a "change"; only the value that is left standing goes out.
    this.target.addEventListener("change", () => {
      clearTimeout(this.soon);
      this.soon = setTimeout(() => this.settle(), 600);
    });
    this.target.addEventListener("blur", () => this.settle());
    this.target.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    if (event.key !== "Enter" || !this.field.dispatches) return;
    event.preventDefault();
    this.settle();
  }

  settle() {
    clearTimeout(this.soon);
    const halfAYear = this.kind.max && this.target.value.startsWith("0");
    if (this.target.value === this.sent || halfAYear || !this.node.isConnected) return;
    this.sent = this.target.value;
    this.field.changed();
  }

  read() {
    return { [this.kind.name]: this.kind.parse(this.target.value) };
  }

  write(value) {
    this.target.value = this.kind.show(value[this.kind.name]);
    this.sent = this.target.value;
  }

  problem() {
    if (!this.target.validity.badInput) return null;
    return "Complete the date or time.";
  }
}

function localMinute(seconds) {
  if (seconds === null || seconds === undefined) return "";
  const moment = new Date(seconds * 1000);
  const two = (number) => String(number).padStart(2, "0");
  const day = `${String(moment.getFullYear()).padStart(4, "0")}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
  return `${day}T${two(moment.getHours())}:${two(moment.getMinutes())}`;
}

const asIs = { show: (value) => value ?? "", parse: (text) => text || null };
const MOMENTS = {
  datepicker: { type: "date", name: "selected_date", initial: "initial_date", max: "9999-12-31", ...asIs },
  timepicker: { type: "time", name: "selected_time", initial: "initial_time", ...asIs },
  datetimepicker: {
    type: "datetime-local",
    name: "selected_date_time",
    initial: "initial_date_time",
    max: "9999-12-31T23:59",
    show: localMinute,
    parse: (text) => (text ? Math.floor(new Date(text).getTime() / 1000) : null),
  },
};

class Choices extends Control {
  constructor(element, field) {
    super(element, field);
    this.many = element.type === "checkboxes";
    this.node = h("div", { class: "choices", role: this.many ? "group" : "radiogroup" });
    this.group = uid("choices");
    this.labelGroup(this.node);
    const initial = this.many ? (element.initial_options ?? []) : [element.initial_option].filter(Boolean);
    this.draw(element, initial.map((option) => option.value));
  }

  get target() {
    return this.node.querySelector("input:checked") ?? this.node.querySelector("input");
  }

  get hook() {
    return this.node;
  }

  draw(element, chosen) {
    this.element = element;
    this.node.replaceChildren(...element.options.map((option) => this.choice(option, chosen.includes(option.value))));
  }

  choice(option, checked) {
    const id = uid("choice");
    const { names } = this.field;
    const described = option.description ? `${id}-description` : null;
    const type = this.many ? "checkbox" : "radio";
    const attributes = { type, id, name: this.group, value: option.value, checked, "aria-describedby": described };
    const box = h("input", { ...attributes, on: { change: () => this.field.changed() } });
    const text = h("label", { for: id }, textNodes(option.text, names));
    const description = described && h("p", { id: described, class: "description" }, textNodes(option.description, names));
    return h("div", { class: "choice" }, box, h("div", {}, text, description));
  }

  values() {
    return [...this.node.querySelectorAll("input:checked")].map((box) => box.value);
  }

  read() {
    const chosen = this.element.options.filter((option) => this.values().includes(option.value));
    return this.many ? { selected_options: chosen } : { selected_option: chosen[0] ?? null };
  }

  write(value) {
    const chosen = (value.selected_options ?? [value.selected_option]).filter(Boolean).map((option) => option.value);
    for (const box of this.node.querySelectorAll("input")) box.checked = chosen.includes(box.value);
  }

  update(element) {
    if (same(element.options, this.element.options)) {
      this.element = element;
      return;
    }
    const focused = this.node.contains(document.activeElement) ? document.activeElement.value : null;
    this.draw(element, this.values());
    if (focused !== null) [...this.node.querySelectorAll("input")].find((box) => box.value === focused)?.focus();
  }

  describe(ids) {
    setAttribute(this.node, "aria-describedby", ids.join(" ") || null);
  }

  invalid(wrong) {
    for (const box of this.node.querySelectorAll("input")) setAttribute(box, "aria-invalid", wrong ? "true" : null);
  }
}

const KINDS = {
  plain_text_input: Text,
  number_input: Numeric,
  datepicker: Moment,
  timepicker: Moment,
  datetimepicker: Moment,
  checkboxes: Choices,
  radio_buttons: Choices,
  static_select: Combo,
  multi_static_select: Combo,
  external_select: Combo,
  multi_external_select: Combo,
  users_select: Picker,
  conversations_select: Picker,
  button: Button,
  overflow: Overflow,
};

/** The name of a control that has no label of its own. */
export function nameOf(element, fallback, names) {
  return words(element.placeholder, names) || fallback || element.type.replaceAll("_", " ");
}
