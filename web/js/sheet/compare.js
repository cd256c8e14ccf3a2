/**
 * Both sides of a possible duplicate, field by field, with what linking the two would change.
 * @module
 */
import { openDialog } from "../parts/dialog.js";
import { fill, h } from "../parts/dom.js";
import { fieldName, showValue } from "../parts/field-values.js";
import { skeletons } from "../parts/loading.js";
import { ApiError } from "../service/errors.js";
import { text } from "../words/strings.js";

const t = text.sheet.compare;

/** @typedef {{field: string, crm: any, google: any, after: any, changes: "none" | "crm" | "google" | "both", conflict: boolean}} Field */

/**
 * Shows the comparison of a row with its match; `answered` is told what the person says then.
 * @param {import("../service/api.js").Api} api
 * @param {import("./list.js").Row} row
 * @param {(same: boolean) => void} answered
 */
export async function showComparison(api, row, answered) {
  const holder = h("div", { class: "comparison", "aria-busy": "true" }, skeletons(4));
  const answer = (/** @type {boolean} */ same, /** @type {string} */ words) =>
    h(
      "button",
      {
        type: "button",
        class: same ? "button primary" : "button",
        on: {
          click: () => {
            dialog.close();
            answered(same);
          },
        },
      },
      words,
    );
  const buttons = [answer(false, text.sheet.different), answer(true, text.sheet.same)];
  const dialog = openDialog(t.title, [holder, h("p", { class: "quiet small" }, t.note)], { wide: true, buttons });
  try {
    const answer = await api.get(`/api/import/candidates/${encodeURIComponent(row.id)}/compare`);
    fill(holder, sides(answer.fields));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    fill(holder, h("p", { class: "error", role: "alert" }, error.status === 0 ? error.message : t.failed));
  } finally {
    holder.removeAttribute("aria-busy");
  }
}

/** @param {Field[]} fields */
function sides(fields) {
  const cell = (/** @type {string} */ side, /** @type {Field} */ each) =>
    h(
      "td",
      { class: side, data: { side: t.columns[/** @type {keyof typeof t.columns} */ (side)] } },
      showValue(each.field, /** @type {any} */ (each)[side]),
    );
  const lines = fields.map((each) =>
    h(
      "tr",
      { class: each.changes === "none" ? "" : "changes" },
      h(
        "th",
        { scope: "row" },
        fieldName(each.field),
        each.conflict && h("span", { class: "badge warn" }, t.conflict),
        each.changes !== "none" && h("span", { class: "badge" }, t.marks[each.changes]),
      ),
      ["crm", "google", "after"].map((side) => cell(side, each)),
    ),
  );
  const quiet = fields.every(({ changes }) => changes === "none");
  return h(
    "div",
    {},
    quiet && h("p", {}, t.nothing),
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          Object.values(t.columns).map((words) => h("th", { scope: "col" }, words)),
        ),
      ),
      h("tbody", {}, lines),
    ),
  );
}
