/** The page: who you are, where you are, and what the server says of both. */

import { Composer } from "./composer.js";
import { announce, h, setAttribute } from "./dom.js";
import { Home } from "./home.js";
import { Conversation, Notices } from "./messages.js";
import { ModalStack } from "./modal.js";
import { words } from "./mrkdwn.js";
import { get, listen, post } from "./net.js";

const $ = (id) => document.getElementById(id);

class Page {
  constructor(world) {
    this.world = world;
    this.names = {
      person: (id) => world.people.find((person) => person.id === id)?.name,
      channel: (id) => world.channels.find((channel) => channel.id === id)?.name,
      people: () => world.people.map(({ id, name, real_name: real }) => ({ id, name: real || name })),
      channels: () => world.channels.map(({ id, name }) => ({ id, name: `#${name}` })),
    };
    this.seen = new Map();
    this.tail = Promise.resolve();
    this.frame();
    this.composer = new Composer($("composer"), {
      commands: world.commands,
      shortcuts: world.shortcuts,
      command: (command, text) => this.ask("command", { channel: this.channel(), command, text }),
      shortcut: (id) => this.ask("shortcut", { callback_id: id }),
    });
  }

  frame() {
    const { world } = this;
    $("notice").textContent = world.notice;
    $("team").textContent = world.team.name ?? world.team;
    $("person").replaceChildren(...world.people.map(({ id, name, real_name: real }) => h("option", { value: id }, real || name)));
    $("person").addEventListener("change", () => this.be($("person").value));
    this.places = new Map([["app", this.placeButton("app", world.app.name, "app")]]);
    for (const { id, name } of world.channels) this.places.set(id, this.placeButton(id, name, "channel"));
    const list = (caption, nodes) => [h("p", { class: "caption" }, caption), h("ul", { role: "list" }, nodes.map((node) => h("li", {}, node)))];
    const [app, ...channels] = this.places.values();
    $("places").replaceChildren(...list("App", [app]), ...(channels.length ? list("Channels", channels) : []));
    for (const tab of ["home", "messages"]) $(`tab-${tab}`).addEventListener("click", () => this.go(tab));
    $("tabs").addEventListener("keydown", (event) => this.tabKey(event));
  }

  placeButton(id, name, kind) {
    const go = () => this.go(id === "app" ? "home" : id);
    const sign = h("span", { class: "sign", "aria-hidden": "true" }, kind === "app" ? name.slice(0, 1) : "#");
    return h("button", { type: "button", class: kind, data: { place: id }, on: { click: go } }, sign, h("span", {}, name), h("span", { class: "badge", hidden: true }));
  }

  tabKey(event) {
    if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    event.preventDefault();
    const next = this.place === "home" ? "messages" : "home";
    this.go(next);
    $(`tab-${next}`).focus();
  }

  channel() {
    return this.world.channels.some(({ id }) => id === this.place) ? this.place : null;
  }

  /** Becomes another person: everything on the page is theirs from now on. */
  async be(person) {
    this.stop?.();
    this.person = person;
    $("person").value = person;
    const url = new URL(location.href);
    url.searchParams.set("as", person);
    history.replaceState(null, "", url);
    const env = {
      names: this.names,
      appName: this.world.app.name,
      act: (...action) => this.act(...action),
      suggest: (...query) => this.suggest(...query),
      submit: (viewId, state) => this.submit(viewId, state),
      close: (viewId, clear) => this.ask("close", { view_id: viewId, clear }),
    };
    $("modals").replaceChildren();
    $("notices").replaceChildren();
    this.modals = new ModalStack($("modals"), $("page"), env);
    this.notices = new Notices($("notices"), env);
    this.panes = new Map([["home", new Home(env)], ["messages", new Conversation(null, env)]]);
    for (const { id } of this.world.channels) this.panes.set(id, new Conversation(id, env));
    $("pane").replaceChildren(...[...this.panes.values()].map((pane) => pane.node));
    this.state = null;
    this.go(this.place ?? "home");
    await this.refresh();
    this.stop = listen(person, (rev) => rev !== this.state?.rev && this.refresh());
  }

