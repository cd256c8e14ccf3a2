/**
 * Asks what shall happen to what the sync itself added, in numbers, before Google is disconnected.
 * @module
 */
import { h } from "../parts/dom.js";
import { text } from "../words/strings.js";
import { deedDialog } from "./deed-dialog.js";

const t = text.disconnect;

/** @typedef {{contacts: number, calendar: number}} Counts */
/** @typedef {{google_copies: string, crm_copies: string}} Choice */

/**
 * A dialog that disconnects; `disconnect` does it. Where there is nothing to choose about, nothing is asked.
 * @param {{at_google: Counts, in_crm: Counts, not_imported: number}} made
 * @param {(choice: Choice) => Promise<void>} disconnect
 * @returns {HTMLDialogElement}
 */
export function disconnectDialog({ at_google: there, in_crm: here, not_imported: known }, disconnect) {
  return deedDialog({
    title: t.title,
    lead: t.lead,
    body: [
      choices("google_copies", there, t.atGoogle, [
        ["keep", t.googleKeep],
        ["delete", t.googleDelete],
      ]),
      choices("crm_copies", here, t.inCrm, [
        ["keep", t.crmKeep],
        ["archive", t.crmArchive],
      ]),
      known > 0 && h("p", { class: "also" }, t.notImported(known)),
    ].filter((part) => part instanceof HTMLElement),
    go: t.confirm,
    busy: t.busy,
    danger: true,
    act: (data) =>
      disconnect({
        google_copies: String(data.get("google_copies") ?? "keep"),
        crm_copies: String(data.get("crm_copies") ?? "keep"),
      }),
  });
}

/**
 * @param {string} name
 * @param {Counts} counts
 * @param {(people: number, events: number) => string} legend
 * @param {[string, string][]} options the first is the default
 */
function choices(name, counts, legend, options) {
  if (counts.contacts + counts.calendar === 0) return null;
  return h(
    "fieldset",
    {},
    h("legend", {}, legend(counts.contacts, counts.calendar)),
    options.map(([value, label], index) =>
      h("label", {}, h("input", { type: "radio", name, value, checked: index === 0 }), label),
    ),
  );
}
