// Block Kit elements as controls: {node, update(element), value(), focus(), problem(), invalid(ids)}.
import { askFirst } from "./confirm.js";
import { h, icon, uid } from "./dom.js";
import { menuButton } from "./menu.js";
import { textObject } from "./mrkdwn.js";
import { Picker } from "./select.js";
import { EMAIL, length, numberProblem } from "./validate.js";

const TYPING_MS = 350;

/** The value an element starts with, in the shape the JSON API speaks: from the saved state, else the initial one. */
export function startValue(element, saved) {
  const source = saved ?? {
    selected_option: element.initial_option, selected_options: element.initial_options,
    selected_user: element.initial_user, selected_users: element.initial_users, selected_channel: element.initial_channel,
    selected_conversation: element.initial_conversation, selected_date: element.initial_date,
    selected_time: element.initial_time, value: element.initial_value,
  };
  const many = source.selected_options ?? source.selected_users;
  if (many) return many.map((item) => item.value ?? item);
  return source.selected_option?.value ?? source.selected_user ?? source.selected_channel
    ?? source.selected_conversation ?? source.selected_date ?? source.selected_time ?? source.value ?? null;
}

/** Make the control for an element, or null when the playground does not draw that type. */
export function makeControl(element, ctx) {
  const make = MAKERS[element.type];
  return make ? make(element, ctx) : null;
}

function base(node, more) {
  const target = more.target ?? node;
  return {
    node,
    update: () => true,
    value: () => null,
    problem: () => null,
    focus: () => target.focus(),
    invalid(describedby, bad) {
      for (const [name, value] of [["aria-invalid", bad ? "true" : null], ["aria-describedby", describedby]]) {
        if (value) target.setAttribute(name, value);
        else target.removeAttribute(name);
      }
    },
    ...more,
  };
}

// ---- buttons ---------------------------------------------------------------------------------------------------

function button(element, ctx) {
  let spec = element;
  const node = h("button", { data: { "action-id": spec.action_id } });
  const paint = () => {
    node.className = `btn ${spec.style ?? ""}`;
    node.replaceChildren(...textObject(spec.text, ctx.names));
    if (spec.accessibility_label) node.setAttribute("aria-label", spec.accessibility_label);
    if (spec.value) node.dataset.value = spec.value;
  };
  node.addEventListener("click", async () => {
    if (node.getAttribute("aria-busy") === "true" || !(await agreed(spec, ctx))) return;
    if (/^https?:\/\//i.test(spec.url ?? "")) window.open(spec.url, "_blank", "noopener,noreferrer");
    node.setAttribute("aria-busy", "true");
    try { await ctx.press(spec, null); } finally { node.removeAttribute("aria-busy"); }
  });
  paint();
  return base(node, { update(next) { spec = next; paint(); return true; } });
}

async function agreed(spec, ctx) {
  return !spec.confirm || askFirst(spec.confirm, ctx.names);
}

function overflow(element, ctx) {
  let spec = element;
  const node = h("button", { class: "btn icon-only", "aria-label": "More actions",
    data: { "action-id": spec.action_id } }, icon("more"));
  const menu = menuButton(node, () => spec.options.map((option) => ({
    label: h("span", {}, textObject(option.text, ctx.names)), hint: option.description?.text, data: { value: option.value },
    run: async () => { if (await agreed(spec, ctx)) ctx.press(spec, option.value); },
  })), { align: "end" });
  return base(menu.node, { target: node, update(next) { spec = next; return true; } });
}

// ---- text ------------------------------------------------------------------------------------------------------

function textInput(element, ctx) {
  let spec = element;
  const kinds = { email_text_input: "email", url_text_input: "url", datepicker: "date", timepicker: "time" };
  const node = h(spec.multiline ? "textarea" : "input", {
    id: ctx.fieldId, class: "text", type: spec.multiline ? null : kinds[spec.type] ?? "text",
    rows: spec.multiline ? 4 : null,
    inputmode: spec.type === "number_input" ? (spec.is_decimal_allowed ? "decimal" : "numeric") : null,
    autocomplete: "off", "aria-label": ctx.labelId ? null : spec.placeholder?.text ?? "Text",
    data: { "action-id": spec.action_id },
  });
  node.value = startValue(spec, ctx.saved) ?? "";
  const count = h("span", { class: "count", "aria-hidden": "true", hidden: true });
  // A calendar shows no placeholder: outside a form, where no label stands above it, its words come first.
  const says = !ctx.labelId && /picker$/.test(spec.type) ? spec.placeholder?.text : null;
  const box = h("div", { class: "text-box" }, says ? h("span", { class: "stands-for", "aria-hidden": "true", text: says }) : null, node, count);
  let timer = null;
  let sent = node.value;
  const dispatch = spec.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const eager = !ctx.dispatch || dispatch.includes("on_character_entered");
  const send = () => {
    clearTimeout(timer);
    if (node.value === sent || textProblem(spec, node.value)) return null; // Slack takes no value that it would refuse
    sent = node.value;
    return ctx.change(spec, sent === "" ? null : sent);
  };
  const paint = () => {
    node.placeholder = spec.placeholder?.text ?? "";
    const over = spec.max_length && length(node.value) > spec.max_length;
    count.hidden = !spec.max_length;
    count.textContent = `${length(node.value)} / ${spec.max_length}`;
    count.classList.toggle("over", Boolean(over));
  };
  node.addEventListener("input", () => {
    ctx.touched();
    paint();
    clearTimeout(timer);
    if (eager) timer = setTimeout(send, TYPING_MS);
  });
  node.addEventListener("change", send);
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || spec.multiline || event.isComposing) return;
    event.preventDefault(); // as in Slack, Enter in a single line does not submit the form
    send();
  });
  paint();
  return base(box, {
    target: node,
    flush: send,
    value: () => (node.value === "" ? null : node.value),
    problem: () => textProblem(spec, node.value),
    update(next) {
      if (Boolean(next.multiline) !== Boolean(spec.multiline)) return false;
      spec = next;
      paint();
      return true;
    },
  });
}

