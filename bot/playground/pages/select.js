// One picker for every Block Kit menu: single or multiple choice, groups, search, chips.
import { dock, whileOpen } from "./menu.js";
import { h, icon, place, uid } from "./dom.js";
import { plain } from "./mrkdwn.js";

const SEARCH_FROM = 9; // fewer options than this are quicker to read than to search
const TYPING_MS = 220;

/**
 * Build a picker. `spec` is {groups: [{label, options: [{value, text, description}]}], placeholder, multi, max, remote,
 * minQuery}; `chosen` a list of options; `changed(options)` hears each change; `load(text)` fetches remote groups.
 */
export class Picker {
  constructor(spec, { chosen = [], labelledby = null, label = null, actionId, changed, load }) {
    Object.assign(this, { spec, chosen, changed, load, actionId, query: "", active: 0, shown: [], undo: null });
    this.listId = uid("list");
    this.name = labelledby ? { "aria-labelledby": labelledby } : { "aria-label": label ?? spec.placeholder ?? "Choose" };
    this.buildTrigger(labelledby, label);
    this.buildPopup();
    this.paintChoice();
  }

  buildTrigger(labelledby, label) {
    this.face = h("span", { class: "picker-face", id: uid("face") });
    this.trigger = h("button", {
      class: "picker-trigger", "aria-haspopup": "listbox", "aria-expanded": "false",
      "aria-labelledby": labelledby ? `${labelledby} ${this.face.id}` : null,
      data: { "action-id": this.actionId },
      on: { click: () => (this.popup.hidden ? this.open() : this.close(true)), keydown: (e) => this.triggerKey(e) },
    }, this.face, icon("down"));
    if (!labelledby && label) this.trigger.setAttribute("aria-description", label);
    this.chips = h("ul", { class: "chips", "aria-label": "Chosen", hidden: true });
    this.node = h("div", { class: "picker" }, this.chips, this.trigger);
    this.node.addEventListener("focusout", (e) => {
      if (e.relatedTarget && !this.node.contains(e.relatedTarget)) this.close();
    });
  }

  buildPopup() {
    this.search = h("input", {
      type: "text", class: "picker-search", role: "combobox", placeholder: "Type to search", autocomplete: "off",
      "aria-expanded": "true", "aria-autocomplete": "list", "aria-controls": this.listId, spellcheck: "false", ...this.name,
      on: { input: () => this.typed(), keydown: (e) => this.listKey(e) },
    });
    this.list = h("div", {
      class: "picker-list", role: "listbox", id: this.listId, tabindex: "-1", ...this.name,
      "aria-multiselectable": this.spec.multi ? "true" : null, on: { keydown: (e) => this.listKey(e) },
    });
    this.count = h("span", { class: "picker-count", role: "status" });
    const done = h("button", { class: "btn small", text: "Done", on: { click: () => this.close(true) } });
    this.foot = h("div", { class: "picker-foot" }, this.count, done);
    this.popup = h("div", { class: "picker-popup", hidden: true }, this.search, this.list, this.foot);
    this.node.append(this.popup);
  }

  /** Take a changed spec without closing, forgetting the search or losing a choice that is still offered. */
  update(spec) {
    this.spec = spec;
    if (!spec.remote) {
      const offered = new Map(this.allOptions().map((o) => [o.value, o]));
      this.chosen = this.chosen.filter((o) => offered.has(o.value)).map((o) => offered.get(o.value));
    }
    this.paintChoice();
    if (!this.popup.hidden) this.paintList();
  }

  allOptions() {
    return this.spec.groups.flatMap((group) => group.options);
  }

  paintChoice() {
    const { multi, placeholder } = this.spec;
    const empty = this.chosen.length === 0;
    const text = multi ? (empty ? placeholder ?? "Choose one or more" : "Add or remove")
      : (empty ? placeholder ?? "Choose" : null);
    this.face.replaceChildren(...(text ? [text] : plain(this.chosen[0].text)));
    this.face.classList.toggle("muted", text !== null);
    this.chips.hidden = !multi || empty;
    if (multi) place(this.chips, this.chosen.map((option) => this.chip(option)));
  }

  chip(option) {
    const drop = h("button", {
      class: "chip-x", "aria-label": `Remove ${option.text}`,
      on: { click: () => { this.toggle(option); (this.chips.querySelector("button") ?? this.trigger).focus(); } },
    }, icon("close"));
    return h("li", { class: "chip", data: { chip: option.value } }, h("span", {}, plain(option.text)), drop);
  }

  open() {
    const searchable = this.spec.remote || this.allOptions().length >= SEARCH_FROM;
    this.search.hidden = !searchable;
    this.foot.hidden = !this.spec.multi;
    this.query = this.search.value = "";
    this.popup.hidden = false;
    this.trigger.setAttribute("aria-expanded", "true");
    this.node.classList.add("open");
    if (this.spec.remote) this.fetch();
    this.active = Math.max(0, this.allOptions().findIndex((o) => o.value === this.chosen[0]?.value && !this.spec.multi));
    this.paintList();
    this.redock();
    this.undo = whileOpen(this.node, { close: () => this.close(), redock: () => this.redock() });
    (searchable ? this.search : this.list).focus({ preventScroll: true });
    this.reveal();
  }

  redock() {
    dock(this.popup, this.node, { width: "anchor", limit: 420 });
  }

