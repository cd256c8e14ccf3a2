/**
 * Asks what shall happen to what the sync itself added, before Google is disconnected.
 * @module
 */
import { h } from "../parts/dom.js";
import { text } from "../words/strings.js";
import { deedDialog } from "./deed-dialog.js";

const t = text.disconnect;

/**
 * A dialog that disconnects; `disconnect` does it.
 * @param {(choice: {google_copies: string, crm_copies: string}) => Promise<void>} disconnect
 * @returns {HTMLDialogElement}
 */
export function disconnectDialog(disconnect) {
  return deedDialog({
    title: t.title,
    lead: t.lead,
    body: [
      choices("google_copies", t.googleLegend, [
        ["keep", t.googleKeep],
        ["delete", t.googleDelete],
      ]),
      choices("crm_copies", t.crmLegend, [
        ["keep", t.crmKeep],
        ["archive", t.crmArchive],
      ]),
    ],
    go: t.confirm,
    busy: t.busy,
    danger: true,
    act: (data) =>
      disconnect({ google_copies: String(data.get("google_copies")), crm_copies: String(data.get("crm_copies")) }),
  });
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
