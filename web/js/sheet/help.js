/**
 * The import sheet's help: keyboard shortcuts, and what each consent means.
 * @module
 */
import { openDialog } from "../parts/dialog.js";
import { h } from "../parts/dom.js";
import { text } from "../words/strings.js";

const t = text.sheet.keys;

/** Lists the shortcuts and the consents. */
export function showKeys() {
  openDialog(t.title, [
    h("p", { class: "quiet" }, t.lead),
    h(
      "dl",
      { class: "keys" },
      t.list.map(([keys, words]) => h("div", {}, h("dt", {}, h("kbd", {}, keys)), h("dd", {}, words))),
    ),
    h("h3", {}, t.consentTitle),
    h(
      "dl",
      { class: "consents-explained" },
      t.consents.map(([name, words]) => h("div", {}, h("dt", {}, name), h("dd", {}, words))),
    ),
  ]);
}
