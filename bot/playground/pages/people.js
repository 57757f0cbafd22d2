// Faces and the switcher: which of the five people we are.
import { get } from "./api.js";
import { h, place, roving } from "./dom.js";
import { store } from "./store.js";

const cast = document.getElementById("cast");
let waiting = null;
const pings = new Map();

/** Draw a round picture with a person's initials, in a colour that stays theirs. */
export function avatar(id) {
  if (id === "BOT") return h("img", { class: "avatar bot", src: "/assets/mark.svg", alt: "" });
  const at = store.state.people.findIndex((person) => person.id === id);
  const person = store.state.people[at];
  const words = (person?.real_name || person?.name || "?").split(/\s+/);
  const letters = (words.length > 1 ? words[0][0] + words.at(-1)[0] : words[0].slice(0, 2)).toUpperCase();
  return h("span", { class: `avatar hue-${at < 0 ? "x" : at % 8}`, "aria-hidden": "true", text: letters });
}

/** Build the switcher; `become(id)` changes who we are. */
export function buildCast(become) {
  roving(cast, ".person", { horizontal: true });
  cast.addEventListener("click", (event) => {
    const button = event.target.closest(".person");
    if (button && button.dataset.person !== store.as) become(button.dataset.person);
  });
}

/** Draw the switcher from the state. */
export function paintCast() {
  const people = store.state.people.filter((person) => !person.is_bot);
  if (cast.dataset.ids !== people.map((p) => p.id + p.deleted).join()) {
    cast.dataset.ids = people.map((p) => p.id + p.deleted).join();
    place(cast, [h("span", { class: "cast-label", id: "cast-label", text: "You are" }),
      h("div", { class: "cast-list", role: "group", "aria-labelledby": "cast-label" }, people.map(card))]);
  }
  for (const button of cast.querySelectorAll(".person")) {
    const on = button.dataset.person === store.as;
    button.setAttribute("aria-pressed", String(on));
    button.tabIndex = on ? 0 : -1;
    const news = on ? 0 : pings.get(button.dataset.person) ?? 0;
    const dot = button.querySelector(".ping");
    dot.hidden = news === 0;
    dot.textContent = news;
    dot.setAttribute("aria-label", news === 1 ? "1 new message from the bot" : `${news} new messages from the bot`);
  }
  lookAround(people);
}

function card(person) {
  return h("button", { class: "person", title: `${person.real_name || person.name}, ${person.title}`,
    data: { testid: `person-${person.id}`, person: person.id } },
    avatar(person.id),
    h("span", { class: "person-words" }, h("span", { class: "person-name", text: person.real_name || person.name }),
      h("span", { class: "person-title", text: person.deleted ? "Account closed" : person.title })),
    h("span", { class: "ping", role: "img", hidden: true }));
}

// Whom did the bot write to meanwhile? Asked once things have calmed down, so that it costs next to nothing.
function lookAround(people) {
  const rev = store.state.rev;
  if (waiting?.rev === rev || lookAround.rev === rev) return;
  clearTimeout(waiting?.timer);
  waiting = { rev, timer: setTimeout(async () => {
    waiting = null;
    lookAround.rev = rev;
    for (const person of people.filter((p) => p.id !== store.as && !p.deleted)) {
      const seen = await get("state", { as: person.id }).catch(() => null);
      if (seen) pings.set(person.id, seen.dm?.unread ?? 0);
    }
    if (store.state.rev === rev) paintCast();
  }, 700) };
}
