/** The App Home tab. */

import { BlockList } from "./blocks.js";
import { h } from "./dom.js";

/** `env`: `names`, `act` and `suggest` as for modals. */
export class Home {
  constructor(env) {
    this.body = h("div", { class: "blocks" });
    this.nothing = h("p", { class: "nothing" }, "The app has not drawn this page yet.");
    this.node = h("div", { class: "home", data: { testid: "home" } }, this.nothing, this.body);
    this.list = new BlockList(this.body, {
      names: env.names,
      act: (blockId, element, fields) => env.act({ type: "view", view_id: this.view.id }, blockId, element, fields, this.list.state()),
      suggest: (blockId, actionId, query) => env.suggest(this.view.id, blockId, actionId, query, this.list.state()),
    });
  }

  update(view, typed) {
    this.view = view;
    this.nothing.hidden = Boolean(view);
    this.node.dataset.viewCallback = view?.callback_id ?? "";
    this.list.update(view?.blocks ?? [], typed);
  }
}
