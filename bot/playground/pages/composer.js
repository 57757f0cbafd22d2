// Where the person writes: slash command suggestions, drafts, Enter to send.
import { post } from "./api.js";
import { h, icon, uid } from "./dom.js";
import { menuButton } from "./menu.js";
import { act, dropOldErrors, names, refresh, store } from "./store.js";

/** The composer of one conversation. */
export class Composer {
  constructor() {
    this.hintsId = uid("hints");
    this.at = 0;
    this.field = h("textarea", {
      class: "composer-field", rows: 1, role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false",
      "aria-controls": this.hintsId, data: { testid: "composer" }, on: {
        input: () => this.typed(), keydown: (e) => this.key(e), blur: () => setTimeout(() => this.hide(), 120),
      },
    });
    this.hints = h("div", { class: "hints", role: "listbox", id: this.hintsId, "aria-label": "Commands", hidden: true });
    this.problem = h("p", { class: "composer-problem", role: "alert", hidden: true, data: { testid: "composer-problem" } });
    this.send = h("button", { class: "btn primary icon-only", "aria-label": "Send", data: { testid: "send" },
      on: { click: () => this.say() } }, icon("send"));
    const bolt = h("button", { class: "btn icon-only quiet", "aria-label": "Shortcuts", title: "Shortcuts",
      data: { testid: "shortcuts" } }, icon("bolt"));
    this.bolt = menuButton(bolt, shortcutItems, { label: "Shortcuts" });
    this.node = h("div", { class: "composer" }, this.hints, this.problem,
      h("div", { class: "composer-box" }, this.bolt.node, this.field, this.send));
    Object.assign(this, { as: store.as, channel: store.place.id, draftKey: `${store.as}/${store.place.id}` });
    this.field.value = store.drafts.get(this.draftKey) ?? "";
  }

  update() {
    const channel = store.state.channels.find((c) => c.id === store.place.id);
    const where = channel ? `#${channel.name}` : store.state.bot.name;
    const command = store.state.commands[0]?.command;
    const wide = window.matchMedia("(min-width: 761px)").matches;
    this.field.placeholder = command && wide ? `Message ${where}, or type ${command}` : `Message ${where}`;
    this.field.setAttribute("aria-label", `Message ${where}`);
    this.field.disabled = this.send.disabled = Boolean(channel?.archived);
    this.grow();
  }

  /** Put text in and move the caret to its end. */
  fill(text) {
    this.field.value = text;
    this.field.focus();
    this.field.setSelectionRange(text.length, text.length);
    this.typed();
  }

  grow() {
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(160, this.field.scrollHeight)}px`;
  }

  typed() {
    store.drafts.set(this.draftKey, this.field.value);
    this.problem.hidden = true;
    this.grow();
    this.suggest();
  }

  suggest() {
    const text = this.field.value;
    const fits = text.startsWith("/") ? store.state.commands.filter((c) => c.command.startsWith(text.split(/\s/)[0])) : [];
    this.found = fits.flatMap(expand).filter((item) => item.fill.startsWith(text) && item.fill !== text);
    if (!this.found.length) { this.hide(); return; }
    this.at = Math.min(this.at, this.found.length - 1);
    this.hints.replaceChildren(...this.found.map((item, at) => h("div", {
      role: "option", id: `${this.hintsId}-${at}`, class: "hint-row", "aria-selected": "false",
      data: { command: item.fill.trim() },
      on: { pointerdown: (e) => e.preventDefault(), click: () => this.fill(item.fill) },
    }, h("code", { text: item.fill.trim() }), item.usage ? h("span", { class: "hint-usage", text: item.usage }) : null,
    item.text ? h("span", { class: "hint-more", text: item.text }) : null)));
    this.hints.hidden = false;
    this.field.setAttribute("aria-expanded", "true");
    this.mark();
  }

  mark() {
    for (const [i, row] of [...this.hints.children].entries()) row.setAttribute("aria-selected", String(i === this.at));
    this.hints.children[this.at]?.scrollIntoView({ block: "nearest" });
    this.field.setAttribute("aria-activedescendant", `${this.hintsId}-${this.at}`);
  }

  hide() {
    this.hints.hidden = true;
    this.at = 0;
    this.field.setAttribute("aria-expanded", "false");
    this.field.removeAttribute("aria-activedescendant");
  }

  key(event) {
    if (event.isComposing) return;
    const open = !this.hints.hidden;
    if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.at = (this.at + step + this.found.length) % this.found.length;
      this.mark();
    } else if (open && event.key === "Escape") this.hide();
    else if (open && event.key === "Tab" && !event.shiftKey) this.fill(this.found[this.at].fill);
    else if (event.key === "Enter" && !event.shiftKey) {
      // A half-typed command is completed first; a whole one is sent.
      const half = open && !store.state.commands.some((c) => this.field.value.startsWith(c.command));
      if (half) this.fill(this.found[this.at].fill);
      else this.say();
    } else return;
    event.preventDefault();
  }

  // Takes the text at once, so that one can go on typing; what was refused comes back into an empty field.
  say() {
    const text = this.field.value.trim();
    if (!text) return;
    this.hide();
    dropOldErrors();
    this.problem.hidden = true;
    this.field.value = "";
    store.drafts.delete(this.draftKey);
    this.grow();
    this.wait(1);
    this.line = (this.line ?? Promise.resolve()).then(() => this.deliver(text));
  }

  async deliver(text) {
    try {
      await post("say", { as: this.as, channel: this.channel, text });
      if (text.startsWith("/")) store.done.add("command");
    } catch (error) {
      dropOldErrors();
      this.problem.textContent = error.message;
      this.problem.hidden = false;
      if (this.field.value === "") this.field.value = text;
      this.grow();
    } finally {
      this.wait(-1);
      refresh().catch(() => {});
    }
  }

  wait(step) {
    this.waiting = (this.waiting ?? 0) + step;
    this.node.classList.toggle("busy", this.waiting > 0);
  }
}

// "/hrdd" with a usage hint such as "check [name] | concern | help" becomes one row per word, and keeps its own row.
function expand(command) {
  const hint = command.usage_hint ?? "";
  const words = hint.split("|").map((part) => part.trim()).filter((part) => /^[a-z]/.test(part));
  const rows = words.map((part) => {
    const [word, ...rest] = part.split(/\s+/);
    return { fill: `${command.command} ${word}${rest.length ? " " : ""}`, usage: rest.join(" "), text: "" };
  });
  return [{ fill: `${command.command} `, usage: words.length > 1 ? "" : hint, text: command.description }, ...rows];
}

/** The workspace's global shortcuts as menu entries. */
export function shortcutItems() {
  const all = store.state.shortcuts.filter((s) => s.type === "global");
  if (!all.length) return [{ heading: "This bot has no shortcuts." }];
  return [{ heading: `Shortcuts of ${names.person("BOT")}` }, ...all.map((s) => ({
    label: s.name, data: { "callback-id": s.callback_id }, run: () => act("shortcut", { callback_id: s.callback_id }),
  }))];
}
