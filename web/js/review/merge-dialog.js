/**
 * Two contacts of the CRM side by side, field by field, and what they become as one.
 * @module
 */
import { sayType } from "../choice/choice.js";
import { openDialog } from "../parts/dialog.js";
import { fill, h } from "../parts/dom.js";
import { fieldName, showValue } from "../parts/field-values.js";
import { skeletons } from "../parts/loading.js";
import { longText, spoken } from "../parts/person.js";
import { withQuery } from "../service/api.js";
import { ApiError } from "../service/errors.js";
import { text } from "../words/strings.js";

const t = text.doubles;
const TYPE = "contact_type";

/** @typedef {"kept" | "other" | "both"} Take */
/** @typedef {{field: string, kept: any, other: any, take: Take, choices: Take[]}} Joint */
/** @typedef {import("./doubles.js").Twin} Twin */

/**
 * Shows two contacts; `merged` is called when they are one.
 * @param {import("../service/api.js").Api} api
 * @param {Twin} one
 * @param {Twin} other
 * @param {() => void} merged
 */
export function showMerge(api, one, other, merged) {
  const holder = h("div", { class: "merging", "aria-busy": "true" }, skeletons(4));
  const error = h("p", { class: "error", role: "alert", hidden: true });
  const go = h("button", { type: "button", class: "button primary", disabled: true }, t.go);
  const dialog = openDialog(t.title, [holder, h("p", { class: "quiet small" }, t.note), error], {
    wide: true,
    buttons: [go],
  });
  /** @type {Record<string, Take>} */
  let take = {};
  /** @type {{keep: Twin, other: Twin} | null} */
  let shown = null;
  const fail = (/** @type {unknown} */ caught) => {
    if (!(caught instanceof ApiError)) throw caught;
    error.textContent = caught.status === 409 ? t.changed : caught.message;
    error.hidden = false;
  };

  const load = async (/** @type {Twin} */ keep, /** @type {Twin} */ away) => {
    go.disabled = error.hidden = true;
    try {
      const found = await api.get(withQuery("/api/doubles/compare", { keep: keep.id, other: away.id }));
      take = {};
      shown = { keep: found.keep, other: found.other };
      const choose = (/** @type {Joint} */ joint, /** @type {Take} */ wish) => (take[joint.field] = wish);
      fill(
        holder,
        whoStays(found.keep, found.other, [one, other], (id) => {
          const stays = id === one.id ? one : other;
          void load(stays, stays === one ? other : one);
        }),
        found.fields.map((/** @type {Joint} */ joint) => fieldOf(joint, choose)),
        h(
          "section",
          { class: "joint" },
          h("h3", {}, t.consent),
          h(
            "p",
            {},
            h(
              "strong",
              {},
              text.choice.consents[/** @type {keyof typeof text.choice.consents} */ (found.consent.status)],
            ),
          ),
          h("p", { class: "quiet small" }, t.stricter),
        ),
      );
      go.disabled = false;
    } catch (caught) {
      fill(holder);
      fail(caught);
    } finally {
      holder.removeAttribute("aria-busy");
    }
  };

  go.addEventListener("click", async () => {
    if (!shown) return;
    go.disabled = true;
    error.hidden = true;
    const body = {
      keep: shown.keep.id,
      other: shown.other.id,
      keep_etag: shown.keep.etag,
      other_etag: shown.other.etag,
      take,
    };
    try {
      await api.post("/api/doubles/merge", body, { key: crypto.randomUUID() });
      dialog.close();
      merged();
    } catch (caught) {
      fail(caught);
      go.disabled = false;
    }
  });
  void load(one, other);
}

/**
 * @param {Twin} keep
 * @param {Twin} other
 * @param {Twin[]} both in the order in which they are offered
 * @param {(id: string) => void} choose
 */
function whoStays(keep, other, both, choose) {
  const named = new Map([keep, other].map((each) => [each.id, each]));
  const radio = (/** @type {string} */ id) => {
    const twin = /** @type {Twin} */ (named.get(id));
    const input = h("input", {
      type: "radio",
      name: "stays",
      value: id,
      checked: id === keep.id,
      on: { change: () => choose(id) },
    });
    const known = [twin.name || text.common.noName, twin.organization, twin.emails[0], twin.phones[0]];
    return h(
      "label",
      { class: "answer" },
      input,
      h("span", { class: "wrap", dir: "auto" }, known.filter(Boolean).join(" · ")),
    );
  };
  return h(
    "fieldset",
    { class: "joint" },
    h("legend", {}, t.stays),
    both.map(({ id }) => radio(id)),
    h("p", { class: "quiet small" }, t.staysHint),
  );
}

/** @param {Joint} joint @param {(joint: Joint, take: Take) => void} choose */
function fieldOf(joint, choose) {
  const name = joint.field === TYPE ? text.choice.type : fieldName(joint.field);
  const show = (/** @type {any} */ value) =>
    joint.field === TYPE ? longText(sayType(value.contact_type, value.detail)) : showValue(joint.field, value);
  if (joint.choices.length === 1) return h("section", { class: "joint" }, h("h3", {}, name), show(joint.kept));
  const option = (/** @type {Take} */ take, /** @type {HTMLElement | string} */ shown) => {
    const input = h("input", {
      type: "radio",
      name: `take-${joint.field}`,
      value: take,
      checked: take === joint.take,
      on: { change: () => choose(joint, take) },
    });
    return h("label", { class: "answer take" }, input, shown);
  };
  return h(
    "fieldset",
    { class: "joint" },
    h("legend", {}, name),
    h(
      "div",
      { class: "takes" },
      option("kept", show(joint.kept)),
      option("other", show(joint.other)),
      joint.choices.includes("both") && option("both", spoken(t.both)),
    ),
  );
}
