// "What the bot sees": every payload both ways, newest first, as it happens.
import { get } from "./api.js";
import { announce, h, icon, place } from "./dom.js";
import { moment, preference } from "./store.js";

const KEEP = 200;
const LOOK_MS = 1500; // a refused call changes nothing in the workspace, so no event tells of it
const panel = document.getElementById("wire");
const rows = new Map();
let last = 0;
let filter = "all";
let list = null;
let busy = false;
let looking = null;

/** Build the panel, hidden. */
export function buildWire() {
  list = h("ol", { class: "wire-list" });
  const filters = [["all", "All"], ["to_bot", "To the bot"], ["from_bot", "From the bot"]].map(([id, label]) => h("button", {
    class: "btn small", text: label, "aria-pressed": String(id === filter), data: { filter: id },
  }));
  const bar = h("div", { class: "wire-filters", role: "group", "aria-label": "Show" }, filters);
  bar.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-filter]");
    if (!chosen) return;
    filter = chosen.dataset.filter;
    for (const button of filters) button.setAttribute("aria-pressed", String(button === chosen));
    show();
  });
  panel.append(h("header", { class: "wire-head" }, h("h2", { text: "What the bot sees" }),
    h("button", { class: "btn icon-only quiet", "aria-label": "Close",
      on: { click: () => toggleWire(false) } }, icon("close"))),
  h("p", { class: "wire-intro", text: "The real requests between Slack's side and the bot. Keys and signatures are left out." }),
  bar, list);
  panel.addEventListener("keydown", (event) => { if (event.key === "Escape") toggleWire(false); });
  if (preference("wire") === "open" && window.innerWidth > 900) toggleWire(true);
}

/** Open or close the panel. */
export function toggleWire(on = panel.hidden) {
  const button = document.querySelector("[data-testid=payload-toggle]");
  const inside = panel.contains(document.activeElement);
  panel.hidden = !on;
  document.body.classList.toggle("has-wire", on);
  button?.setAttribute("aria-expanded", String(on));
  document.querySelector("[data-testid=modal]")?.setAttribute("aria-modal", String(!on));
  preference("wire", on ? "open" : "closed");
  clearInterval(looking);
  if (on) looking = setInterval(paintWire, LOOK_MS);
  if (on) { paintWire(); if (window.innerWidth <= 900) panel.querySelector("button").focus(); }
  else if (inside) (document.querySelector("[data-testid=modal] h2") ?? button)?.focus();
}

/** Fetch what is new, if anyone is looking. */
export async function paintWire() {
  if (panel.hidden || busy) return;
  busy = true;
  try {
    const answer = await get("wire", { since: last });
    if (answer.last < last) { // another run of the playground: its numbers start again
      rows.clear();
      last = 0;
      busy = false;
      paintWire();
      return;
    }
    for (const entry of answer.entries) rows.set(entry.n, row(entry));
    last = answer.last ?? last;
    for (const n of [...rows.keys()].sort((a, b) => a - b).slice(0, -KEEP)) rows.delete(n);
    if (answer.entries.length || !list.childNodes.length) show();
  } catch { /* the notice about the lost connection says it already */ } finally {
    busy = false;
  }
}

function show() {
  const fits = [...rows.entries()].filter(([, item]) => filter === "all" || item.entry.direction === filter);
  const nodes = fits.sort(([a], [b]) => b - a).map(([, item]) => item.node);
  place(list, nodes.length ? nodes : [h("li", { class: "plain-note", text: "Nothing yet. Do something and watch." })]);
}

function row(entry) {
  const inbound = entry.direction === "to_bot";
  const bad = entry.status === 0 || entry.status >= 400 || entry.response?.ok === false;
  const node = h("details", { class: "wire-row", data: { testid: "wire-row", n: entry.n, kind: entry.kind } },
    h("summary", {},
      h("span", { class: `way ${inbound ? "to" : "from"}` }, icon(inbound ? "in" : "out"),
        h("span", { class: "sr-only", text: inbound ? "To the bot: " : "From the bot: " })),
      h("span", { class: "wire-words" }, h("span", { class: "wire-kind", text: entry.kind }),
        h("span", { class: "wire-sum", text: entry.summary === entry.kind ? "" : entry.summary ?? "" })),
      h("span", { class: "wire-meta" }, h("span", { class: bad ? "bad" : "", text: entry.status === 0 ? "no answer" : entry.status ?? "" }),
        h("time", { text: entry.at ? moment(entry.at, { hour: "2-digit", minute: "2-digit", second: "2-digit" }) : "" }))));
  node.addEventListener("toggle", () => {
    if (node.open && node.children.length === 1) {
      node.append(payload(inbound ? "Sent to the bot" : "Sent by the bot", entry.request),
        payload(inbound ? "The bot answered" : "Slack answered", entry.response, entry.ms));
    }
  });
  return { entry, node: h("li", {}, node) };
}

function payload(title, value, ms) {
  const text = value === "" ? "(empty: received, nothing to add)" : typeof value === "string" ? value : JSON.stringify(value ?? null, null, 2);
  const copy = h("button", { class: "btn small", text: "Copy" });
  copy.addEventListener("click", async () => {
    const done = await navigator.clipboard?.writeText(text).then(() => true, () => false);
    copy.textContent = done ? "Copied" : "Not allowed";
    announce(copy.textContent);
    setTimeout(() => { copy.textContent = "Copy"; }, 1600);
  });
  const took = typeof ms === "number" ? ` in ${Math.round(ms)} ms` : "";
  return h("div", { class: "payload" }, h("div", { class: "payload-head" }, h("span", { text: title + took }), copy),
    h("pre", { tabindex: "0", "aria-label": title }, h("code", {}, coloured(text))));
}

// Keys, strings and the rest of a JSON text, each in its own span.
function coloured(text) {
  const out = [];
  let end = 0;
  for (const hit of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|\b(?:true|false|null|-?\d+(?:\.\d+)?)\b/g)) {
    if (hit.index > end) out.push(text.slice(end, hit.index));
    const kind = hit[1] ? "j-key" : hit[0].startsWith('"') ? "j-text" : "j-word";
    out.push(h("span", { class: kind, text: hit[0] }));
    end = hit.index + hit[0].length;
  }
  if (end < text.length) out.push(text.slice(end));
  return out;
}
