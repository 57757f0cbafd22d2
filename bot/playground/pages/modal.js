// The stack of modals: one dialog on screen, those beneath kept with everything typed in them.
import { post } from "./api.js";
import { BlockList } from "./blocks.js";
import { askFirst } from "./confirm.js";
import { announce, h, icon, place, tabbable, uid } from "./dom.js";
import { textObject } from "./mrkdwn.js";
import { act, dropOldErrors, names, refresh, store } from "./store.js";

const layer = document.getElementById("modals");
const sheets = new Map();
let opener = null;

/** Show the top of `stack` (bottom to top, as the workspace gives it) and forget views that are gone. */
export function syncModals(stack) {
  const before = current();
  for (const id of [...sheets.keys()]) if (!stack.some((view) => view.id === id)) sheets.delete(id);
  for (const view of stack) {
    if (!sheets.has(view.id)) sheets.set(view.id, new Sheet(view));
    sheets.get(view.id).update(view, stack);
  }
  const top = stack.length ? sheets.get(stack.at(-1).id) : null;
  if (before !== top) swap(before, top);
}

/** Send what is typed in the open modal but not sent yet; called before we become someone else. */
export async function leaveModals() {
  await current()?.settle().catch(() => {});
  sheets.clear();
  swap(current(), null, false);
}

function current() {
  return layer.firstElementChild?.sheet ?? null;
}

function swap(before, top, refocus = true) {
  before?.rest();
  if (!before && top) opener = document.activeElement;
  place(layer, top ? [top.node] : []);
  layer.hidden = !top;
  document.getElementById("page").inert = Boolean(top);
  document.body.classList.toggle("has-modal", Boolean(top));
  if (top) top.wake();
  else if (refocus) goBack();
}

function goBack() {
  const usable = opener?.isConnected && opener !== document.body && !opener.closest("[inert]");
  (usable ? opener : document.querySelector("[data-testid=composer]") ?? document.getElementById("main")).focus();
  opener = null;
}

// A refusal is about this one value; anything else (no connection, a crash) may pass, so the value is kept and sent again.
function refused(error) {
  return error.status >= 400 && error.status < 500;
}

class Sheet {
  constructor(view) {
    Object.assign(this, { view, dirty: false, busy: false, pending: new Map(), draining: null, lastFocus: null, scroll: 0 });
    this.build();
    this.blocks = new BlockList(this.body, {
      names, people: () => store.state.people, channels: () => store.state.channels,
      touched: () => { this.dirty = true; },
      set: (block, element, value, dispatch) => this.set(block, element, value, dispatch),
      press: (block, element, value) => this.press(block, element, value),
      load: (block, element, text) => post("options", { as: store.as, where: "modal", block_id: block.block_id,
        action_id: element.action_id, text }),
    });
    this.fresh = true;
  }

  build() {
    const titleId = uid("title");
    this.title = h("h2", { id: titleId, tabindex: "-1" });
    this.leave = h("button", { class: "btn icon-only quiet",
      data: { testid: "modal-x" }, on: { click: () => this.close() } });
    this.banner = h("p", { class: "banner", role: "alert", hidden: true, data: { testid: "modal-banner" } });
    this.body = h("div", { class: "blocks" });
    this.scroller = h("div", { class: "modal-body" }, this.banner, this.body);
    this.cancel = h("button", { class: "btn", data: { testid: "modal-close" }, on: { click: () => this.close() } });
    this.submitWords = h("span", {});
    this.ok = h("button", { class: "btn primary",
      data: { testid: "modal-submit" }, on: { click: () => this.submit() } },
      h("span", { class: "spinner", "aria-hidden": "true" }), this.submitWords);
    this.foot = h("div", { class: "modal-foot" }, this.cancel, this.ok);
    this.node = h("section", {
      class: "modal", role: "dialog", "aria-modal": "true", "aria-labelledby": titleId,
      data: { testid: "modal", "view-id": this.view.id }, on: { keydown: (e) => this.key(e) },
    }, h("div", { class: "modal-head" }, this.title, this.leave), this.scroller, this.foot);
    this.node.sheet = this;
  }

  /** Take the newest version of the view without touching what the person is typing. */
  update(view, stack) {
    const wasEmpty = this.blocks.fields().length === 0;
    const asks = (view.blocks ?? []).some((block) => block.type === "input");
    const turned = !this.fresh && (view.callback_id !== this.view.callback_id
      || (!asks && (view.private_metadata ?? "") !== (this.view.private_metadata ?? ""))); // another page of what is read only
    this.view = view;
    this.node.dataset.callbackId = view.callback_id ?? "";
    this.title.replaceChildren(...textObject(view.title, names));
    const beneath = stack[stack.indexOf(view) - 1];
    this.leave.replaceChildren(icon(beneath ? "back" : "close"));
    this.leave.setAttribute("aria-label", beneath ? `Back to ${beneath.title?.text ?? "the step before"}` : "Close");
    this.node.classList.toggle("stacked", Boolean(beneath));
    const close = view.close ?? { type: "plain_text", text: view.submit ? "Cancel" : "Close" };
    this.cancel.replaceChildren(...textObject(close, names));
    this.submitWords.replaceChildren(...textObject(view.submit, names));
    this.ok.hidden = !view.submit;
    this.blocks.update(view.blocks ?? [], view.state?.values);
    if (this.fresh) this.showErrors(view.errors ?? {}, false);
    this.fresh = false;
    // A view that opened as "one moment" and was filled afterwards: start the person in its first field.
    if (turned) this.startOver();
    else if (wasEmpty && this.node.isConnected && document.activeElement === this.title) this.focusFirst();
  }

