// The few emoji names the playground draws; a name that is not here stays as it was typed.
// Where an ordinary text font has a fitting sign, that sign is drawn: it looks the same on machines without an emoji font.

const SIGNS = {
  white_check_mark: "✔", heavy_check_mark: "✔", ballot_box_with_check: "☑", x: "✘", warning: "⚠", zap: "⚡",
  red_circle: "●", large_orange_circle: "●", large_yellow_circle: "●", large_green_circle: "●", large_blue_circle: "●",
  white_circle: "○", black_circle: "●", hourglass: "◔", hourglass_flowing_sand: "◔", alarm_clock: "◷", clock3: "◷",
  envelope: "✉", memo: "✎", pencil: "✎", pencil2: "✎", triangular_flag_on_post: "⚑", arrow_right: "→",
  arrow_left: "←", arrow_up: "↑", arrow_down: "↓", arrows_counterclockwise: "↻", repeat: "↻", scales: "⚖",
  question: "?", grey_question: "?", exclamation: "!", information_source: "ℹ", octagonal_sign: "⊘", no_entry: "⊘",
  no_entry_sign: "⊘", recycle: "♻", gear: "⚙", star: "★", sparkles: "✦", heart: "♥", heavy_plus_sign: "+",
  heavy_minus_sign: "−", seedling: "☘", spiral_calendar_pad: "▤", calendar: "▤", date: "▤", clipboard: "▤",
  page_facing_up: "▤", telephone: "☎",
};

const PICTURES = {
  bell: "🔔", no_bell: "🔕", rotating_light: "🚨", lock: "🔒", unlock: "🔓", speech_balloon: "💬", inbox_tray: "📥",
  outbox_tray: "📤", file_folder: "📁", mag: "🔍", link: "🔗", pushpin: "📌", shield: "🛡️", earth_africa: "🌍",
  globe_with_meridians: "🌐", handshake: "🤝", raised_hand: "✋", wave: "👋", eyes: "👀", bust_in_silhouette: "👤",
  busts_in_silhouette: "👥", thumbsup: "👍", "+1": "👍", thumbsdown: "👎", pray: "🙏", rocket: "🚀", bulb: "💡",
  construction: "🚧", bar_chart: "📊", chart_with_upwards_trend: "📈", key: "🔑", receipt: "🧾", ticket: "🎫",
  package: "📦", robot_face: "🤖", tada: "🎉", books: "📚", newspaper: "📰", megaphone: "📣", loudspeaker: "📢",
  fire: "🔥", new: "🆕", pause_button: "⏸️", test_tube: "🧪",
};

// Signs that come as characters and not as names, drawn as tiles of one size: a grid of them stays a grid on every machine.
const TILES = {
  "⬜": ["white large square", ""], "🟨": ["yellow square", ""], "🟧": ["orange square", ""], "🟥": ["red square", ""],
  "🟩": ["green square", ""], "▫": ["small white square", ""], "🔶": ["orange diamond", ""], "❌": ["cross", "✘"], "📅": ["date", "▤"],
};
const KEYCAP = /^([0-9#])\uFE0F?\u20E3$/;

/** What finds a tile in a text. */
export const TILE = "[⬜🟨🟧🟥🟩▫🔶❌📅]\\uFE0F?|[0-9#]\\uFE0F?\\u20E3";

const AS_TEXT = "\uFE0E"; // asks for the plain sign where a font has a coloured picture as well

/** Return the character for an emoji name, or null. */
export function emoji(name) {
  if (Object.hasOwn(SIGNS, name)) return SIGNS[name] + AS_TEXT;
  return Object.hasOwn(PICTURES, name) ? PICTURES[name] : null;
}

/** Return {name, text} of a sign that is drawn as a tile, or null; its name also names its colour. */
export function tile(sign) {
  const key = KEYCAP.exec(sign);
  if (key) return { name: key[1] === "#" ? "several" : `number ${key[1]}`, text: key[1] };
  const found = TILES[sign.replace("\uFE0F", "")];
  return found ? { name: found[0], text: found[1] && found[1] + AS_TEXT } : null;
}
