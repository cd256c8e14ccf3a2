/**
 * A dialog of the button: what will happen, a way back, and the deed.
 * @module
 */
import { h } from "../parts/dom.js";
import { ApiError } from "../service/errors.js";
import { text } from "../words/strings.js";

/**
 * @typedef {object} Deed
 * @property {string} title
 * @property {string} lead
 * @property {HTMLElement[]} [body] fields of the form
 * @property {string} go
 * @property {string} busy
 * @property {boolean} [danger]
 * @property {(data: FormData) => Promise<void>} act raises ApiError when it is refused
 */

/**
 * The dialog; it removes itself when it closes. The way back has the focus first.
 * @param {Deed} deed
 * @returns {HTMLDialogElement}
 */
export function deedDialog({ title, lead, body = [], go, busy, danger = false, act }) {
  const error = h("p", { class: "error", role: "alert", hidden: true });
  const confirm = h("button", { type: "submit", class: danger ? "act danger" : "act" }, go);
  const cancel = h("button", { type: "button", class: "act plain", autofocus: true }, text.common.cancel);
  const form = h(
    "form",
    {},
    h("h2", { id: "deed-title" }, title),
    h("p", { id: "deed-lead" }, lead),
    body,
    error,
    h("div", { class: "buttons" }, cancel, confirm),
  );
  const dialog = h("dialog", { "aria-labelledby": "deed-title", "aria-describedby": "deed-lead" }, form);
  cancel.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    confirm.disabled = true;
    confirm.textContent = busy;
    try {
      await act(new FormData(form));
      dialog.close();
    } catch (caught) {
      if (!(caught instanceof ApiError)) throw caught;
      error.textContent = caught.message;
      error.hidden = false;
      confirm.disabled = false;
      confirm.textContent = go;
    }
  });
  return dialog;
}