  close(refocus = false) {
    if (this.popup.hidden) return;
    this.popup.hidden = true;
    this.trigger.setAttribute("aria-expanded", "false");
    this.node.classList.remove("open");
    this.undo();
    if (refocus) this.trigger.focus();
  }

  typed() {
    this.query = this.search.value.trim().toLocaleLowerCase();
    this.active = 0;
    if (this.spec.remote) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.fetch(), TYPING_MS);
    } else this.paintList();
  }

  async fetch() {
    const asked = this.search.value;
    if (asked.length < (this.spec.minQuery ?? 0)) return;
    const groups = await this.load(asked);
    if (asked !== this.search.value || this.popup.hidden) return;
    this.spec = { ...this.spec, groups };
    this.paintList();
    this.redock();
  }

  paintList() {
    const scroll = this.list.scrollTop;
    const fits = (o) => this.spec.remote || !this.query
      || `${o.text} ${o.description ?? ""}`.toLocaleLowerCase().includes(this.query);
    this.shown = [];
    const nodes = [];
    for (const group of this.spec.groups) {
      const hits = group.options.filter(fits);
      if (!hits.length) continue;
      const rows = hits.map((option) => this.row(option));
      if (!group.label) { nodes.push(...rows); continue; }
      const id = uid("group");
      nodes.push(h("div", { role: "group", "aria-labelledby": id },
        h("div", { class: "picker-group", id }, plain(group.label)), rows));
    }
    if (!nodes.length) nodes.push(h("p", { class: "picker-empty", text: "Nothing matches. Try another word." }));
    this.list.replaceChildren(...nodes);
    this.list.scrollTop = scroll;
    this.active = Math.min(this.active, Math.max(0, this.shown.length - 1));
    this.count.textContent = this.chosen.length === 1 ? "1 chosen" : `${this.chosen.length} chosen`;
    this.mark();
  }

  row(option) {
    const on = this.chosen.some((o) => o.value === option.value);
    const at = this.shown.length;
    const node = h("div", {
      role: "option", id: uid("opt"), class: "picker-option", "aria-selected": on ? "true" : "false",
      data: { value: option.value }, on: {
        mousedown: (event) => event.preventDefault(), // the search keeps the focus
        click: () => this.pick(at), pointermove: () => { if (this.active !== at) { this.active = at; this.mark(); } },
      },
    }, h("span", { class: "tick" }, icon("check")), h("span", { class: "option-words" },
      h("span", {}, plain(option.text)),
      option.description ? h("span", { class: "option-more" }, plain(option.description)) : null));
    this.shown.push({ option, node });
    return node;
  }

  mark() {
    for (const [at, { node }] of this.shown.entries()) node.classList.toggle("active", at === this.active);
    const id = this.shown[this.active]?.node.id ?? "";
    for (const holder of [this.search, this.list]) holder.setAttribute("aria-activedescendant", id);
  }

  reveal() {
    this.shown[this.active]?.node.scrollIntoView({ block: "nearest" });
  }

  pick(at) {
    const hit = this.shown[at];
    if (!hit) return;
    this.active = at;
    if (this.spec.multi) {
      this.toggle(hit.option);
      this.paintList();
      this.redock();
      return;
    }
    const fresh = this.chosen[0]?.value !== hit.option.value;
    this.chosen = [hit.option];
    this.paintChoice();
    this.close(true);
    if (fresh) this.changed(this.chosen);
  }

  toggle(option) {
    const rest = this.chosen.filter((o) => o.value !== option.value);
    if (rest.length === this.chosen.length) {
      if (this.spec.max && rest.length >= this.spec.max) {
        this.count.textContent = `You can choose ${this.spec.max} at most`;
        return;
      }
      rest.push(option);
    }
    this.chosen = rest;
    this.paintChoice();
    this.changed(this.chosen);
  }

  triggerKey(event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (this.popup.hidden) this.open();
    } else if (event.key === "Escape" && !this.popup.hidden) {
      event.preventDefault();
      event.stopPropagation();
      this.close(true);
    }
  }

  listKey(event) {
    const last = this.shown.length - 1;
    const steps = { ArrowDown: this.active + 1, ArrowUp: this.active - 1, PageDown: this.active + 6, PageUp: this.active - 6 };
    if (event.target === this.list) Object.assign(steps, { Home: 0, End: last });
    if (event.key in steps) {
      this.active = Math.max(0, Math.min(last, steps[event.key]));
      this.mark();
      this.reveal();
    } else if (event.key === "Enter" || (event.key === " " && event.target === this.list)) this.pick(this.active);
    else if (event.key === "Escape") { event.stopPropagation(); this.close(true); }
    else if (event.key === "Tab") { this.close(true); return; }
    else if (event.key === "Backspace" && this.spec.multi && !this.search.value && this.chosen.length) {
      this.toggle(this.chosen.at(-1));
      this.paintList();
    } else { this.typeAhead(event); return; }
    event.preventDefault();
  }

  typeAhead(event) {
    if (event.target !== this.list || event.key.length !== 1 || event.ctrlKey || event.metaKey) return;
    const letter = event.key.toLocaleLowerCase();
    const order = this.shown.map((_, i) => (this.active + 1 + i) % this.shown.length);
    const hit = order.find((i) => this.shown[i].option.text.toLocaleLowerCase().startsWith(letter));
    if (hit !== undefined) { this.active = hit; this.mark(); this.reveal(); }
  }
}
