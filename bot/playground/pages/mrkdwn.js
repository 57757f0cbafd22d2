// Slack's mrkdwn and rich text, turned into DOM nodes.
import { TILE, emoji, tile } from "./emoji.js";
import { h, icon } from "./dom.js";

const TAGS = { "*": "strong", _: "em", "~": "s" };
const WORD = /[\p{L}\p{N}]/u;
const LIST_LINE = /^\s*(?:[•◦▪‣-]|\d{1,3}[.)])\s+/u;

/** Render mrkdwn; `names` looks up people and channels: {person(id), channel(id), zone}. */
export function mrkdwn(text, names) {
  const out = [];
  for (const [at, part] of String(text ?? "").split("```").entries()) {
    const fenced = at % 2 === 1;
    if (fenced) out.push(h("pre", {}, h("code", { text: unescape(part.replace(/^\n|\n$/g, "")) })));
    else if (part) out.push(...lines(at > 0 ? part.replace(/^\n/, "") : part, names));
  }
  return out;
}

/** Render plain text: emoji names and nothing else. */
export function plain(text) {
  return pieces(unescape(String(text ?? "")), false);
}

/** Render a Block Kit text object of either type. */
export function textObject(object, names) {
  if (!object) return [];
  if (typeof object === "string") return plain(object);
  if (object.type === "mrkdwn") return mrkdwn(object.text, names);
  return object.emoji === false ? [unescape(object.text ?? "")] : plain(object.text);
}

function unescape(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

function lines(text, names) {
  const out = [];
  let quote = null;
  let open = false; // an inline run that still needs its line break
  for (const line of text.split("\n")) {
    const quoted = /^(?:&gt;|>)\s?(.*)$/.exec(line);
    if (quoted) {
      if (quote) quote.append(h("br"), ...inline(quoted[1], names));
      else out.push((quote = h("blockquote", {}, inline(quoted[1], names))));
      open = false;
      continue;
    }
    quote = null;
    if (LIST_LINE.test(line)) {
      out.push(h("span", { class: "mk-item" }, inline(line, names)));
      open = false;
      continue;
    }
    if (open) out.push(h("br"));
    out.push(...(line ? inline(line, names) : [h("span", { class: "mk-gap" })]));
    open = line !== "";
  }
  return out;
}

function inline(text, names) {
  const out = [];
  let from = 0;
  let at = 0;
  const flush = (to) => { if (to > from) out.push(...pieces(unescape(text.slice(from, to)), true)); };
  while (at < text.length) {
    const found = special(text, at, names);
    if (!found) { at += 1; continue; }
    flush(at);
    out.push(...found.nodes);
    at = from = found.end;
  }
  flush(text.length);
  return out;
}

function special(text, at, names) {
  const char = text[at];
  if (char === "`") {
    const end = text.indexOf("`", at + 1);
    if (end > at + 1) return { nodes: [h("code", { text: unescape(text.slice(at + 1, end)) })], end: end + 1 };
  }
  if (char === "<") {
    const end = text.indexOf(">", at + 1);
    if (end > at + 1) return { nodes: angle(text.slice(at + 1, end), names), end: end + 1 };
  }
  if (TAGS[char]) {
    const end = closing(text, at);
    if (end > 0) return { nodes: [h(TAGS[char], {}, inline(text.slice(at + 1, end), names))], end: end + 1 };
  }
  return null;
}

function closing(text, at) {
  const mark = text[at];
  const next = text[at + 1];
  if (!next || next === " " || next === mark || (at > 0 && WORD.test(text[at - 1]))) return -1;
  for (let i = at + 1; i < text.length; i += 1) {
    if (text[i] === "<" && text.indexOf(">", i) > 0) i = text.indexOf(">", i);
    else if (text[i] === "`" && text.indexOf("`", i + 1) > 0) i = text.indexOf("`", i + 1);
    else if (text[i] === mark && text[i - 1] !== " " && !(text[i + 1] && WORD.test(text[i + 1]))) return i;
  }
  return -1;
}

function angle(inner, names) {
  const bar = inner.indexOf("|");
  const target = bar < 0 ? inner : inner.slice(0, bar);
  const label = bar < 0 ? null : unescape(inner.slice(bar + 1));
  const id = target.slice(1);
  if (target[0] === "@") return [mention(`@${names.person(id) ?? label ?? id}`)];
  if (target[0] === "#") return [mention(`#${names.channel(id) ?? label ?? id}`)];
  if (target.startsWith("!date^")) return [dateText(target, label, names)];
  if (target.startsWith("!subteam")) return [mention(label ?? "@group")];
  if (target[0] === "!") return [mention(`@${id}`)];
  return [link(unescape(target), label)];
}

function mention(text) {
  return h("span", { class: "mention", text });
}

/** Build a link that opens in a new tab; anything but http, https and mailto stays plain text. */
export function link(url, label) {
  const shown = label || url.replace(/^mailto:/, "");
  if (!/^(https?:\/\/|mailto:)/i.test(url)) return h("span", {}, plain(shown));
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, plain(shown));
}

