/**
 * Asks before something is done: what will happen, a way back, and the deed.
 * @module
 */
import { ApiError } from "../service/errors.js";
import { byId, h } from "./dom.js";

/**
 * @typedef {object} Question
 * @property {string} title
 * @property {string[]} lines what will happen
 * @property {(Node | null)[]} [body] what else belongs to the question, such as fields
 * @property {string} go
 * @property {string} back
 * @property {boolean} [danger]
 * @property {{label: string, word: string}} [typed] a word that has to be typed before the deed can be done
 * @property {() => Promise<void>} act raises ApiError when it is refused
 */

/**
 * Opens the dialog, and answers it; it closes when the deed is done. The way back has the focus first.
 * @param {Question} question
 */
export function ask({ title, lines, body = [], go, back, danger = false, typed, act }) {
  const error = h("p", { class: "error", role: "alert", hidden: true });
  const yes = h("button", { type: "button", class: danger ? "button danger" : "button primary" }, go);
  const word = typed && wordField(typed, yes);
  const no = h("button", { type: "button", class: "button", autofocus: true }, back);
  const dialog = h(
    "dialog",
    { class: "narrow", "aria-labelledby": "ask-title", "aria-describedby": "ask-lines" },
    h(
      "div",
      { class: "dialog-body" },
      h("h2", { id: "ask-title", class: "wrap", dir: "auto" }, title),
      h(
        "div",
        { id: "ask-lines", class: "ask-lines" },
        lines.map((line) => h("p", {}, line)),
      ),
      body,
      word,
      error,
      h("div", { class: "dialog-buttons" }, no, yes),
    ),
  );
  no.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  yes.addEventListener("click", async () => {
    yes.disabled = no.disabled = true;
    error.hidden = true;
    try {
      await act();
      dialog.close();
    } catch (caught) {
      if (!(caught instanceof ApiError)) throw caught;
      error.textContent = caught.message;
      error.hidden = false;
      yes.disabled = no.disabled = false;
    }
  });
  byId("dialogs").append(dialog);
  dialog.showModal();
  return dialog;
}

/**
 * A field without whose word the button cannot be pressed.
 * @param {{label: string, word: string}} typed
 * @param {HTMLButtonElement} button
 */
function wordField({ label, word }, button) {
  const input = h("input", { name: "word", autocomplete: "off", autocapitalize: "characters", spellcheck: "false" });
  const same = () => input.value.trim().toLocaleUpperCase() === word;
  button.disabled = true;
  input.addEventListener("input", () => {
    button.disabled = !same();
  });
  input.addEventListener("keydown", ({ key }) => {
    if (key === "Enter") button.click();
  });
  return h("label", { class: "field" }, h("span", {}, label), input);
}
