/** Slack's text objects as nodes: bold, italic, struck, code, quotes, links, mentions, dates. Never as HTML. */

import { h } from "./dom.js";

const INLINE = new RegExp(
  [
    "(?<block>```[\\s\\S]+?```)",
    "(?<code>`[^`\\n]+`)",
    "(?<token><[^<>\\n]+>)",
    "(?<bold>(?<![\\w*])\\*[^*\\n]+\\*(?![\\w*]))",
    "(?<italic>(?<![\\w_])_[^_\\n]+_(?![\\w_]))",
    "(?<struck>(?<![\\w~])~[^~\\n]+~(?![\\w~]))",
  ].join("|"),
  "g",
);

/** Shape: nodes for a text object `{type, text}`; `names` turns ids of people and channels into names. */
export function textNodes(text, names) {
  if (!text) return [];
  if (text.type !== "mrkdwn") return plainLines(text.text);
  return mrkdwnNodes(text.text, names);
}

/** Shape: nodes for a string of mrkdwn. */
export function mrkdwnNodes(source, names) {
  const nodes = [];
  let quote = [];
  const endQuote = () => {
    if (quote.length) nodes.push(h("blockquote", {}, inline(quote.join("\n"), names)));
    quote = [];
  };
  let plain = [];
  const endPlain = () => {
    if (plain.length) nodes.push(...inline(plain.join("\n"), names));
    plain = [];
  };
  for (const line of source.split("\n")) {
    const quoted = /^(?:>|&gt;) ?(.*)$/.exec(line);
    if (quoted) {
      endPlain();
      quote.push(quoted[1]);
    } else {
      endQuote();
      plain.push(line);
    }
  }
  endPlain();
  endQuote();
  return nodes;
}

/** The words of a text object without marks, for labels and announcements. */
export function words(text, names) {
  if (!text) return "";
  return h("span", {}, textNodes(text, names)).textContent;
}

function plainLines(source) {
  return source.split("\n").flatMap((line, index) => (index ? [h("br"), line] : [line]));
}

function unescape(source) {
  return source.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

function inline(source, names) {
  const nodes = [];
  let end = 0;
  for (const match of source.matchAll(INLINE)) {
    nodes.push(...plainLines(unescape(source.slice(end, match.index))));
    nodes.push(marked(match, names));
    end = match.index + match[0].length;
  }
  nodes.push(...plainLines(unescape(source.slice(end))));
  return nodes.filter((node) => node !== "");
}

function marked(match, names) {
  const { block, code, token, bold, italic, struck } = match.groups;
  const inner = match[0].slice(1, -1);
  if (block) return h("pre", {}, unescape(block.slice(3, -3)));
  if (code) return h("code", {}, unescape(inner));
  if (token) return tokenNode(inner, names);
  if (bold) return h("strong", {}, inline(inner, names));
  if (italic) return h("em", {}, inline(inner, names));
  if (struck) return h("s", {}, inline(inner, names));
  return match[0];
}

function tokenNode(token, names) {
  const [target, label] = token.split("|", 2);
  const shown = label === undefined ? null : unescape(label);
  if (target.startsWith("@")) return h("span", { class: "mention" }, `@${names.person(target.slice(1)) ?? shown ?? target.slice(1)}`);
  if (target.startsWith("#")) return h("span", { class: "mention" }, `#${names.channel(target.slice(1)) ?? shown ?? target.slice(1)}`);
  if (target.startsWith("!date^")) return dateNode(target, shown);
  if (target.startsWith("!")) return h("span", { class: "mention" }, `@${target.slice(1)}`);
  const address = unescape(target);
  if (!/^(https?|mailto):/i.test(address)) return unescape(`<${token}>`);
  return h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, shown ?? address);
}

function dateNode(target, fallback) {
  const [, seconds, format = "{date}"] = target.split("^");
  const moment = new Date(Number(seconds) * 1000);
  if (Number.isNaN(moment.getTime())) return fallback ?? "";
  const long = { weekday: "long", month: "long", day: "numeric", year: "numeric" };
  const text = format
    .replaceAll(/\{date_long(_pretty)?\}/g, moment.toLocaleDateString("en-US", long))
    .replaceAll(/\{date(_short|_num|_pretty|_short_pretty)?\}/g, moment.toLocaleDateString("en-US", { dateStyle: "medium" }))
    .replaceAll(/\{time(_secs)?\}/g, moment.toLocaleTimeString("en-US", { timeStyle: "short" }));
  return h("time", { datetime: moment.toISOString() }, text);
}
