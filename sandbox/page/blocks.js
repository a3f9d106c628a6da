/**
 * Blocks as nodes, kept by key: an update changes what the app changed and leaves every other node, value, focus and
 * scroll position alone. A control lives on where its block_id and action_id are the same.
 */

import { arrange, h, keepingFocus, same, uid } from "./dom.js";
import { makeControl, nameOf } from "./elements.js";
import { textNodes, words } from "./mrkdwn.js";

/** `env`: `names`, `act(blockId, element, fields)` (a promise), `suggest(blockId, actionId, query)`, `lost()` (focus). */
export class BlockList {
  constructor(host, env) {
    this.host = host;
    this.env = env;
    this.blocks = new Map();
  }

  /** Draws the blocks; `typed` are values known from earlier, used for controls that are new. */
  update(blocks, typed = {}) {
    const before = this.blocks;
    const focused = this.host.contains(document.activeElement) ? document.activeElement : null;
    const keys = new Set(blocks.map(keyOf));
    const loose = [...before.entries()].filter(([key]) => !keys.has(key)).map(([, block]) => block);
    this.blocks = new Map();
    for (const block of blocks) {
      const kept = before.get(keyOf(block)) ?? take(loose, block) ?? new (KINDS[block.type] ?? Unknown)(this.env);
      kept.update(block, typed[block.block_id] ?? {});
      this.blocks.set(keyOf(block), kept);
    }
    keepingFocus(() => arrange(this.host, [...this.blocks.values()].map((block) => block.node)));
    if (focused && !focused.isConnected) this.refocus(focused.dataset.actionId, before);
  }

  /** The control that had the focus is gone: go on where its successor stands, or where something new came. */
  refocus(actionId, before) {
    const fresh = [...this.blocks.entries()].filter(([key]) => !before.has(key)).map(([, block]) => block);
    const successor = [...this.blocks.values()].flatMap((block) => [...block.controls.values()]).find(({ control }) => control.element.action_id === actionId);
    const next = successor?.control ?? fresh.find((block) => block instanceof Input);
    if (next) next.focus();
    else this.env.lost?.();
  }

  /** Shape: Slack's `state.values`, without what is too long to be taken. */
  state() {
    const values = {};
    for (const { id, controls } of this.blocks.values()) {
      for (const { control } of controls.values()) {
        const value = control.read();
        if (!value || !control.sendable()) continue;
        values[id] ??= {};
        values[id][control.element.action_id] = { type: control.element.type, ...value };
      }
    }
    return values;
  }

  /** What the person still has to do before sending. Shape: `{block_id: sentence}`. */
  problems() {
    const found = {};
    for (const block of this.blocks.values()) {
      const problem = block.problem();
      if (problem) found[block.id] = problem;
    }
    return found;
  }

  /** Shows errors under their fields, in place of those before, and moves to the first; false if none has a field. */
  showErrors(errors) {
    let first = null;
    for (const block of this.blocks.values()) {
      const error = errors[block.id] ?? null;
      if (block.showError(error) && error) first ??= block;
    }
    first?.focus();
    return first !== null;
  }

  focusFirst() {
    const inputs = [...this.blocks.values()].filter((block) => block instanceof Input);
    (inputs.find((block) => block.block.element.focus_on_load) ?? inputs[0])?.focus();
    return inputs.length > 0;
  }
}

function keyOf(block) {
  return `${block.block_id}|${block.type}`;
}

/** Takes from `loose` the block that says the same: one that the app gave no id gets a new one with every update. */
function take(loose, block) {
  if (block.type === "input") return null;
  const at = loose.findIndex((other) => same({ ...other.block, block_id: "" }, { ...block, block_id: "" }));
  return at < 0 ? null : loose.splice(at, 1)[0];
}

class Block {
  constructor(env) {
    this.env = env;
    this.controls = new Map();
    this.node = h("div");
  }

  get id() {
    return this.block.block_id;
  }

  update(block, typed) {
    const before = this.block && { ...this.block, block_id: block.block_id };
    this.block = block;
    this.node.dataset.blockId = block.block_id;
    this.node.className = `block ${block.type}`;
    if (!same(before, block)) this.draw(typed);
  }

  problem() {
    return null;
  }

  showError() {
    return false;
  }

  text(text) {
    return textNodes(text, this.env.names);
  }

  /** The nodes of `elements`, with the controls that are there already kept. */
  elements(elements, typed, surroundings) {
    const before = this.controls;
    this.controls = new Map();
    return elements.map((element) => {
      const key = `${element.action_id}|${element.type}|${element.multiline ?? false}`;
      const kept = before.get(key);
      if (kept) kept.control.update(element);
      const made = kept ?? this.make(element, typed[element.action_id], surroundings(element));
      if (!made) return unknown(element.type);
      this.controls.set(key, made);
      return made.control.node;
    });
  }

