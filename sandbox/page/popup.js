/** Things that open over the page: a place under an anchor, a menu of commands, a question before a risky button. */

import { focusable, h, uid } from "./dom.js";

/** Puts `node` under `anchor`, or above it where there is more room, and keeps it there; returns a function that stops it. */
export function place(node, anchor, { minWidth = 0 } = {}) {
  const put = () => {
    const box = anchor.getBoundingClientRect();
    const below = window.innerHeight - box.bottom - 8;
    const above = box.top - 8;
    const up = below < Math.min(220, node.scrollHeight) && above > below;
    const width = Math.min(Math.max(box.width, minWidth), window.innerWidth - 16);
    node.style.width = `${width}px`;
    node.style.maxHeight = `${Math.max(96, Math.min(320, up ? above : below))}px`;
    node.style.left = `${Math.max(8, Math.min(box.left, window.innerWidth - width - 8))}px`;
    node.style.top = up ? "auto" : `${box.bottom + 4}px`;
    node.style.bottom = up ? `${window.innerHeight - box.top + 4}px` : "auto";
  };
  put();
  const watch = new ResizeObserver(put);
  watch.observe(anchor);
  window.addEventListener("resize", put);
  window.addEventListener("scroll", put, true);
  return () => {
    watch.disconnect();
    window.removeEventListener("resize", put);
    window.removeEventListener("scroll", put, true);
  };
}

/** A button's menu: arrows, Home, End, Escape, and a click elsewhere closes it. `items()` gives `{text, note, run}`. */
export class Menu {
  constructor(button, items) {
    this.button = button;
    this.items = items;
    button.setAttribute("aria-haspopup", "menu");
    button.setAttribute("aria-expanded", "false");
    button.addEventListener("click", () => (this.node ? this.close() : this.open()));
    button.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown" || this.node) return;
      event.preventDefault();
      this.open();
    });
  }

  open() {
    const entries = this.items().map(({ text, note, run }) => {
      const parts = [h("span", {}, text), note ? h("span", { class: "note" }, note) : null];
      const choose = () => {
        this.close();
        run();
      };
      return h("button", { type: "button", role: "menuitem", tabindex: "-1", on: { click: choose } }, parts);
    });
    this.node = h("div", { class: "menu", role: "menu", id: uid("menu"), "aria-label": "Choices" }, entries);
    this.node.addEventListener("keydown", (event) => this.key(event));
    this.node.addEventListener("focusout", (event) => {
      if (!this.node?.contains(event.relatedTarget) && event.relatedTarget !== this.button) this.close(false);
    });
    this.button.after(this.node);
    this.button.setAttribute("aria-expanded", "true");
    this.unplace = place(this.node, this.button, { minWidth: 260 });
    entries[0]?.focus();
  }

  key(event) {
    const entries = [...this.node.children];
    const at = entries.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: entries.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      entries.at(to % entries.length).focus();
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    } else if (event.key === "Tab") this.close();
  }

  close(refocus = true) {
    const { node } = this;
    if (!node) return;
    this.node = null;
    this.unplace();
    node.remove();
    this.button.setAttribute("aria-expanded", "false");
    if (refocus) this.button.focus();
  }
}

/** Keeps Tab inside `node`. */
export function trapTab(event, node) {
  if (event.key !== "Tab") return;
  const stops = focusable(node);
  const at = stops.indexOf(document.activeElement);
  const last = stops.length - 1;
  if (event.shiftKey ? at > 0 : at >= 0 && at < last) return;
  event.preventDefault();
  (event.shiftKey ? stops[last] : stops[0])?.focus();
}

/** Asks what a `confirm` object asks; resolves to whether the person agreed. */
export function ask(confirm) {
  const before = document.activeElement;
  const host = before?.closest("[role=dialog]") ?? document.body;
  return new Promise((resolve) => {
    const end = (agreed) => {
      veil.remove();
      before?.focus();
      resolve(agreed);
    };
    const title = h("h2", { id: uid("ask") }, confirm.title?.text ?? "Are you sure?");
    const text = h("p", { id: uid("ask") }, confirm.text?.text ?? "");
    const style = confirm.style === "danger" ? "danger" : "primary";
    const deny = h("button", { type: "button", class: "button", on: { click: () => end(false) } }, confirm.deny?.text ?? "Cancel");
    const agree = h("button", { type: "button", class: `button ${style}`, on: { click: () => end(true) } }, confirm.confirm?.text ?? "Yes");
    const attributes = { role: "alertdialog", "aria-modal": "true", "aria-labelledby": title.id, "aria-describedby": text.id };
    const box = h("div", { class: "question", ...attributes }, title, text, h("div", { class: "buttons" }, deny, agree));
    const veil = h("div", { class: "veil" }, box);
    veil.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape") end(false);
      else trapTab(event, box);
    });
    host.append(veil);
    deny.focus();
  });
}
