// The few emoji names the playground draws; a name that is not here stays as it was typed.

const NAMES = {
  white_check_mark: "✅", heavy_check_mark: "✔️", ballot_box_with_check: "☑️", x: "❌", warning: "⚠️",
  bell: "🔔", no_bell: "🔕", rotating_light: "🚨", red_circle: "🔴", large_orange_circle: "🟠",
  large_yellow_circle: "🟡", large_green_circle: "🟢", large_blue_circle: "🔵", white_circle: "⚪",
  black_circle: "⚫", hourglass: "⌛", hourglass_flowing_sand: "⏳", alarm_clock: "⏰", clock3: "🕒",
  calendar: "📅", date: "📅", spiral_calendar_pad: "🗓️", lock: "🔒", unlock: "🔓", speech_balloon: "💬",
  envelope: "✉️", inbox_tray: "📥", outbox_tray: "📤", memo: "📝", pencil: "✏️", pencil2: "✏️",
  clipboard: "📋", page_facing_up: "📄", file_folder: "📁", mag: "🔍", link: "🔗", pushpin: "📌",
  triangular_flag_on_post: "🚩", arrow_right: "➡️", arrow_left: "⬅️", arrow_up: "⬆️", arrow_down:
  "⬇️", arrows_counterclockwise: "🔄", repeat: "🔁", shield: "🛡️", scales: "⚖️", earth_africa: "🌍",
  globe_with_meridians: "🌐", seedling: "🌱", handshake: "🤝", raised_hand: "✋", wave: "👋", eyes: "👀",
  bust_in_silhouette: "👤", busts_in_silhouette: "👥", thumbsup: "👍", "+1": "👍", thumbsdown: "👎",
  pray: "🙏", rocket: "🚀", bulb: "💡", question: "❓", grey_question: "❔", exclamation: "❗",
  information_source: "ℹ️", octagonal_sign: "🛑", no_entry: "⛔", no_entry_sign: "🚫", construction:
  "🚧", recycle: "♻️", bar_chart: "📊", chart_with_upwards_trend: "📈", key: "🔑", receipt: "🧾", ticket:
  "🎫", package: "📦", gear: "⚙️", robot_face: "🤖", star: "⭐", sparkles: "✨", tada: "🎉", heart: "❤️",
  books: "📚", newspaper: "📰", megaphone: "📣", loudspeaker: "📢", zap: "⚡", fire: "🔥", new: "🆕",
  heavy_plus_sign: "➕", heavy_minus_sign: "➖", pause_button: "⏸️", test_tube: "🧪",
};

/** Return the character for an emoji name, or null. */
export function emoji(name) {
  return Object.hasOwn(NAMES, name) ? NAMES[name] : null;
}