function dateText(target, label, names) {
  const [, seconds, format] = target.split("^");
  const when = new Date(Number(seconds) * 1000);
  if (Number.isNaN(when.getTime())) return label ?? "";
  const show = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: names.zone, ...options }).format(when);
  const long = { weekday: "long", day: "numeric", month: "long", year: "numeric" };
  const day = { day: "numeric", month: "short", year: "numeric" };
  const text = (format ?? "{date_short}").replace(/\{(\w+)\}/g, (whole, name) => ({
    date_num: () => show({ year: "numeric", month: "2-digit", day: "2-digit" }),
    date: () => show({ day: "numeric", month: "long", year: "numeric" }),
    date_short: () => show(day),
    date_long: () => show(long),
    date_pretty: () => show(day),
    date_short_pretty: () => show(day),
    date_long_pretty: () => show(long),
    time: () => show({ hour: "2-digit", minute: "2-digit" }),
    time_secs: () => show({ hour: "2-digit", minute: "2-digit", second: "2-digit" }),
    ago: () => show(day),
  }[name] ?? (() => whole))());
  return h("time", { datetime: when.toISOString(), text });
}

const PIECES = new RegExp(String.raw`:([a-z0-9_+-]+):|https?:\/\/[^\s<>|]+[^\s<>|.,;:!?)]|(${TILE})`, "gu");

// Emoji names, tiles and, where allowed, bare web addresses inside a run of plain characters.
function pieces(text, linked) {
  const out = [];
  let last = 0;
  for (const hit of text.matchAll(PIECES)) {
    const drawn = hit[1] ? emoji(hit[1]) : null;
    if (hit[1] ? !drawn : !hit[2] && !linked) continue;
    if (hit.index > last) out.push(text.slice(last, hit.index));
    out.push(drawn ? sign(hit[1], drawn) : hit[2] ? square(tile(hit[2])) : link(hit[0], null));
    last = hit.index + hit[0].length;
  }
  if (last < text.length) out.push(text.slice(last));
  return out;
}

// A lock is drawn by hand: hardly any text font has one.
function sign(name, drawn) {
  return h("span", { class: "emoji", role: "img", "aria-label": name.replaceAll("_", " "), data: { emoji: name } },
    name === "lock" ? icon("lock") : drawn);
}

function square({ name, text }) {
  return h("span", { class: "tile", role: "img", "aria-label": name, data: { tile: name.split(" ")[0] }, text });
}

/** Render the elements of a rich_text block. */
export function richText(block, names) {
  return (block.elements ?? []).map((part) => richPart(part, names));
}

function richPart(part, names) {
  const kids = (part.elements ?? []).map((item) => (item.type?.startsWith("rich_text_")
    ? h("li", {}, richPart(item, names)) : richItem(item, names)));
  if (part.type === "rich_text_list") return h(part.style === "ordered" ? "ol" : "ul", {}, kids);
  if (part.type === "rich_text_quote") return h("blockquote", {}, kids);
  if (part.type === "rich_text_preformatted") return h("pre", {}, h("code", {}, kids));
  return h("div", { class: "rich-line" }, kids);
}

function richItem(item, names) {
  let node;
  if (item.type === "link") node = link(item.url ?? "", item.text);
  else if (item.type === "user") node = mention(`@${names.person(item.user_id) ?? item.user_id}`);
  else if (item.type === "channel") node = mention(`#${names.channel(item.channel_id) ?? item.channel_id}`);
  else if (item.type === "broadcast") node = mention(`@${item.range}`);
  else if (item.type === "emoji") node = emoji(item.name) ? sign(item.name, emoji(item.name)) : h("span", { text: `:${item.name}:` });
  else if (item.type === "date") node = dateText(`!date^${item.timestamp}^${item.format}`, item.fallback, names);
  else node = h("span", { text: item.text ?? "" });
  const wraps = [["bold", "strong"], ["italic", "em"], ["strike", "s"], ["code", "code"]];
  for (const [style, tag] of wraps) if (item.style?.[style]) node = h(tag, {}, node);
  return node;
}
