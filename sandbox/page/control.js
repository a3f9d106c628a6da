/** What every control of a form has in common. */

import { setAttribute } from "./dom.js";

/**
 * `field` is what a control knows of its surroundings: `id`, `name` or `labelId`, `names`, `required`, `dispatches`,
 * and the calls `changed()` (a value is chosen), `edited()` (typing), `press(fields)`, `suggest(query)`.
 */
export class Control {
  constructor(element, field) {
    this.element = element;
    this.field = field;
    this.described = [];
  }

  /** The node that carries the action's id. */
  get hook() {
    return this.target ?? this.node;
  }

  /** The value as Slack's state has it, without the type; null for what has no value. */
  read() {
    return null;
  }

  /** Takes over a value that `read` gave earlier. */
  write() {}

  /** Shows what the app changed about the element; the value stays. */
  update(element) {
    this.element = element;
  }

  /** Why the value cannot be sent, or null. */
  problem() {
    return null;
  }

  /** Whether Slack would take the value at all, as part of the state of a click elsewhere. */
  sendable() {
    return true;
  }

  /** Whether there is a value. */
  filled() {
    return Object.values(this.read() ?? {}).some((value) => (Array.isArray(value) ? value.length : value !== null));
  }

  focus() {
    this.target?.focus();
  }

  label(control) {
    if (!this.field.labelId) control.setAttribute("aria-label", this.field.name);
    if (this.field.required) control.setAttribute("aria-required", "true");
  }

  labelGroup(group) {
    if (this.field.labelId) group.setAttribute("aria-labelledby", this.field.labelId);
    else group.setAttribute("aria-label", this.field.name);
    if (this.field.required && group.matches("[role=radiogroup]")) group.setAttribute("aria-required", "true");
  }

  /** Points to the hint and the error of the field. */
  describe(ids) {
    this.described = ids;
    if (this.target) setAttribute(this.target, "aria-describedby", ids.join(" ") || null);
  }

  invalid(wrong) {
    if (this.target) setAttribute(this.target, "aria-invalid", wrong ? "true" : null);
  }
}
