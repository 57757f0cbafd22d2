// The middle of the page: App Home or one conversation, and the composer under it.
import { post } from "./api.js";
import { BlockList } from "./blocks.js";
import { Composer } from "./composer.js";
import { announce, h, icon, place } from "./dom.js";
import { menuButton } from "./menu.js";
import { mrkdwn } from "./mrkdwn.js";
import { act, me, moment, names, store } from "./store.js";
import { avatar } from "./people.js";

const main = document.getElementById("main");
const GROUP_MS = 5 * 60 * 1000;
let shell = null;

/** Draw the current place, or patch it when it is the one already on screen. */
export function paintPlace() {
  const key = `${store.as}/${store.place.id}`;
  if (shell?.key !== key) {
    const open = store.place.kind === "home" ? new HomeShell(key) : new TalkShell(key);
    shell = open;
    place(main, [open.node]);
  }
  shell.update();
}

/** Put `text` into the composer and go there. */
export function prefill(text) {
  shell?.composer?.fill(text);
}

function listContext(where, more = {}) {
  const spot = (block, element) => ({ where, ...more, block_id: block.block_id, action_id: element.action_id });
  const press = (block, element, value) => act("action", { ...spot(block, element), value });
  const load = (block, element, text) => post("options", { as: store.as, ...spot(block, element), text });
  return { names, people: () => store.state.people, channels: () => store.state.channels, press, set: press, load };
}

class HomeShell {
  constructor(key) {
    this.key = key;
    this.list = h("div", { class: "blocks" });
    this.empty = h("p", { class: "plain-note" });
    this.blocks = new BlockList(this.list, listContext("home"));
    this.title = h("h1", {});
    this.scroller = h("div", { class: "home-scroll", tabindex: "-1", data: { testid: "home" } }, this.empty, this.list);
    const sub = h("p", { class: "place-sub", text: "App Home: the bot's own page, different for each person" });
    this.node = h("div", { class: "place" }, h("header", { class: "place-head" }, this.title, sub), this.scroller);
  }

  update() {
    const { home, bot } = store.state;
    this.title.replaceChildren(icon("home"), bot.name);
    this.empty.hidden = Boolean(home);
    this.empty.textContent = bot.connected ? "The bot is preparing this page…"
      : "The bot is not connected, so this page is empty.";
    this.blocks.update(home?.blocks ?? [], home?.state?.values);
  }
}

class TalkShell {
  constructor(key) {
    this.key = key;
    this.shown = new Map();
    this.fresh = true;
    this.title = h("h1", {});
    this.sub = h("p", { class: "place-sub" });
    this.list = h("ol", { class: "messages", "aria-label": "Messages" });
    this.empty = h("div", { class: "start" });
    const scroll = { class: "talk-scroll", tabindex: "0", role: "region", "aria-label": "Conversation" };
    this.scroller = h("div", scroll, this.empty, this.list);
    this.composer = new Composer();
    const head = h("header", { class: "place-head" }, this.title, this.sub);
    this.atEnd = true;
    this.scroller.addEventListener("scroll", () => { this.atEnd = this.nearEnd(); }, { passive: true });
    // A panel that opens or a keyboard that slides in must not hide the newest message.
    new ResizeObserver(() => { if (this.atEnd) this.toEnd(); }).observe(this.scroller);
    this.node = h("div", { class: "place" }, head, this.scroller, this.composer.node);
  }