  make(element, typed, surroundings) {
    const field = { id: uid("control"), names: this.env.names, required: false, dispatches: true, edited() {}, ...surroundings };
    const control = makeControl(element, field);
    if (!control) return null;
    field.press = (fields) => this.act(control, fields);
    field.changed = () => {
      field.edited();
      if (field.dispatches) this.act(control, control.read());
    };
    field.suggest = (query) => this.env.suggest(this.id, control.element.action_id, query);
    if (typed && typed.type === element.type) control.write(typed);
    control.hook.dataset.actionId = element.action_id;
    control.describe(surroundings.describedBy ?? []);
    return { control, field };
  }

  async act(control, fields) {
    if (this.node.ariaBusy) return void this.env.act(this.id, control.element, fields);
    this.node.ariaBusy = "true";
    await this.env.act(this.id, control.element, fields);
    this.node.ariaBusy = null;
  }
}

class Section extends Block {
  constructor(env) {
    super(env);
    this.words = h("div", { class: "words", id: uid("section") });
    this.side = h("div", { class: "side" });
    this.node.append(this.words, this.side);
  }

  draw(typed) {
    const { text, fields, accessory } = this.block;
    const columns = fields && h("div", { class: "fields" }, fields.map((field) => h("div", {}, this.text(field))));
    this.words.replaceChildren(...(text ? [h("div", {}, this.text(text))] : []), ...(columns ? [columns] : []));
    const name = words(text, this.env.names);
    const around = (element) => ({ name: nameOf(element, name, this.env.names), describedBy: [this.words.id] });
    arrange(this.side, this.elements(accessory ? [accessory] : [], typed, around));
  }
}

class Actions extends Block {
  draw(typed) {
    this.node.setAttribute("role", "group");
    this.node.setAttribute("aria-label", "Actions");
    const around = (element) => ({ name: nameOf(element, "", this.env.names) });
    keepingFocus(() => arrange(this.node, this.elements(this.block.elements, typed, around)));
  }
}

class Context extends Block {
  draw() {
    const parts = this.block.elements.map((part) => (part.type === "image" ? [part.alt_text] : this.text(part)));
    this.node.replaceChildren(...parts.map((part) => h("span", {}, part)));
  }
}

class Header extends Block {
  draw() {
    this.node.replaceChildren(h("h3", {}, this.text(this.block.text)));
  }
}

class Divider extends Block {
  draw() {
    this.node.replaceChildren(h("hr"));
  }
}

class Alert extends Block {
  draw() {
    this.node.setAttribute("role", "note");
    this.node.dataset.level = this.block.level ?? "default";
    this.node.replaceChildren(...this.text(this.block.text));
  }
}

class Unknown extends Block {
  draw() {
    this.node.replaceChildren(unknown(this.block.type));
  }
}

function unknown(type) {
  return h("p", { class: "unknown" }, `This stand-in cannot show “${type}”.`);
}

class Input extends Block {
  constructor(env) {
    super(env);
    this.labelled = uid("label");
    this.caption = h("div", { class: "caption" });
    this.host = h("div", { class: "control" });
    this.hint = h("p", { class: "hint", id: uid("hint"), hidden: true });
    this.error = h("p", { class: "error", id: uid("error"), hidden: true });
    this.node.append(this.caption, this.host, this.hint, this.error);
  }

  get control() {
    return [...this.controls.values()][0]?.control;
  }

  draw(typed) {
    const { element, hint, label, optional = false, dispatch_action: dispatches = false } = this.block;
    const around = { labelId: this.labelled, edited: () => this.showError(null), required: !optional, dispatches };
    arrange(this.host, this.elements([element], typed, () => around));
    for (const { field } of this.controls.values()) Object.assign(field, { required: !optional, dispatches });
    this.drawCaption(label, optional);
    this.hint.hidden = !hint;
    this.hint.replaceChildren(...this.text(hint));
    this.control?.describe(this.describedBy());
  }

  drawCaption(label, optional) {
    // A group is named by a span: a label element would name, and toggle, its first box only.
    const grouped = ["checkboxes", "radio_buttons"].includes(this.block.element.type);
    const name = h(grouped ? "span" : "label", { id: this.labelled, for: grouped ? null : this.control?.target.id }, this.text(label));
    this.caption.replaceChildren(name, ...(optional ? [h("span", { class: "optional" }, "(optional)")] : []));
  }

  describedBy() {
    return [this.hint, this.error].filter((node) => !node.hidden).map((node) => node.id);
  }

  problem() {
    const { control } = this;
    if (!control) return null;
    const wrong = control.problem();
    if (wrong) return wrong;
    return this.block.optional || control.filled() ? null : "This is required.";
  }

  showError(error) {
    if (this.error.hidden && !error) return true;
    this.error.hidden = !error;
    this.error.textContent = error ?? "";
    this.node.classList.toggle("wrong", Boolean(error));
    this.control?.invalid(Boolean(error));
    this.control?.describe(this.describedBy());
    return true;
  }

  focus() {
    this.control?.focus();
    this.node.scrollIntoView({ block: "nearest" });
  }
}

const KINDS = {
  section: Section,
  actions: Actions,
  context: Context,
  header: Header,
  divider: Divider,
  input: Input,
  alert: Alert,
};
