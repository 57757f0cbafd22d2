// The strip on top: the company, the clock that can be moved, what the bot sees, and failing on purpose.
import { get, post, remove } from "./api.js";
import { announce, h, icon } from "./dom.js";
import { menuButton } from "./menu.js";
import { isDrawer, openDrawer } from "./sidebar.js";
import { act, moment, refresh, store, toast } from "./store.js";
import { toggleWire } from "./wire.js";

const HOUR = 3600;
const STEPS = [["clock-hour", "+1 hour", HOUR], ["clock-day", "+1 day", 24 * HOUR], ["clock-month", "+30 days", 30 * 24 * HOUR]];
const FAULTS = [
  ["Slack asks the bot to slow down", "The next message waits (429), then goes out once", "chat.postMessage", "ratelimited"],
  ["Slack breaks while storing a message", "The next message meets a server error", "chat.postMessage", "server_error"],
  ["Slack does not answer", "The next message times out", "chat.postMessage", "timeout"],
  ["The connection drops", "The next message may or may not have arrived", "chat.postMessage", "drop"],
  ["A form cannot open", "The next form meets a server error", "views.open", "server_error"],
  ["App Home cannot be drawn", "The next App Home meets a server error", "views.publish", "server_error"],
];
const SETTLED_MS = [700, 2500]; // what the bot does after a jump may set its next timer without a word in the workspace
const parts = {};

/** Build the top bar. */
export function buildTopbar() {
  const bar = document.getElementById("topbar");
  const drawer = h("button", { class: "btn icon-only quiet drawer-button", "aria-label": "Channels and App Home",
    "aria-expanded": "false", "aria-controls": "sidebar", on: { click: () => openDrawer(!isDrawer()) } }, icon("menu"));
  parts.company = h("span", { class: "brand-name" });
  const brand = h("div", { class: "brand" }, h("img", { class: "brand-mark", src: "/assets/mark.svg", alt: "" }),
    h("div", {}, parts.company, h("span", { class: "brand-sub", text: "Playground: nothing here leaves this computer" })));
  parts.eye = h("button", { class: "btn toggle", "aria-expanded": "false", "aria-controls": "wire",
    "aria-label": "What the bot sees", title: "What the bot sees", data: { testid: "payload-toggle" },
    on: { click: () => toggleWire() } }, icon("code"), h("span", { class: "wide-only", text: "What the bot sees" }));
  bar.prepend(drawer, brand, clock());
  bar.append(h("div", { class: "top-tools" }, parts.eye, faults()));
}

function clock() {
  parts.time = h("span", { class: "clock-time", data: { testid: "clock-now" } });
  parts.time2 = h("span", {});
  parts.face = h("button", { class: "btn clock-face", "aria-expanded": "false", "aria-controls": "clock-steps",
    "aria-label": "Move the clock", on: { click: () => unfold() } }, icon("clock"), parts.time2);
  parts.due = h("span", { class: "due" });
  parts.next = h("button", { class: "btn small step", data: { testid: "clock-next" },
    on: { click: () => move({ to: "next_due" }, parts.next) } }, h("span", { text: "Next due" }), parts.due);
  const steps = STEPS.map(([testid, label, seconds]) => h("button", { class: "btn small step", text: label,
    data: { testid }, on: { click: (event) => move({ seconds }, event.currentTarget) } }));
  parts.steps = h("div", { class: "clock-steps", id: "clock-steps" }, steps, parts.next);
  return h("div", { class: "clock", role: "group", "aria-label": "The workspace's clock" },
    h("span", { class: "clock-wide" }, icon("clock"), parts.time), parts.face, parts.steps);
}

function unfold() {
  const open = parts.steps.classList.toggle("open");
  parts.face.setAttribute("aria-expanded", String(open));
}

async function move(step, button) {
  button.setAttribute("aria-busy", "true");
  const answer = await act("clock", step);
  button.removeAttribute("aria-busy");
  if (!answer) return;
  for (const wait of SETTLED_MS) setTimeout(() => refresh().catch(() => {}), wait);
  store.done.add("clock");
  announce(`It is now ${shown(answer.now)}`);
}

function shown(iso) {
  return moment(iso, { weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
}

/** Draw company, clock and the number of faults that wait. */
export function paintTopbar() {
  const { company, now, next_due: due } = store.state;
  parts.company.textContent = company;
  document.title = `${company} · hrdd-bot playground`;
  if (parts.time.textContent !== shown(now)) {
    parts.time.textContent = shown(now);
    parts.time2.textContent = moment(now, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  }
  parts.time.title = `Time in ${store.state.people.find((p) => p.id === store.as)?.tz ?? "UTC"}`;
  parts.due.textContent = due ? ahead(new Date(due) - new Date(now)) : "nothing";
  parts.next.disabled = !due;
  parts.next.title = due ? `The bot's next timer: ${shown(due)}` : "The bot has no timer running";
}

function ahead(ms) {
  const minutes = Math.max(0, Math.round(ms / 60000));
  if (minutes < 1) return "now";
  if (minutes < 90) return `in ${minutes} min`;
  return minutes < 60 * 48 ? `in ${Math.round(minutes / 60)} h` : `in ${Math.round(minutes / 1440)} days`;
}

// ---- failing on purpose ----------------------------------------------------------------------------------------

function faults() {
  parts.count = h("span", { class: "badge", hidden: true });
  const button = h("button", { class: "btn toggle", "aria-label": "Make it fail", title: "Make something fail on purpose",
    data: { testid: "faults-toggle" } }, icon("warn"), h("span", { class: "wide-only", text: "Make it fail" }), parts.count);
  button.addEventListener("click", countFaults);
  return menuButton(button, () => [
    { heading: "Each happens once. Nothing may be lost or doubled." },
    ...FAULTS.map(([label, hint, method, error]) => ({
      label, hint, data: { fault: `${method}:${error}` }, run: () => plant(label, method, error),
    })),
    { label: "Stop all failures", data: { fault: "clear" }, run: clear },
  ], { align: "end", label: "Make something fail" }).node;
}

async function plant(label, method, error) {
  const done = await post("faults", { method, error, times: 1, retry_after: 2 })
    .catch((problem) => toast(problem.message, "error"));
  if (done) toast(`Ready: “${label}”. It happens the next time the bot tries.`);
  countFaults();
}

async function clear() {
  await remove("faults").then(() => toast("Nothing fails any more."), (problem) => toast(problem.message, "error"));
  countFaults();
}

async function countFaults() {
  const answer = await get("faults").catch(() => null);
  const list = Array.isArray(answer) ? answer : answer?.faults ?? [];
  const waiting = list.reduce((sum, item) => sum + (item.times ?? 1), 0);
  parts.count.textContent = waiting;
  parts.count.hidden = waiting === 0;
  clearTimeout(parts.timer);
  if (waiting) parts.timer = setTimeout(countFaults, 2000); // until each has happened
}
