// "Are you sure?" as the browser's own modal dialog: it traps focus, closes on Esc and gives focus back.
import { h, uid } from "./dom.js";
import { textObject } from "./mrkdwn.js";

const WORD = (text) => ({ type: "plain_text", text });

/** Show a Block Kit confirm object (or plain strings) and resolve to true when the person agrees. */
export function askFirst({ title, text, confirm, deny, style }, names) {
  const object = (value, fallback) => (typeof value === "string" ? WORD(value) : value ?? WORD(fallback));
  const [heading, body] = [uid("ask"), uid("ask")];
  return new Promise((resolve) => {
    const look = style === "danger" ? "btn danger" : "btn primary";
    const yes = h("button", { class: look, data: { testid: "confirm-yes" } }, textObject(object(confirm, "Yes"), names));
    const no = h("button", { class: "btn", data: { testid: "confirm-no" } }, textObject(object(deny, "Cancel"), names));
    const dialog = h("dialog", { class: "ask", role: "alertdialog", "aria-labelledby": heading, "aria-describedby": body },
      h("h2", { id: heading }, textObject(object(title, "Are you sure?"), names)),
      h("div", { id: body, class: "ask-text" }, textObject(object(text, ""), names)),
      h("div", { class: "ask-buttons" }, no, yes));
    let answer = false;
    yes.addEventListener("click", () => { answer = true; dialog.close(); });
    no.addEventListener("click", () => dialog.close());
    dialog.addEventListener("keydown", (event) => { if (event.key === "Escape") event.stopPropagation(); });
    dialog.addEventListener("close", () => { dialog.remove(); resolve(answer); });
    document.body.append(dialog);
    dialog.showModal();
    no.focus();
  });
}