  update() {
    this.paintHead();
    const stuck = this.fresh || this.nearEnd();
    const nodes = [];
    const next = new Map();
    let last = null;
    for (const message of store.messages) {
      const day = moment(message.at, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
      if (!last || last.day !== day) nodes.push(this.daySign(day));
      const key = `${message.ts}/${message.ephemeral ? "e" : ""}`;
      const row = this.shown.get(key) ?? new MessageRow(message);
      const near = last && last.day === day && last.user === message.user && !message.ephemeral && !last.ephemeral
        && new Date(message.at) - last.time < GROUP_MS;
      row.update(message, Boolean(near));
      if (!this.fresh && !this.shown.has(key) && message.user !== store.as) this.tell(message, row);
      next.set(key, row);
      nodes.push(row.node);
      last = { day, user: message.user, ephemeral: message.ephemeral, time: new Date(message.at) };
    }
    this.shown = next;
    place(this.list, nodes);
    this.composer.update();
    this.paintStart();
    if (stuck) this.toEnd();
    this.fresh = false;
  }

  nearEnd() {
    return this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < 80;
  }

  toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  paintHead() {
    const { bot, channels } = store.state;
    const channel = channels.find((c) => c.id === store.place.id);
    const look = channel?.private ? "lock" : "hash";
    this.title.replaceChildren(icon(channel ? look : "chat"), channel ? channel.name : bot.name);
    const note = channel?.archived ? "This channel is archived." : "";
    this.sub.textContent = channel ? note : "Only you and the bot see this conversation.";
  }

  paintStart() {
    this.empty.hidden = store.messages.length > 0;
    const channel = names.channel(store.place.id);
    const text = channel ? `This is the beginning of #${channel}.`
      : `Nothing from ${store.state.bot.name} yet. Its messages to you arrive here.`;
    if (this.empty.firstChild?.textContent !== text) this.empty.replaceChildren(h("p", { text }));
  }

  daySign(day) {
    this.days ??= new Map();
    if (!this.days.has(day)) this.days.set(day, h("li", { class: "day" }, h("span", { text: day })));
    return this.days.get(day);
  }

  tell(message, row) {
    const words = row.list.hidden ? row.text.textContent : row.list.textContent;
    announce(`${names.person(message.user) ?? "Someone"}: ${words}`.slice(0, 400));
  }
}

class MessageRow {
  constructor(message) {
    this.text = h("div", { class: "mk message-text" });
    this.list = h("div", { class: "blocks" });
    this.blocks = new BlockList(this.list, listContext("message", { channel: store.place.id, ts: message.ts }));
    this.who = h("span", { class: "who" });
    this.time = h("time", { class: "when" });
    this.face = h("div", { class: "face" });
    this.note = h("p", { class: "only-you" }, icon("eye"), "Only visible to you");
    this.edited = h("span", { class: "edited", text: "(edited)" });
    this.head = h("div", { class: "message-head" }, this.who, this.time);
    const more = h("button", { class: "btn icon-only", "aria-label": "Message actions" }, icon("more"));
    this.menu = menuButton(more, () => this.actions(), { align: "end", label: "Message actions" });
    this.tools = h("div", { class: "message-tools" }, this.menu.node);
    this.node = h("li", { class: "message", data: { testid: "message", ts: message.ts } },
      this.face, h("div", { class: "message-main" }, this.note, this.head, this.text, this.list, this.edited), this.tools);
  }

  actions() {
    return store.state.shortcuts.filter((s) => s.type === "message").map((s) => ({
      label: s.name, data: { "callback-id": s.callback_id },
      run: () => act("shortcut", { callback_id: s.callback_id, channel: store.place.id, ts: this.message.ts }),
    }));
  }

  update(message, near) {
    const bot = message.user === "BOT";
    if (JSON.stringify(message) !== this.seen) {
      this.seen = JSON.stringify(message);
      this.message = message;
      const has = message.blocks?.length > 0;
      this.text.hidden = has;
      this.text.replaceChildren(...(has ? [] : mrkdwn(message.text, names)));
      this.list.hidden = !has;
      this.blocks.update(message.blocks ?? []);
      const name = bot ? store.state.bot.name : names.person(message.user) ?? message.user;
      this.who.replaceChildren(name, ...(bot ? [h("span", { class: "tag", text: "App" })] : []));
      this.face.replaceChildren(avatar(bot ? "BOT" : message.user));
      this.node.dataset.user = message.user;
      this.node.classList.toggle("ephemeral", message.ephemeral);
      this.note.hidden = !message.ephemeral;
      this.edited.hidden = !message.edited;
    }
    this.time.textContent = moment(message.at, { hour: "2-digit", minute: "2-digit" });
    this.time.dateTime = message.at;
    this.node.classList.toggle("near", near);
    this.tools.hidden = message.ephemeral || this.actions().length === 0 || !me();
  }
}