function textProblem(spec, text) {
  if (text === "") return null;
  const size = length(text);
  if (spec.max_length && size > spec.max_length) return `Please shorten this to ${spec.max_length} characters (now ${size}).`;
  if (spec.min_length && size < spec.min_length) return `Please write at least ${spec.min_length} characters.`;
  if (spec.type === "datepicker" && text < "1900") return "Please choose a whole date, such as 2026-03-02."; // a year half typed
  if (spec.type === "email_text_input" && !EMAIL.test(text)) return "Please write an e-mail address, like name@example.org.";
  return spec.type === "number_input" ? numberProblem(spec, text) : null;
}

// ---- choices ---------------------------------------------------------------------------------------------------

function choices(kind) {
  return (element, ctx) => {
    let spec = element;
    const name = uid("choice");
    const start = [startValue(spec, ctx.saved)].flat();
    let on = new Set(start.filter((value) => value !== null));
    const node = h("div", {
      class: "choices", role: kind === "radio" ? "radiogroup" : "group", "aria-labelledby": ctx.labelId,
      "aria-label": ctx.labelId ? null : "Choose", tabindex: "-1", data: { "action-id": spec.action_id },
    });
    const paint = () => node.replaceChildren(...spec.options.map((option) => choice(option)));
    const choice = (option) => {
      const more = option.description ? uid("more") : null;
      const box = h("input", { type: kind, name, value: option.value, "aria-describedby": more });
      box.checked = on.has(option.value);
      box.addEventListener("change", async () => {
        if (ctx.confirmable && !(await agreed(spec, ctx))) { box.checked = on.has(option.value); return; }
        if (kind === "radio") on = new Set([option.value]);
        else if (box.checked) on.add(option.value);
        else on.delete(option.value);
        ctx.touched();
        ctx.change(spec, value());
      });
      return h("label", { class: "choice", data: { value: option.value } }, box, h("span", { class: "option-words" },
        h("span", {}, textObject(option.text, ctx.names)),
        option.description ? h("span", { class: "option-more", id: more }, textObject(option.description, ctx.names)) : null));
    };
    const value = () => {
      const list = spec.options.map((option) => option.value).filter((item) => on.has(item));
      return kind === "radio" ? list[0] ?? null : list;
    };
    paint();
    return base(node, {
      value,
      focus: () => (node.querySelector("input:checked") ?? node.querySelector("input") ?? node).focus(),
      update(next) {
        const held = document.activeElement?.closest?.(".choice")?.dataset.value;
        const inside = node.contains(document.activeElement);
        if (JSON.stringify(next.options) !== JSON.stringify(spec.options)) {
          spec = next;
          paint();
          if (inside) node.querySelector(`[data-value="${CSS.escape(held ?? "")}"] input`)?.focus({ preventScroll: true });
        }
        spec = next;
        return true;
      },
    });
  };
}

