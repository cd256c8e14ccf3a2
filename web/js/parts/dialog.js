/**
 * A dialog to read and close.
 * @module
 */
import { text } from "../words/strings.js";
import { byId, h } from "./dom.js";

/**
 * Opens a dialog with a title and a way out; it is gone when it closes.
 * @param {string} title
 * @param {import("./dom.js").Child[]} contents
 * @param {{wide?: boolean, buttons?: HTMLElement[], closed?: () => void}} [options]
 * @returns {HTMLDialogElement}
 */
export function openDialog(title, contents, { wide = false, buttons = [], closed } = {}) {
  const heading = h("h2", { id: "dialog-title" }, title);
  const close = h(
    "button",
    { type: "button", class: "button", on: { click: () => dialog.close() } },
    text.common.close,
  );
  const dialog = h(
    "dialog",
    { class: wide ? "wide-dialog" : "", "aria-labelledby": "dialog-title" },
    h("div", { class: "dialog-body" }, heading, contents, h("div", { class: "dialog-buttons" }, close, buttons)),
  );
  dialog.addEventListener("close", () => {
    dialog.remove();
    closed?.();
  });
  byId("dialogs").append(dialog);
  dialog.showModal();
  return dialog;
}
