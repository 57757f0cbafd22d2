// Three things to try on a first visit; each ticks itself off.
import { h, icon, place } from "./dom.js";
import { preference, store } from "./store.js";

const strip = document.getElementById("hint");

/** Build the strip unless it was dismissed; `go` and `become` carry the steps out, `fill` writes into the composer. */
export function buildHint({ go, become, fill }) {
  if (preference("hint") === "off") return;
  const away = h("button", { class: "btn icon-only quiet", "aria-label": "Hide these hints",
    data: { testid: "hint-dismiss" } }, icon("close"));
  away.addEventListener("click", () => {
    preference("hint", "off");
    strip.hidden = true;
    document.getElementById("main").focus();
  });
  const tries = {
    command: async () => {
      const launch = launches();
      if (launch) await go({ kind: "channel", id: launch.id });
      fill("/hrdd check Face tagging"); // a name to start with
    },
    lead: () => { const lead = leads(); if (lead) become(lead.id); },
    clock: () => document.querySelector("[data-testid=clock-day]")?.click(),
  };
  const steps = h("ol", { class: "hint-steps" });
  strip.head = h("p", { class: "hint-title" });
  strip.append(strip.head, steps, away);
  strip.steps = steps;
  strip.tries = tries;
  strip.hidden = false;
}

function launches() {
  const { channels } = store.state;
  return channels.find((channel) => channel.name === "launches") ?? channels[0];
}

function leads() {
  return store.state.people.find((person) => /human rights/i.test(person.title) && !person.deleted);
}

function first(person) {
  return (person.real_name || person.name).split(" ")[0];
}

/** Tick what was done. */
export function paintHint() {
  if (strip.hidden || !strip.steps) return;
  const lead = leads();
  if (lead?.id === store.as) store.done.add("lead");
  const steps = [
    ["command", `Type /hrdd check in #${launches()?.name ?? "launches"}`],
    ["lead", lead ? `Switch to ${first(lead)}, the human rights lead` : "Switch to another person"],
    ["clock", "Move the clock by a day"],
  ];
  const now = steps.find(([id]) => !store.done.has(id))?.[0] ?? null;
  const key = `${now}/${[...store.done].join()}`;
  if (strip.dataset.key === key) return;
  strip.dataset.key = key;
  strip.head.textContent = now ? "Try this" : "That was the short tour";
  place(strip.steps, steps.map(([id, text], at) => {
    const done = store.done.has(id);
    return h("li", { class: `${done ? "done" : ""} ${id === now ? "now" : ""}` },
      h("button", { class: "hint-step", data: { testid: `hint-${id}` }, on: { click: () => strip.tries[id]() } },
        h("span", { class: "hint-mark", "aria-hidden": "true" }, done ? icon("check") : String(at + 1)), h("span", { text }),
        done ? h("span", { class: "sr-only", text: " (done)" }) : null));
  }));
}
