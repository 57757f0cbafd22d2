// Draws a list of blocks and patches it in place when a newer version arrives: what did not change is not touched.
import { h, icon, keepingFocus, place, same, uid } from "./dom.js";
import { makeControl } from "./elements.js";
import { mrkdwn, richText, textObject } from "./mrkdwn.js";
import { empty } from "./validate.js";

/**
 * A drawn list of blocks. `ctx` is {names, people(), channels(), press(block, element, value), set(block, element, value,
 * dispatch), load(block, element, text), touched(blockId)}; press and set return promises.
 */
export class BlockList {
  constructor(root, ctx) {
    Object.assign(this, { root, ctx, drawn: new Map() });
  }

  /** Show `blocks`; `values` is the view's state.values, used only for fields that are new. */
  update(blocks, values = {}) {
    keepingFocus(this.root, () => {
      const next = new Map();
      for (const [at, block] of blocks.entries()) {
        const key = block.block_id ?? `#${at}`;
        const old = this.drawn.get(key);
        const keep = old && old.block.type === block.type && old.update(block, values[key] ?? {});
        next.set(key, keep ? old : draw(block, values[key] ?? {}, this.ctx));
      }
      this.drawn = next;
      place(this.root, [...next.values()].map((item) => item.node));
    });
  }

  /** The input blocks, in order. */
  fields() {
    return [...this.drawn.values()].filter((item) => item.isField);
  }

  /** The input block with this id, if there is one. */
  field(id) {
    return this.fields().find((item) => item.block.block_id === id);
  }

  /** Send what is typed but not sent yet. */
  flush() {
    return Promise.all(this.fields().map((field) => field.control?.flush?.()));
  }
}

function draw(block, saved, ctx) {
  const Kind = KINDS[block.type] ?? Plain;
  return new Kind(block, saved, ctx);
}

class Drawn {
  constructor(block, saved, ctx, tag = "div") {
    Object.assign(this, { block, ctx, controls: new Map() });
    this.node = h(tag, { class: `block block-${block.type}`, data: { "block-id": block.block_id } });
    this.paint(block, saved);
  }

  /** Take a newer version of the block; false when it has to be built anew. */
  update(block, saved) {
    if (!same(block, this.block)) {
      this.paint(block, saved);
      this.block = block;
    }
    return true;
  }

  // Controls outlive a repaint as long as action id and type stay the same.
  controlFor(element, saved, extra = {}) {
    const { ctx } = this;
    const old = this.controls.get(element.action_id);
    if (old && old.type === element.type && old.control.update(element)) return old.control;
    const control = makeControl(element, {
      ...ctx, ...extra, saved: saved[element.action_id], confirmable: true,
      touched: () => ctx.touched?.(this.block.block_id),
      press: (spec, value) => ctx.press(this.block, spec, value),
      change: (spec, value) => ctx.press(this.block, spec, value),
      load: (spec, text) => ctx.load(this.block, spec, text),
    });
    if (control) this.controls.set(element.action_id, { type: element.type, control });
    return control;
  }
}

class Plain extends Drawn {
  paint(block) {
    const { names } = this.ctx;
    if (block.type === "header") this.node.replaceChildren(h("h3", {}, textObject(block.text, names)));
    else if (block.type === "divider") this.node.replaceChildren(h("hr"));
    else if (block.type === "rich_text") this.node.replaceChildren(...richText(block, names));
    else if (block.type === "markdown") this.node.replaceChildren(...mrkdwn(block.text, names));
    else if (block.type === "alert") this.paintAlert(block);
    else if (block.type === "image") this.paintImage(block);
    else this.node.replaceChildren(h("p", { class: "unknown", text: `The playground does not draw “${block.type}”.` }));
  }

  paintAlert(block) {
    const level = block.level ?? "default";
    const words = { info: "Note", warning: "Take care", error: "Problem", success: "Done" };
    this.node.className = `block block-alert level-${level}`;
    this.node.replaceChildren(icon({ success: "check", warning: "warn", error: "warn" }[level] ?? "info"),
      h("div", {}, words[level] ? h("span", { class: "sr-only", text: `${words[level]}: ` }) : null,
        textObject(block.text, this.ctx.names)));
  }

  // Pictures live on other servers and the playground loads nothing from outside: their description stands in.
  paintImage(block) {
    const words = block.alt_text ?? "";
    this.node.replaceChildren(h("figure", {},
      block.title ? h("figcaption", {}, textObject(block.title, this.ctx.names)) : null,
      h("div", { class: "picture", role: "img", "aria-label": words }, h("span", { text: words }))));
  }
}