// ---- menus -----------------------------------------------------------------------------------------------------

function picker(read, { multi = false, remote = false } = {}) {
  return (element, ctx) => {
    let spec = element;
    const shape = () => ({
      groups: read(spec, ctx), placeholder: spec.placeholder?.text, multi, remote, max: spec.max_selected_items,
      minQuery: remote ? spec.min_query_length ?? 3 : 0,
    });
    const first = shape();
    const offered = first.groups.flatMap((group) => group.options);
    const start = [startValue(spec, ctx.saved)].flat().filter((value) => value !== null);
    const known = new Map([...offered, ...savedOptions(spec, ctx.saved)].map((option) => [option.value, option]));
    const view = new Picker(first, {
      chosen: start.filter((item) => known.has(item)).map((item) => known.get(item)),
      labelledby: ctx.labelId, label: ctx.label, actionId: spec.action_id,
      load: async (text) => groupsOf(await ctx.load(spec, text)),
      changed: async (options) => {
        if (ctx.confirmable && !(await agreed(spec, ctx))) return;
        ctx.touched();
        ctx.change(spec, multi ? options.map((o) => o.value) : options[0]?.value ?? null);
      },
    });
    return base(view.node, {
      target: view.trigger,
      value: () => (multi ? view.chosen.map((o) => o.value) : view.chosen[0]?.value ?? null),
      update(next) {
        const changed = JSON.stringify(next) !== JSON.stringify(spec);
        spec = next;
        if (changed) view.update(remote ? { ...shape(), groups: view.spec.groups } : shape());
        return true;
      },
    });
  };
}

const flat = (option) => ({ value: option.value, text: option.text?.text ?? "", description: option.description?.text });

/** Turn options or option groups, as Slack writes them, into the picker's groups. */
export function groupsOf(source) {
  if (source.option_groups) {
    return source.option_groups.map((group) => ({ label: group.label?.text ?? "", options: group.options.map(flat) }));
  }
  return [{ label: null, options: (source.options ?? []).map(flat) }];
}

function savedOptions(spec, saved) {
  const all = [saved?.selected_option, saved?.selected_options, spec.initial_option, spec.initial_options];
  return all.flat().filter(Boolean).map(flat);
}

function people(_spec, ctx) {
  const here = ctx.people().filter((person) => !person.deleted && !person.is_bot);
  return [{ label: null, options: here.map((p) => ({ value: p.id, text: p.real_name || p.name, description: p.title })) }];
}

function channels(_spec, ctx) {
  return [{ label: null, options: ctx.channels().map((c) => ({ value: c.id, text: `#${c.name}` })) }];
}

function picture(element) {
  return base(h("span", { class: "thumb", role: "img", "aria-label": element.alt_text ?? "" }, icon("eye")), {});
}

const MAKERS = {
  button,
  workflow_button: button,
  overflow,
  image: picture,
  plain_text_input: textInput,
  email_text_input: textInput,
  url_text_input: textInput,
  number_input: textInput,
  datepicker: textInput,
  timepicker: textInput,
  radio_buttons: choices("radio"),
  checkboxes: choices("checkbox"),
  static_select: picker(groupsOf),
  multi_static_select: picker(groupsOf, { multi: true }),
  external_select: picker(() => [], { remote: true }),
  multi_external_select: picker(() => [], { multi: true, remote: true }),
  users_select: picker(people),
  multi_users_select: picker(people, { multi: true }),
  channels_select: picker(channels),
  conversations_select: picker(channels),
  multi_channels_select: picker(channels, { multi: true }),
  multi_conversations_select: picker(channels, { multi: true }),
};
