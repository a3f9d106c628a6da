/** Modals: a stack of views of which the uppermost shows, each with its own typed values, scroll position and focus. */

import { BlockList } from "./blocks.js";
import { announce, h, setAttribute, uid } from "./dom.js";
import { TROUBLE } from "./net.js";
import { trapTab } from "./popup.js";

/** `env`: `names`, `act`, `suggest`, `submit(viewId, state)` and `close(viewId, clear)`, each a promise of an answer. */
export class ModalStack {
  constructor(root, page, env) {
    Object.assign(this, { root, page, env });
    this.open = [];
    this.before = null;
  }

  /** Shows these views, bottom to top; `typed` holds, by view, values that the server knows of. */
  update(views, typed) {
    const above = this.open.at(-1);
    if (views.length && !above) this.before = document.activeElement;
    above?.remember();
    const kept = new Map(this.open.map((modal) => [modal.view.id, modal]));
    this.open = views.map((view) => {
      const modal = kept.get(view.id) ?? new Modal(view, this.env);
      modal.update(view, typed[view.id]);
      kept.delete(view.id);
      return modal;
    });
    this.show(above);
    for (const gone of kept.values()) gone.node.remove();
  }

  show(above) {
    const top = this.open.at(-1);
    for (const modal of this.open) {
      if (!modal.node.isConnected) this.root.append(modal.node);
      modal.node.hidden = modal !== top;
    }
    this.page.inert = Boolean(top);
    setAttribute(this.page, "aria-hidden", top ? "true" : null);
    if (top === above) return;
    if (top) top.enter();
    else this.back();
  }

  /** The last modal is closed: the focus returns to where it was, or to its successor, or to the page. */
  back() {
    const { before } = this;
    this.before = null;
    const successor = before?.dataset?.actionId && this.page.querySelector(`[data-action-id="${CSS.escape(before.dataset.actionId)}"]`);
    const next = before?.isConnected && before !== document.body ? before : successor || this.page.querySelector("#place");
    next.focus();
  }
}

class Modal {
  constructor(view, env) {
    this.env = env;
    this.busy = false;
    this.entered = false;
    this.build(view);
    this.list = new BlockList(this.body, {
      names: env.names,
      act: (blockId, element, fields) => this.act(blockId, element, fields),
      suggest: (blockId, actionId, query) => env.suggest(this.view.id, blockId, actionId, query, this.list.state()),
      lost: () => this.dialog.focus(),
    });
  }

  build(view) {
    this.title = h("h2", { id: uid("title") });
    const leave = h("button", { type: "button", class: "leave", "aria-label": "Dismiss", on: { click: () => this.leave(true) } }, "×");
    this.body = h("div", { class: "blocks" });
    this.alert = h("p", { class: "trouble", role: "alert", hidden: true });
    this.scroll = h("div", { class: "scroll" }, this.alert, this.body);
    this.closer = h("button", { type: "button", class: "button", on: { click: () => this.leave(false) } });
    this.submitter = h("button", { type: "submit", class: "button primary" });
    this.footer = h("footer", {}, this.closer, this.submitter);
    this.form = h("form", { novalidate: true, autocomplete: "off" }, this.scroll, this.footer);
    const attributes = { role: "dialog", "aria-modal": "true", "aria-labelledby": this.title.id, tabindex: "-1" };
    // The cross stands last, so that the first press of Tab goes to what the dialog is for.
    this.dialog = h("section", { class: "dialog", ...attributes }, h("header", {}, this.title), this.form, leave);
    this.node = h("div", { class: "veil", data: { testid: "modal", viewId: view.id } }, this.dialog);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.node.addEventListener("keydown", (event) => this.key(event));
    // A browser shows the control that Tab goes to; its label, hint and error belong to it.
    this.node.addEventListener("keyup", ({ key, target }) => key === "Tab" && target.closest(".block")?.scrollIntoView({ block: "nearest" }));
  }

  update(view, typed) {
    const renamed = this.view && this.view.title.text !== view.title.text;
    this.view = view;
    this.node.dataset.viewCallback = view.callback_id ?? "";
    this.title.textContent = view.title.text;
    this.closer.textContent = view.close?.text ?? "Cancel";
    this.submitter.textContent = view.submit?.text ?? "";
    this.submitter.hidden = !view.submit;
    this.list.update(view.blocks, typed);
    if (!renamed) return;
    // Another title is another screen in the same frame: start at its top, and let it be read out.
    this.scroll.scrollTop = 0;
    this.dialog.focus();
  }

  remember() {
    this.at = this.scroll.scrollTop;
    this.focused = this.node.contains(document.activeElement) ? document.activeElement : null;
  }

  /** Shows itself as the uppermost: at its start the first time, later where the person left it. */
  enter() {
    if (this.entered) {
      this.scroll.scrollTop = this.at ?? 0;
      (this.focused?.isConnected ? this.focused : this.dialog).focus({ preventScroll: true });
      return;
    }
    this.entered = true;
    if (!this.list.focusFirst()) this.dialog.focus();
    this.scroll.scrollTop = 0;
  }

  key(event) {
    if (event.defaultPrevented) return;
    if (event.key === "Escape") this.leave(false);
    else if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && this.view.submit) this.submit();
    else trapTab(event, this.dialog);
  }

  async act(blockId, element, fields) {
    this.trouble(null);
    const container = { type: "view", view_id: this.view.id };
    const answer = await this.env.act(container, blockId, element, fields, this.list.state());
    if (!answer.ok) this.trouble(answer.error ?? TROUBLE);
  }

  async submit() {
    if (this.busy || !this.view.submit) return;
    this.trouble(null);
    const problems = this.list.problems();
    this.list.showErrors(problems);
    if (Object.keys(problems).length) {
      this.sayErrors(problems);
      return;
    }
    this.wait(true);
    const answer = await this.env.submit(this.view.id, () => this.list.state());
    this.wait(false);
    const errors = answer.errors ?? {};
    if (Object.keys(errors).length && this.list.showErrors(errors)) this.sayErrors(errors);
    else if (!answer.ok) this.trouble(answer.error ?? TROUBLE);
  }

  sayErrors(errors) {
    const { length } = Object.keys(errors);
    announce(length === 1 ? "1 field needs a change." : `${length} fields need a change.`);
  }

  async leave(clear) {
    if (this.busy) return;
    const answer = await this.env.close(this.view.id, clear);
    if (!answer.ok) this.trouble(answer.error ?? TROUBLE);
  }

  wait(busy) {
    this.busy = busy;
    this.form.ariaBusy = busy ? "true" : null;
    // Not `disabled`: that would throw the focus away.
    setAttribute(this.submitter, "aria-disabled", busy ? "true" : null);
  }

  trouble(sentence) {
    this.alert.hidden = !sentence;
    this.alert.textContent = sentence ?? "";
    if (sentence) this.alert.scrollIntoView({ block: "nearest" });
  }
}