  /** Goes to a tab of the app or to a channel. */
  go(place) {
    this.place = place;
    const inApp = place === "home" || place === "messages";
    const channel = this.world.channels.find(({ id }) => id === place);
    $("place").textContent = inApp ? this.world.app.name : `# ${channel.name}`;
    $("tabs").hidden = !inApp;
    for (const tab of ["home", "messages"]) {
      setAttribute($(`tab-${tab}`), "aria-selected", tab === place ? "true" : "false");
      setAttribute($(`tab-${tab}`), "tabindex", tab === place ? "0" : "-1");
    }
    for (const [id, button] of this.places) setAttribute(button, "aria-current", id === (inApp ? "app" : place) ? "page" : null);
    for (const [id, pane] of this.panes) pane.node.hidden = id !== place;
    setAttribute($("pane"), "role", inApp ? "tabpanel" : null);
    setAttribute($("pane"), "aria-labelledby", inApp ? `tab-${place}` : null);
    $("pane").scrollTop = place === "home" ? 0 : $("pane").scrollHeight;
    if (this.state) this.badges();
    if (place === "home") this.ask("home", {});
  }

  /** Asks the server for everything of this person, once for any number of calls meanwhile. */
  refresh() {
    this.again = true;
    this.running ??= this.pull();
    return this.running;
  }

  async pull() {
    while (this.again) {
      this.again = false;
      const { person } = this;
      const state = await get("state", { as: person });
      if (state.ok === false) this.composer.say(state.error);
      else if (person === this.person) this.show(state);
    }
    // In the same breath as the last look at `again`, so that no call falls between.
    this.running = null;
  }

  show(state) {
    const first = this.state === null;
    const atEnd = $("pane").scrollHeight - $("pane").scrollTop - $("pane").clientHeight < 40;
    if (!first) this.announceNew(state);
    this.state = state;
    const typed = state.typed ?? {};
    this.panes.get("home").update(state.home, state.home ? typed[state.home.id] : undefined);
    this.panes.get("messages").update(state.dms);
    for (const { id } of this.world.channels) this.panes.get(id).update(state.channels[id] ?? []);
    this.notices.update(state.notices);
    this.modals.update(state.modals, typed);
    this.badges();
    if (this.place !== "home" && (first || atEnd)) $("pane").scrollTop = $("pane").scrollHeight;
  }

  announceNew(state) {
    const known = new Set(conversations(this.state).flatMap(([, messages]) => messages.map(({ ts }) => ts)));
    for (const [place, messages] of conversations(state)) {
      const where = place === "messages" ? this.world.app.name : `In ${this.names.channel(place)}`;
      for (const message of messages) {
        if (!known.has(message.ts)) announce(`${where}: ${words({ type: "mrkdwn", text: message.text ?? "" }, this.names)}`);
      }
    }
    for (const notice of state.notices.slice(this.state.notices.length)) {
      announce(`Only visible to you: ${words({ type: "mrkdwn", text: notice.text }, this.names)}`);
    }
  }

  /** Counts what arrived in places where this person has not been since. */
  badges() {
    for (const [place, messages] of conversations(this.state)) {
      const key = `${this.person} ${place}`;
      if (place === this.place) this.seen.set(key, messages.length);
      const unread = Math.max(0, messages.length - (this.seen.get(key) ?? 0));
      const badge = this.places.get(place === "messages" ? "app" : place)?.querySelector(".badge");
      if (!badge) continue;
      badge.hidden = unread === 0;
      badge.replaceChildren(String(unread), h("span", { class: "unseen" }, " new"));
    }
  }

  async ask(path, body) {
    const answer = await post(path, { as: this.person, ...body });
    await this.refresh();
    return answer;
  }

  /** Sends one action after the other, so that the app sees them in the order in which they were done. */
  act(container, blockId, element, fields, state) {
    const body = { container, block_id: blockId, action_id: element.action_id, element_value: fields, state };
    this.tail = this.tail.then(() => this.ask("action", body));
    return this.tail.then((answer) => {
      if (!answer.ok && !this.modals.open.length) this.composer.say(answer.error);
      return answer;
    });
  }

  suggest(viewId, blockId, actionId, query, state) {
    return post("suggest", { as: this.person, view_id: viewId, block_id: blockId, action_id: actionId, query, state });
  }

  async submit(viewId, state) {
    await this.tail;
    return this.ask("submit", { view_id: viewId, state: state() });
  }
}

function conversations(state) {
  return [["messages", state.dms], ...Object.entries(state.channels)];
}

async function start() {
  const world = await get("world");
  if (world.ok === false) {
    $("place").textContent = world.error;
    return;
  }
  const wanted = new URL(location.href).searchParams.get("as");
  const page = new Page(world);
  await page.be(world.people.find(({ id }) => id === wanted)?.id ?? world.people[0].id);
  document.body.dataset.ready = "true";
}

start();
