// Where one can go: App Home, messages with the bot, channels; on a phone this is a drawer.
import { shortcutItems } from "./composer.js";
import { h, icon, place, roving } from "./dom.js";
import { menuButton } from "./menu.js";
import { store } from "./store.js";

const bar = document.getElementById("sidebar");
const parts = {};
const links = new Map();

/** Build the sidebar; `go(place)` opens a place. */
export function buildSidebar(go) {
  parts.status = h("p", { class: "bot-status", role: "status" });
  parts.bot = h("ul", { class: "nav-list" });
  parts.channels = h("ul", { class: "nav-list" });
  const bolt = h("button", { class: "btn nav-bolt", data: { testid: "sidebar-shortcuts" } }, icon("bolt"), "Shortcuts");
  bar.append(h("h2", { class: "nav-title", text: "The bot" }), parts.status, parts.bot,
    h("h2", { class: "nav-title", text: "Channels" }), parts.channels,
    h("div", { class: "nav-foot" }, menuButton(bolt, shortcutItems, { label: "Shortcuts" }).node));
  roving(bar, ".nav-link");
  bar.addEventListener("click", (event) => {
    const link = event.target.closest(".nav-link");
    if (!link) return;
    go({ kind: link.dataset.kind, id: link.dataset.place });
    openDrawer(false);
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") openDrawer(false); });
  document.addEventListener("pointerdown", (event) => {
    if (isDrawer() && !bar.contains(event.target) && !event.target.closest(".drawer-button")) openDrawer(false);
  });
}

/** Draw the places with their unread counts. */
export function paintSidebar() {
  const { bot, channels, dm } = store.state;
  parts.status.textContent = bot.connected ? `${bot.name} is connected` : `${bot.name} is not connected`;
  parts.status.classList.toggle("off", !bot.connected);
  place(parts.bot, [
    entry({ kind: "home", id: "HOME", label: "App Home", look: "home", testid: "nav-home", unread: 0 }),
    entry({ kind: "dm", id: "DM", label: "Messages", look: "chat", testid: "nav-dm", unread: dm?.unread ?? 0 }),
  ]);
  place(parts.channels, channels.map((channel) => entry({
    kind: "channel", id: channel.id, label: channel.name, look: channel.private ? "lock" : "hash",
    testid: `channel-${channel.name}`, unread: channel.unread ?? 0,
  })));
  const all = [...bar.querySelectorAll(".nav-link")];
  for (const link of all) link.tabIndex = link.dataset.place === store.place.id ? 0 : -1;
  if (!all.some((link) => link.tabIndex === 0) && all[0]) all[0].tabIndex = 0;
}

function entry({ kind, id, label, look, testid, unread }) {
  if (!links.has(id)) {
    const badge = h("span", { class: "badge" });
    const words = h("span", { class: "nav-words" });
    const link = h("button", { class: "nav-link", data: { testid, kind, place: id } }, icon(look), words, badge);
    links.set(id, { node: h("li", {}, link), link, words, badge });
  }
  const { node, link, words, badge } = links.get(id);
  const here = id === store.place.id;
  const news = here ? 0 : unread;
  words.textContent = label;
  badge.textContent = news;
  badge.hidden = news === 0;
  link.classList.toggle("unread", news > 0);
  if (here) link.setAttribute("aria-current", "page");
  else link.removeAttribute("aria-current");
  if (news) link.setAttribute("aria-label", `${label}, ${news} unread`);
  else link.removeAttribute("aria-label");
  return node;
}

/** Tell whether the drawer is open (phones only). */
export function isDrawer() {
  return document.body.classList.contains("drawer-open");
}

/** Open or close the drawer. */
export function openDrawer(on) {
  if (on === isDrawer()) return;
  document.body.classList.toggle("drawer-open", on);
  document.getElementById("main").inert = on;
  const button = document.querySelector(".drawer-button");
  button?.setAttribute("aria-expanded", String(on));
  if (on) (bar.querySelector("[aria-current]") ?? bar.querySelector(".nav-link"))?.focus();
  else if (bar.contains(document.activeElement)) button?.focus();
}
