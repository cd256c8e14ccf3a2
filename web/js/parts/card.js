/**
 * The one card that our small windows show.
 * @module
 */
import { byId, fill, h, icon } from "./dom.js";

/**
 * A step of a small window. `id` is left on the card for styles and tests.
 * @typedef {object} Card
 * @property {string} id
 * @property {string} symbol name of its icon
 * @property {boolean} [warn]
 * @property {string} title
 * @property {string} lead
 * @property {(Node | false)[]} [body]
 * @property {HTMLElement[]} [buttons]
 */

/**
 * Shows a card in #main and moves the focus to its title, so that a screen reader says the new step.
 * @param {Card} card
 */
export function showCard({ id, symbol, warn = false, title, lead, body = [], buttons = [] }) {
  const heading = h("h1", { tabindex: "-1" }, title);
  document.title = title;
  fill(
    byId("main"),
    h(
      "section",
      { class: "card", data: { card: id } },
      h(
        "header",
        {},
        h("div", { class: warn ? "mark warn" : "mark" }, icon(symbol)),
        heading,
        h("p", { class: "quiet" }, lead),
      ),
      body,
      buttons.length > 0 && h("div", { class: "buttons" }, buttons),
    ),
  );
  heading.focus();
}

/**
 * A button of a card.
 * @param {string} label
 * @param {(button: HTMLButtonElement) => void} press
 * @param {"primary" | ""} [kind]
 */
export function cardButton(label, press, kind = "") {
  const button = h("button", { type: "button", class: `button ${kind}` }, label);
  button.addEventListener("click", () => press(button));
  return button;
}