  // Another page in the same window, such as the receipt after the form: it is read from its top, and nothing in it is unsent.
  startOver() {
    this.dirty = false;
    this.scroll = this.scroller.scrollTop = 0;
    this.lastFocus = null;
    this.say(null);
    if (this.node.isConnected) this.focusFirst();
  }

  wake() {
    const wide = document.getElementById("wire").hidden;
    this.node.setAttribute("aria-modal", wide ? "true" : "false");
    this.scroller.scrollTop = this.scroll;
    if (this.lastFocus?.isConnected) this.lastFocus.focus();
    else this.focusFirst();
  }

  rest() {
    this.lastFocus = this.node.contains(document.activeElement) ? document.activeElement : null;
    this.scroll = this.scroller.scrollTop;
  }

  focusFirst() {
    const fields = this.blocks.fields();
    const asked = fields.find((field) => field.block.element.focus_on_load) ?? fields[0];
    if (asked?.control) asked.control.focus();
    else this.title.focus();
    if (asked === fields[0]) this.scroller.scrollTop = 0;
  }

  key(event) {
    if (event.key === "Escape") {
      event.preventDefault();
      this.close(true);
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && this.view.submit) {
      event.preventDefault();
      this.submit();
    } else if (event.key === "Tab" && document.getElementById("wire").hidden) this.wrap(event);
  }

  wrap(event) {
    const stops = tabbable(this.node);
    const edge = event.shiftKey ? stops[0] : stops.at(-1);
    if (document.activeElement !== edge && !(event.shiftKey && document.activeElement === this.title)) return;
    event.preventDefault();
    (event.shiftKey ? stops.at(-1) : stops[0])?.focus();
  }

  // ---- what the person does ------------------------------------------------------------------------------------

  set(block, element, value, dispatch) {
    const [block_id, action_id] = [block.block_id, element.action_id];
    this.pending.set(`${block_id}/${action_id}`, { block_id, action_id, value, dispatch });
    return this.drain().catch((error) => this.say(error.message));
  }

  // One request at a time and only the newest value of each field; what fails waits for the next try.
  drain() {
    this.draining ??= (async () => {
      await null; // with nothing to send, the end below would else come before this assignment and block all that follows
      try {
        while (this.pending.size) {
          const [key, { dispatch, ...body }] = this.pending.entries().next().value;
          this.pending.delete(key);
          try {
            await post("set", { as: store.as, ...body });
          } catch (error) {
            if (refused(error)) { this.blocks.field(body.block_id)?.fail(error.message); continue; }
            if (!this.pending.has(key)) this.pending.set(key, { ...body, dispatch });
            throw error;
          }
          if (dispatch) refresh().catch(() => {});
        }
      } finally {
        this.draining = null;
      }
    })();
    return this.draining;
  }

  async settle() {
    await this.blocks.flush();
    await this.drain();
  }

  async press(block, element, value) {
    this.say(null);
    try {
      await this.settle();
      await act("action", { where: "modal", block_id: block.block_id, action_id: element.action_id, value }, { loud: false });
    } catch (error) {
      this.say(error.message);
    }
  }

  async submit() {
    if (this.busy) return;
    const objections = {};
    for (const field of this.blocks.fields()) objections[field.block.block_id] = field.objection();
    if (this.showErrors(objections, true)) return;
    this.wait(true);
    this.say(null);
    try {
      await this.settle();
      const answer = await act("submit", {}, { loud: false });
      this.showErrors(answer.errors ?? {}, true);
      if (answer.closed) { store.done.add("submitted"); await refresh().catch(() => {}); }
    } catch (error) {
      this.say(`${error.message} What you wrote is still here.`);
    } finally {
      this.wait(false);
    }
  }

  async close(careful = false) {
    if (careful && this.dirty && this.view.submit && !(await askFirst({
      title: "Close without sending?", text: "What you entered here was not sent.", confirm: "Close it", deny: "Keep editing",
    }, names))) return;
    await this.settle().catch(() => {}); // the bot may keep a draft: it gets the last words too
    await act("close", {});
  }

  wait(on) {
    this.busy = on;
    this.node.classList.toggle("busy", on);
    this.node.setAttribute("aria-busy", String(on));
    this.ok.setAttribute("aria-disabled", String(on));
    if (on) announce("Sending");
  }

  say(text) {
    if (text) dropOldErrors();
    this.banner.hidden = !text;
    this.banner.replaceChildren(...(text ? [icon("warn"), h("span", { text })] : []));
    if (text) this.scroller.scrollTop = 0;
  }

  /** Put each sentence beside its field; move to the first when `go`. Returns whether there is any. */
  showErrors(errors, go) {
    const failed = [];
    for (const field of this.blocks.fields()) {
      const text = errors[field.block.block_id] ?? null;
      field.fail(text);
      if (text) failed.push(field);
    }
    const known = new Set(this.blocks.fields().map((field) => field.block.block_id));
    const lost = Object.entries(errors).filter(([id, text]) => text && !known.has(id)).map(([, text]) => text);
    if (lost.length) this.say(lost.join(" "));
    if (go && failed.length) {
      failed[0].control?.focus();
      failed[0].node.scrollIntoView({ block: "center" });
      announce(failed.length === 1 ? "One answer needs a look." : `${failed.length} answers need a look.`, true);
    }
    return failed.length + lost.length > 0;
  }
}
