/**
 * Asks what shall happen to what the sync itself added, before Google is disconnected.
 * @module
 */
import { h } from "../parts/dom.js";
import { ApiError } from "../service/errors.js";
import { text } from "../words/strings.js";

const t = text.disconnect;

/**
 * A dialog that disconnects; `disconnect` does it. It removes itself when it closes.
 * @param {(choice: {google_copies: string, crm_copies: string}) => Promise<void>} disconnect
 * @returns {HTMLDialogElement}
 */
export function disconnectDialog(disconnect) {
  const error = h("p", { class: "error", role: "alert", hidden: true });
  const confirm = h("button", { type: "submit", class: "act danger" }, t.confirm);
  const cancel = h("button", { type: "button", class: "act plain", autofocus: true }, text.common.cancel);
  const form = h(
    "form",
    {},
    h("h2", { id: "disconnect-title" }, t.title),
    h("p", { id: "disconnect-lead" }, t.lead),
    choices("google_copies", t.googleLegend, [
      ["keep", t.googleKeep],
      ["delete", t.googleDelete],
    ]),
    choices("crm_copies", t.crmLegend, [
      ["keep", t.crmKeep],
      ["archive", t.crmArchive],
    ]),
    error,
    h("div", { class: "buttons" }, cancel, confirm),
  );
  const dialog = h("dialog", { "aria-labelledby": "disconnect-title", "aria-describedby": "disconnect-lead" }, form);

  cancel.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const data = new FormData(form);
    confirm.disabled = true;
    confirm.textContent = t.busy;
    try {
      await disconnect({
        google_copies: String(data.get("google_copies")),
        crm_copies: String(data.get("crm_copies")),
      });
      dialog.close();
    } catch (caught) {
      if (!(caught instanceof ApiError)) throw caught;
      error.textContent = caught.message;
      error.hidden = false;
      confirm.disabled = false;
      confirm.textContent = t.confirm;
    }
  });
  return dialog;
}

/**
 * @param {string} name
 * @param {string} legend
 * @param {[string, string][]} options the first is the default
 */
function choices(name, legend, options) {
  return h(
    "fieldset",
    {},
    h("legend", {}, legend),
    options.map(([value, label], index) =>
      h("label", {}, h("input", { type: "radio", name, value, checked: index === 0 }), label),
    ),
  );
}
