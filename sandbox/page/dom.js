/** Building and moving nodes. Text always becomes a text node: nothing here parses HTML. */

let count = 0;

/** A DOM id that no other node of this page has. */
export function uid(prefix) {
  count += 1;
  return `${prefix}-${count}`;
}

/** An element with attributes, data-* (`data`), listeners (`on`) and children. Empty attributes are left out. */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "data") Object.assign(node.dataset, value);
    else if (name === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    else setAttribute(node, name, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

/** Sets an attribute, or removes it for null, undefined and false. */
export function setAttribute(node, name, value) {
  if (value === null || value === undefined || value === false) node.removeAttribute(name);
  else node.setAttribute(name, value === true ? "" : String(value));
}

/** Makes `nodes` the children of `host`; those that are there already, in this order, are not touched. */
export function arrange(host, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...host.childNodes]) if (!wanted.has(child)) child.remove();
  let cursor = host.firstChild;
  for (const node of nodes) {
    if (node === cursor) cursor = cursor.nextSibling;
    else host.insertBefore(node, cursor);
  }
}

/** Runs `change`; a control that lost the focus only because it was moved gets it back, with its selection. */
export function keepingFocus(change) {
  const focused = document.activeElement;
  const selection = selectionOf(focused);
  change();
  if (!focused || focused === document.activeElement || !focused.isConnected) return;
  focused.focus({ preventScroll: true });
  if (selection) focused.setSelectionRange(...selection);
}

function selectionOf(control) {
  // Reading the selection of a checkbox or a date throws in some browsers and is null in others.
  if (!control || !control.matches("textarea, input[type=text]")) return null;
  return [control.selectionStart, control.selectionEnd];
}

/** Whether two JSON values say the same. */
export function same(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Everything inside `root` that Tab can reach, in order. */
export function focusable(root) {
  const selector = "a[href], button:not([disabled]), input:not([disabled]), select, textarea, [tabindex='0']";
  return [...root.querySelectorAll(selector)].filter((node) => node.offsetParent !== null && node.tabIndex >= 0);
}

/** Says a sentence to screen readers. */
export function announce(sentence) {
  const live = document.getElementById("live");
  live.append(h("p", {}, sentence));
  while (live.childElementCount > 5) live.firstElementChild.remove();
}
