// A button that opens a menu: arrow keys move, Esc closes, focus returns to the button.
import { h, place, uid } from "./dom.js";

/** Place a fixed popup under its anchor, or above where there is more room; `width` in px or "anchor". */
export function dock(popup, anchor, { width = null, align = "start", limit = 400 } = {}) {
  const box = anchor.getBoundingClientRect();
  const below = window.innerHeight - box.bottom - 12;
  const above = box.top - 12;
  const up = below < Math.min(260, popup.scrollHeight) && above > below;
  const wide = width === "anchor" ? Math.max(box.width, Math.min(300, window.innerWidth - 16)) : width ?? popup.offsetWidth;
  const left = align === "end" ? box.right - wide : box.left;
  const style = popup.style;
  style.maxHeight = `${Math.max(140, Math.min(limit, up ? above : below))}px`;
  if (width) style.width = `${wide}px`;
  style.left = `${Math.max(8, Math.min(left, window.innerWidth - wide - 8))}px`;
  style.top = up ? "auto" : `${box.bottom + 4}px`;
  style.bottom = up ? `${window.innerHeight - box.top + 4}px` : "auto";
}

/** Call `close` when the person points outside `root`, scrolls away or resizes; returns the undo. */
export function whileOpen(root, { close, redock }) {
  const outside = (event) => { if (!root.contains(event.target)) close(); };
  const moved = (event) => { if (event.type === "resize" || !root.contains(event.target)) redock(); };
  document.addEventListener("pointerdown", outside, true);
  window.addEventListener("resize", moved);
  document.addEventListener("scroll", moved, true);
  return () => {
    document.removeEventListener("pointerdown", outside, true);
    window.removeEventListener("resize", moved);
    document.removeEventListener("scroll", moved, true);
  };
}

/** Wrap `button` with a menu; `items()` is asked at each opening and gives {label, hint, run, data, danger, heading}. */
export function menuButton(button, items, { align = "start", label = null } = {}) {
  const list = h("div", { class: "menu", role: "menu", id: uid("menu"), "aria-label": label, hidden: true });
  const root = h("span", { class: "menu-root" }, button, list);
  let undo = null;
  button.setAttribute("aria-haspopup", "menu");
  button.setAttribute("aria-expanded", "false");
  button.setAttribute("aria-controls", list.id);

  const redock = () => dock(list, button, { align, limit: 560 });
  const close = (refocus = false) => {
    if (list.hidden) return;
    list.hidden = true;
    button.setAttribute("aria-expanded", "false");
    root.classList.remove("open");
    undo();
    if (refocus) button.focus();
  };
  const open = () => {
    place(list, items().map((item) => line(item, () => { close(true); item.run(); })));
    list.hidden = false;
    root.classList.add("open");
    button.setAttribute("aria-expanded", "true");
    redock();
    undo = whileOpen(root, { close, redock });
    list.querySelector('[role="menuitem"]')?.focus();
  };
  button.addEventListener("click", () => (list.hidden ? open() : close(true)));
  button.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" && list.hidden) { event.preventDefault(); open(); }
  });
  root.addEventListener("keydown", (event) => { if (!list.hidden) steer(event, list, close); });
  root.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !root.contains(event.relatedTarget)) close();
  });
  return { node: root, close };
}

function line(item, run) {
  if (item.heading) return h("div", { class: "menu-heading", role: "presentation", text: item.heading });
  return h("button", {
    role: "menuitem", tabindex: "-1", class: item.danger ? "menu-item danger" : "menu-item",
    data: item.data ?? {}, on: { click: run },
  }, h("span", { class: "menu-label" }, item.label), item.hint ? h("span", { class: "menu-hint", text: item.hint }) : null);
}

function steer(event, list, close) {
  const entries = [...list.querySelectorAll('[role="menuitem"]')];
  const at = entries.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1, Home: 0, End: -1 }[event.key];
  if (event.key === "Escape") {
    event.preventDefault();
    event.stopPropagation();
    close(true);
  } else if (event.key === "Tab") {
    close();
  } else if (to !== undefined && entries.length) {
    event.preventDefault();
    entries[(to + entries.length) % entries.length].focus();
  }
}
