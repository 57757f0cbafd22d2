// What the page knows, and the one way to change something in the workspace.
import { get, post } from "./api.js";
import { announce, h, icon } from "./dom.js";

/** `place` is {kind: "home" | "dm" | "channel", id}; `messages` belong to that place. */
export const store = { as: null, place: null, state: null, messages: [], drafts: new Map(), done: new Set() };

let painters = [];
let running = null;
let again = false;

/** Call `fn` after each fresh state. */
export function onFresh(fn) {
  painters.push(fn);
}

/** Fetch state and messages again; calls that arrive meanwhile share one more round. */
export function refresh() {
  again = true;
  running ??= (async () => {
    try {
      while (again) {
        again = false;
        await load();
      }
    } finally {
      running = null;
    }
  })();
  return running;
}

async function load() {
  const { as, place } = store;
  const [state, messages] = await Promise.all([
    get("state", { as }),
    place && place.kind !== "home" ? get("messages", { as, channel: place.id }).then((m) => m.messages) : [],
  ]);
  if (as !== store.as || place !== store.place) { again = true; return; }
  Object.assign(store, { state, messages });
  for (const paint of painters) paint();
}

/** Post to the workspace, then refresh; a refusal is shown and rethrown only when `loud` is false. */
export async function act(path, body, { loud = true } = {}) {
  dropOldErrors();
  try {
    return await post(path, { as: store.as, ...body });
  } catch (error) {
    if (!loud) throw error;
    toast(error.message, "error");
    return null;
  } finally {
    refresh().catch(() => {});
  }
}

/** The person we are. */
export function me() {
  return store.state?.people.find((person) => person.id === store.as) ?? null;
}

/** Lookups that text needs to show people, channels and times. */
export const names = {
  person: (id) => {
    if (id === "BOT") return store.state?.bot.name;
    const found = store.state?.people.find((person) => person.id === id);
    return found ? found.real_name || found.name : null;
  },
  channel: (id) => store.state?.channels.find((channel) => channel.id === id)?.name ?? null,
  get zone() { return me()?.tz ?? "UTC"; },
};

/** Take away errors of earlier acts: who goes on has seen them. */
export function dropOldErrors() {
  for (const node of document.querySelectorAll("#toasts .error")) node.remove();
}

/** Show a short notice in the corner; errors stay until dismissed or until the next act. */
export function toast(text, kind = "note") {
  const drop = h("button", { class: "btn icon-only quiet", "aria-label": "Dismiss notice" }, icon("close"));
  const node = h("div", { class: `toast ${kind}`, data: { testid: "toast" } }, icon(kind === "error" ? "warn" : "check"),
    h("p", { text }), drop);
  const away = () => node.remove();
  drop.addEventListener("click", away);
  const box = document.getElementById("toasts");
  const twin = [...box.children].find((other) => other.querySelector("p").textContent === text);
  twin?.remove();
  box.append(node);
  while (box.children.length > 3) box.firstChild.remove();
  announce(text, kind === "error");
  if (kind !== "error") setTimeout(away, 6000);
}

/** Read or write a small preference of this browser; private windows may refuse, which is fine. */
export function preference(key, value) {
  try {
    if (value === undefined) return localStorage.getItem(`playground.${key}`);
    localStorage.setItem(`playground.${key}`, value);
  } catch { /* without storage the page only forgets */ }
  return null;
}

/** Format a moment in the person's own zone. */
export function moment(iso, options) {
  return new Intl.DateTimeFormat("en-GB", { timeZone: names.zone, ...options }).format(new Date(iso));
}
