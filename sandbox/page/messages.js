/** Conversations, and the notices that only one person sees. */

import { BlockList } from "./blocks.js";
import { arrange, h, same } from "./dom.js";
import { mrkdwnNodes } from "./mrkdwn.js";

/** A channel or the app's direct messages. `env`: `names`, `appName` and `act` as for modals. */
export class Conversation {
  constructor(channel, env) {
    Object.assign(this, { channel, env });
    this.messages = new Map();
    this.nothing = h("p", { class: "nothing" }, "No messages yet.");
    this.list = h("ol", { class: "messages", role: "list" });
    this.node = h("div", { class: "conversation", data: { testid: "conversation" } }, this.nothing, this.list);
  }

  update(messages) {
    const before = this.messages;
    this.messages = new Map();
    for (const message of messages) {
      const kept = before.get(message.ts) ?? new Message(this.channel, this.env);
      kept.update(message);
      this.messages.set(message.ts, kept);
    }
    this.nothing.hidden = messages.length > 0;
    arrange(this.list, [...this.messages.values()].map((message) => message.node));
  }
}

class Message {
  constructor(channel, env) {
    Object.assign(this, { channel, env });
    this.head = h("p", { class: "author" });
    this.body = h("div", { class: "blocks" });
    this.face = h("span", { class: "face", "aria-hidden": "true" });
    this.node = h("li", { class: "message" }, this.face, h("div", { class: "said" }, this.head, this.body));
    this.list = new BlockList(this.body, {
      names: env.names,
      act: (blockId, element, fields) => this.act(blockId, element, fields),
      suggest: () => Promise.resolve({ ok: false }),
    });
  }

  act(blockId, element, fields) {
    const container = { type: "message", channel: this.message.channel ?? this.channel, ts: this.message.ts };
    return this.env.act(container, blockId, element, fields, this.list.state());
  }

  update(message) {
    if (same(message, this.message)) return;
    this.message = message;
    this.node.dataset.ts = message.ts;
    const moment = new Date(Number(message.ts) * 1000);
    const person = this.env.names.person(message.user);
    const author = person ?? this.env.appName;
    const time = h("time", { datetime: moment.toISOString() }, moment.toLocaleTimeString("en-US", { timeStyle: "short" }));
    const edited = message.edited ? h("span", { class: "edited" }, "(edited)") : null;
    this.face.textContent = author.slice(0, 1);
    this.head.replaceChildren(...[h("strong", {}, author), person ? null : h("span", { class: "tag" }, "app"), time, edited].filter(Boolean));
    drawBody(this.list, this.body, message, this.env.names);
  }
}

/** What only this person sees: ephemeral answers and failures. Each can be put away. */
export class Notices {
  constructor(host, env) {
    Object.assign(this, { host, env });
    this.nodes = new Map();
    this.gone = new Set();
  }

  update(notices) {
    const before = this.nodes;
    this.nodes = new Map();
    for (const notice of notices) {
      const key = JSON.stringify(notice);
      if (!this.gone.has(key)) this.nodes.set(key, before.get(key) ?? this.draw(notice, key));
    }
    arrange(this.host, [...this.nodes.values()]);
    if (this.nodes.size > before.size) this.host.scrollTop = this.host.scrollHeight;
  }

  draw(notice, key) {
    const caption = h("p", { class: "caption" }, notice.kind === "error" ? "That did not work" : "Only visible to you");
    const body = h("div", { class: "blocks" });
    drawBody(this.list(body, notice), body, notice, this.env.names);
    const button = h("button", { type: "button", class: "leave", "aria-label": "Put away", on: { click: () => this.putAway(key) } }, "×");
    return h("div", { class: `notice ${notice.kind}`, data: { testid: notice.kind } }, h("div", { class: "said" }, caption, body), button);
  }

  list(body, { channel, ts }) {
    const list = new BlockList(body, {
      names: this.env.names,
      act: (blockId, element, fields) => this.env.act({ type: "message", channel, ts }, blockId, element, fields, list.state()),
      suggest: () => Promise.resolve({ ok: false }),
    });
    return list;
  }

  putAway(key) {
    this.gone.add(key);
    this.nodes.get(key)?.remove();
    this.nodes.delete(key);
    document.getElementById("command").focus();
  }
}

/** The blocks of a message, or its text where it has none. */
function drawBody(list, body, { blocks, text }, names) {
  if (blocks?.length) list.update(blocks);
  else body.replaceChildren(h("div", { class: "block section" }, h("div", { class: "words" }, mrkdwnNodes(text ?? "", names))));
}