class Section extends Drawn {
  paint(block, saved) {
    const { names } = this.ctx;
    this.words ??= h("div", { class: "section-words" });
    this.side ??= h("div", { class: "section-side" });
    const piece = (object) => h("div", { class: "mk" }, textObject(object, names));
    this.words.replaceChildren(
      ...(block.text ? [piece(block.text)] : []),
      ...(block.fields ? [h("div", { class: "fields" }, block.fields.map(piece))] : []));
    const control = block.accessory ? this.controlFor(block.accessory, saved, { label: block.text?.text }) : null;
    place(this.side, control ? [control.node] : []);
    place(this.node, control ? [this.words, this.side] : [this.words]);
    this.node.classList.toggle("wide", /select|picker|radio|check/.test(block.accessory?.type ?? ""));
  }
}

class Context extends Drawn {
  paint(block) {
    this.node.replaceChildren(...block.elements.map((item) => (item.type === "image"
      ? h("span", { class: "thumb tiny", role: "img", "aria-label": item.alt_text ?? "" }, icon("eye"))
      : h("div", { class: "mk" }, textObject(item, this.ctx.names)))));
  }
}

class Actions extends Drawn {
  paint(block, saved) {
    const controls = block.elements.map((element) => this.controlFor(element, saved)).filter(Boolean);
    place(this.node, controls.map((control) => control.node));
  }
}

class Card extends Drawn {
  paint(block, saved) {
    const { names } = this.ctx;
    this.words ??= h("div", { class: "card-words" });
    this.foot ??= h("div", { class: "block-actions" });
    const part = (name, object) => (object ? h("div", { class: `card-${name}` }, textObject(object, names)) : null);
    const rows = ["title", "subtitle", "body"].map((name) => part(name, block[name])).filter(Boolean);
    this.words.replaceChildren(...rows);
    const controls = (block.actions ?? []).map((element) => this.controlFor(element, saved)).filter(Boolean);
    place(this.foot, controls.map((control) => control.node));
    place(this.node, controls.length ? [this.words, this.foot] : [this.words]);
  }
}

class Field extends Drawn {
  get isField() { return true; }

  paint(block, saved) {
    if (!this.control) this.build(block, saved);
    this.label.replaceChildren(...textObject(block.label, this.ctx.names));
    this.optional.hidden = !block.optional;
    this.hint.hidden = !block.hint;
    this.hint.replaceChildren(...textObject(block.hint, this.ctx.names));
    this.describe();
  }

  build(block, saved) {
    const { ctx } = this;
    const [fieldId, labelId] = [uid("field"), uid("label")];
    const typed = /input$|datepicker|timepicker/.test(block.element.type);
    this.control = makeControl(block.element, {
      ...ctx, fieldId, labelId, saved: saved[block.element.action_id], dispatch: block.dispatch_action === true,
      touched: () => { this.fail(null); ctx.touched?.(block.block_id); },
      change: (spec, value) => ctx.set(this.block, spec, value, this.block.dispatch_action === true),
      press: (spec, value) => ctx.press(this.block, spec, value), load: (spec, text) => ctx.load(this.block, spec, text),
    });
    this.label = h("span", { id: labelId });
    this.optional = h("span", { class: "optional", text: "(optional)" });
    this.hint = h("p", { class: "hint-text", id: uid("hint"), hidden: true });
    this.error = h("p", { class: "field-error", id: uid("error"), hidden: true, data: { testid: "field-error" } });
    const tag = typed ? "label" : "div";
    const head = h(tag, { class: "field-label", for: typed ? fieldId : null }, this.label, " ", this.optional);
    const unknown = `The playground does not draw “${block.element.type}”.`;
    const body = this.control?.node ?? h("p", { class: "unknown", text: unknown });
    this.node.append(head, body, this.hint, this.error);
  }

  update(block, saved) {
    const [now, then] = [block.element, this.block.element];
    if (now.action_id !== then.action_id || now.type !== then.type) return false;
    if (!same(now, then) && this.control && !this.control.update(now)) return false;
    return super.update(block, saved);
  }

  describe() {
    const ids = [this.error, this.hint].filter((part) => !part.hidden).map((part) => part.id).join(" ");
    this.control?.invalid(ids, !this.error.hidden);
  }

  /** Show a sentence beside the field, or take it away with null. */
  fail(text) {
    this.error.hidden = !text;
    this.error.replaceChildren(...(text ? [icon("warn"), h("span", { text })] : []));
    this.node.classList.toggle("failed", Boolean(text));
    this.describe();
  }

  /** What the client itself objects to, as Slack's does: an empty required field, a length, a number. */
  objection() {
    if (!this.control) return null;
    if (!this.block.optional && empty(this.control.value())) return "Please answer this to go on.";
    return this.control.problem();
  }
}

const KINDS = { section: Section, context: Context, actions: Actions, card: Card, input: Field };
