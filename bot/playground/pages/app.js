// Starts the page and keeps its parts in step with the workspace.
import { get, listen, post } from "./api.js";
import { paintPlace, prefill } from "./conversation.js";
import { announce } from "./dom.js";
import { buildHint, paintHint } from "./hint.js";
import { leaveModals, syncModals } from "./modal.js";
import { buildCast, paintCast } from "./people.js";
import { buildSidebar, paintSidebar } from "./sidebar.js";
import { act, me, onFresh, refresh, store, toast } from "./store.js";
import { buildTopbar, paintTopbar } from "./topbar.js";
import { buildWire, paintWire } from "./wire.js";

const HOME = { kind: "home", id: "HOME" };
const seen = new Set();
let hangUp = null;

function paint() {
  paintTopbar();
  paintNotice();
  paintCast();
  paintSidebar();
  paintHint();
  paintPlace();
  syncModals(store.state.stack ?? []);
  paintWire();
  notices();
  markRead();
}

// What must not be overlooked, such as keys that are no secret.
function paintNotice() {
  const line = document.getElementById("notice");
  const text = store.state.notice ?? "";
  if (line.textContent !== text) line.textContent = text;
  line.hidden = !text;
}

function notices() {
  for (const notice of store.state.notices ?? []) {
    const key = `${store.as}/${notice.id}`;
    if (!seen.has(key) && notices.started && !saidAlready(notice.text)) toast(notice.text, "error");
    seen.add(key);
  }
  notices.started = true;
}

// The composer or the modal may have said it beside the place where it happened.
function saidAlready(text) {
  const spots = document.querySelectorAll(".composer-problem:not([hidden]), .banner:not([hidden])");
  return [...spots].some((spot) => spot.textContent.includes(text));
}

function markRead() {
  if (document.hidden || store.place.kind === "home") return;
  const channel = store.state.channels.find((c) => c.id === store.place.id);
  const unread = store.place.kind === "dm" ? store.state.dm?.unread : channel?.unread;
  if (unread) post("read", { as: store.as, channel: store.place.id }).then(refresh).catch(() => {});
}

/** Open a place: App Home, the messages with the bot, or a channel. */
async function go(place) {
  store.place = known(place);
  remember();
  if (store.place.kind === "home") await act("home", {});
  await refresh().catch(lost);
}

function known(place) {
  const { channels } = store.state;
  if (place?.kind === "channel" && channels.some((c) => c.id === place.id)) return place;
  if (place?.kind === "dm") return { kind: "dm", id: "DM" };
  if (place?.kind === "home") return HOME;
  const first = channels.find((c) => c.name === "launches") ?? channels[0];
  return first ? { kind: "channel", id: first.id } : HOME;
}

/** Become another person, keeping the place where that person can be there too. */
async function become(id) {
  await leaveModals();
  store.as = id;
  store.messages = [];
  const before = store.place;
  try {
    store.state = await get("state", { as: id });
  } catch (error) {
    lost(error);
    return;
  }
  notices.started = false;
  store.place = known(before);
  connect();
  await go(store.place);
  document.querySelector(`[data-person="${CSS.escape(id)}"]`)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  announce(`You are now ${me()?.real_name ?? id}, ${me()?.title ?? ""}`);
}

function connect() {
  hangUp?.();
  const bar = document.getElementById("offline");
  hangUp = listen(store.as, () => refresh().catch(() => {}), (linked) => {
    if (linked && !bar.hidden) refresh().catch(() => {});
    bar.textContent = linked ? "" : "Connection lost. Trying again…";
    bar.hidden = linked;
  });
}

function remember() {
  const tail = new URLSearchParams({ as: store.as, in: store.place.id }).toString();
  history.replaceState(null, "", `#${tail}`);
}

function lost(error) {
  toast(error.message, "error");
}

function wanted() {
  const params = new URLSearchParams(location.hash.slice(1));
  const id = params.get("in");
  const kind = id === "HOME" ? "home" : id === "DM" ? "dm" : "channel";
  return { as: params.get("as"), place: id ? { kind, id } : null };
}

async function firstState(as) {
  try {
    return await get("state", { as });
  } catch (error) {
    if (error.code === "unreachable" || !as) throw error;
    return get("state"); // an old address may name someone this workspace does not have
  }
}

async function start() {
  const { as, place } = wanted();
  try {
    store.state = await firstState(as);
  } catch (error) {
    document.getElementById("starting").textContent = error.message;
    return;
  }
  const mine = store.state.me;
  store.as = (typeof mine === "string" ? mine : mine?.id) ?? store.state.people[0].id;
  store.place = known(place);
  buildTopbar();
  buildCast(become);
  buildSidebar(go);
  buildWire();
  buildHint({ go, become, fill: prefill });
  onFresh(paint);
  window.addEventListener("hashchange", async () => { // somebody changed the address by hand
    const next = wanted();
    if (next.as && next.as !== store.as) await become(next.as);
    if (next.place) await go(next.place);
  });
  connect();
  await go(store.place);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh().catch(() => {}); });
}

start();
