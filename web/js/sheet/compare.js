/**
 * Both sides of a possible duplicate, field by field, with what linking the two would change.
 * @module
 */
import { openDialog } from "../parts/dialog.js";
import { fill, h } from "../parts/dom.js";
import { fieldName, showValue } from "../parts/field-values.js";
import { skeletons } from "../parts/loading.js";
import { withQuery } from "../service/api.js";
import { ApiError } from "../service/errors.js";
import { text } from "../words/strings.js";

const t = text.sheet.compare;

/** @typedef {{field: string, crm: any, google: any, after: any, changes: "none" | "crm" | "google" | "both", conflict: boolean}} Field */

/**
 * Shows the comparison of a row with one of its matches; `answered` is told what the person says then.
 * @param {import("../service/api.js").Api} api
 * @param {import("./list.js").Row} row
 * @param {import("./list.js").Match} match
 * @param {(same: boolean) => void} answered
 */
export async function showComparison(api, row, match, answered) {
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
  const other = row.matches.length > 1 ? text.sheet.noneOfThese : text.sheet.different;
  const buttons = [answer(false, other), answer(true, text.sheet.same)];
  const dialog = openDialog(t.title, [holder, h("p", { class: "quiet small" }, t.note)], { wide: true, buttons });
  try {
    const path = `/api/import/candidates/${encodeURIComponent(row.id)}/compare`;
    const answer = await api.get(withQuery(path, { contact_id: match.contact_id }));
    fill(holder, answer.linked && h("p", {}, t.copy), sides(answer.fields));
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
  const quiet = fields.every(({ changes, conflict }) => changes === "none" && !conflict);
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
