// Small helpers to build and patch DOM nodes. Text always becomes text nodes: content is never parsed as HTML.

const SVG = "http://www.w3.org/2000/svg";

// Outlines on a 24 x 24 grid, drawn with the current text colour.
const ICONS = {
  home: "M4 11.5 12 4l8 7.5M6 10v10h4.5v-6h3v6H18V10",
  chat: "M4 5h16v11H10l-5 4v-4H4z",
  hash: "M9 4 7 20M17 4l-2 16M4.5 9h16M3.5 15h16",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  bolt: "M13 3 5 13.5h6L10 21l9-11.5h-6z",
  clock: "M12 3a9 9 0 1 0 .01 0M12 7v5l3.5 2.5",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12M12 9.2a2.8 2.8 0 1 0 .01 0",
  code: "m8.5 7-5 5 5 5M15.5 7l5 5-5 5",
  warn: "M12 4 2.8 20h18.4zM12 10v4.5M12 17.2v.3",
  info: "M12 3a9 9 0 1 0 .01 0M12 11v5.5M12 7.5v.2",
  menu: "M4 7h16M4 12h16M4 17h16",
  more: "M5.5 12h.01M12 12h.01M18.5 12h.01",
  close: "m6 6 12 12M18 6 6 18",
  back: "M20 12H5m6-6.5L4.5 12l6.5 6.5",
  down: "m6 9.5 6 6 6-6",
  check: "m5 12.5 5 5L19.5 7",
  send: "M4 12 20 4.5 15 20l-3.5-6.5zM11.5 13.5 20 4.5",
  search: "M10.5 4a6.5 6.5 0 1 0 .01 0M15.5 15.5 20.5 20.5",
  in: "M12 4v12m-5-5 5 5 5-5M5 20h14",
  out: "M12 17V5M7 10l5-5 5 5M5 20h14",
  person: "M12 4a4 4 0 1 0 .01 0M4.5 20.5c.8-4.2 3.6-6 7.5-6s6.700 1.800 7.500 6",
};

let counter = 0;

/** Return an id that no other node of this page has. */
export function uid(prefix = "n") {
  counter += 1;
  return `${prefix}-${counter}`;
}

/** Build an element: `on` holds listeners, `data` data-attributes, null or false values are left out. */
export function h(tag, props = {}, ...kids) {
  const node = document.createElement(tag);
  if (tag === "button") node.type = "button"; // nothing here is an HTML form
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "on") for (const [name, fn] of Object.entries(value)) node.addEventListener(name, fn);
    else if (key === "data") for (const [name, text] of Object.entries(value)) setData(node, name, text);
    else if (key === "text") node.textContent = value;
    else if (key === "value") node.value = value;
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  node.append(...kids.flat().filter((kid) => kid !== null && kid !== undefined && kid !== false));
  return node;
}

function setData(node, name, text) {
  if (text !== null && text !== undefined) node.setAttribute(`data-${name}`, String(text));
}

/** Draw one of the icons; it says nothing to a screen reader, so its button needs a label. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.dataset.icon = name;
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name] ?? "");
  svg.append(path);
  return svg;
}

/** Make `parent` hold exactly `nodes` in this order, touching only what differs, so that focus and scroll survive. */
export function place(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.childNodes]) if (!wanted.has(child)) child.remove();
  let cursor = parent.firstChild;
  for (const node of nodes) {
    if (node === cursor) cursor = cursor.nextSibling;
    else parent.insertBefore(node, cursor);
  }
}

/** Run `change` and give focus and caret back to the same field if the change moved or rebuilt it. */
export function keepingFocus(root, change) {
  const before = document.activeElement;
  const inside = before && before !== root && root.contains(before);
  const key = inside ? focusKey(before) : null;
  const caret = inside && typeof before.selectionStart === "number" ? [before.selectionStart, before.selectionEnd] : null;
  change();
  if (!inside || document.activeElement === before) return;
  const after = before.isConnected ? before : key && root.querySelector(key);
  if (!after) return;
  after.focus({ preventScroll: true });
  if (caret && after.setSelectionRange) after.setSelectionRange(...caret);
}

function focusKey(node) {
  const block = node.closest("[data-block-id]")?.dataset.blockId;
  const action = node.dataset.actionId ?? node.closest("[data-action-id]")?.dataset.actionId;
  if (!block || !action) return null;
  return `[data-block-id="${CSS.escape(block)}"] [data-action-id="${CSS.escape(action)}"]`;
}

/** Tell whether two plain JSON values are the same. */
export function same(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Let arrow keys, Home and End move focus among the items of a list that has one tab stop. */
export function roving(root, selector, { horizontal = false } = {}) {
  const [back, forward] = horizontal ? ["ArrowLeft", "ArrowRight"] : ["ArrowUp", "ArrowDown"];
  root.addEventListener("keydown", (event) => {
    const items = [...root.querySelectorAll(selector)].filter((item) => !item.disabled);
    const at = items.indexOf(document.activeElement);
    if (at < 0) return;
    const to = { [back]: at - 1, [forward]: at + 1, Home: 0, End: items.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    items[(to + items.length) % items.length].focus();
  });
}

/** Say a sentence to screen readers: politely, or at once when `urgent`. */
export function announce(text, urgent = false) {
  const region = document.getElementById(urgent ? "alarm" : "live");
  region.textContent = "";
  requestAnimationFrame(() => { region.textContent = text; });
}

/** List what Tab can reach inside `root`, in order. */
export function tabbable(root) {
  const all = root.querySelectorAll("a[href], button, input, select, textarea, [tabindex]");
  return [...all].filter((n) => !n.disabled && n.tabIndex >= 0 && n.getClientRects().length > 0);
}
