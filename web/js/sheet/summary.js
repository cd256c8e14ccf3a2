/**
 * What an ending of the import sheet would do, in numbers, before it is done.
 * @module
 */
import { CONSENTS } from "../choice/choice.js";
import { typeIds, typeWords } from "../choice/types.js";
import { h, icon } from "../parts/dom.js";
import { text } from "../words/strings.js";

const t = text.sheet.summary;

/**
 * @typedef {object} Summary
 * @property {number} selected
 * @property {Record<string, number>} import rows by contact type
 * @property {number} link
 * @property {Record<string, number>} consent rows by consent
 * @property {number} no_consent_decided
 * @property {number} unproven
 * @property {number} withdrawn
 * @property {number} again rows that are not ticked and come again, for somebody waits for the answer
 * @property {number} undecided rows that may be somebody, and nobody has said who
 */

/**
 * The question what becomes of ticked rows of which nobody has said who they are; null when there are none.
 * @param {Summary} summary
 * @param {(fate: "later" | "new") => void} choose
 */
export function undecidedQuestion(summary, choose) {
  if (summary.undecided === 0) return null;
  const choice = (/** @type {"later" | "new"} */ fate, /** @type {string} */ words) =>
    h(
      "label",
      { class: "answer" },
      h("input", {
        type: "radio",
        name: "undecided",
        value: fate,
        checked: fate === "later",
        on: { change: () => choose(fate) },
      }),
      h("span", {}, words),
    );
  return h(
    "fieldset",
    { class: "duplicate" },
    h("legend", {}, t.unanswered(summary.undecided)),
    h("div", { class: "answers" }, choice("later", t.later), choice("new", t.asNew)),
  );
}

/** The numbers as lists; null when there are none. @param {Summary} summary */
export function summaryTable(summary) {
  const some = [...Object.values(summary.import), summary.link, summary.withdrawn, summary.unproven];
  if (some.every((count) => count === 0)) return null;
  const types = typeIds().filter((type) => summary.import[type] > 0);
  const consents = CONSENTS.filter((consent) => summary.consent[consent] > 0);
  return h(
    "section",
    { class: "summary", "aria-label": t.caption },
    h(
      "ul",
      {},
      types.map((type) => h("li", {}, t.type(typeWords(type), summary.import[type]))),
      summary.link > 0 && h("li", { class: "quiet" }, t.link(summary.link)),
    ),
    consents.length > 0 && h("h3", {}, t.consentTitle),
    h(
      "ul",
      {},
      consents.map((consent) => h("li", {}, t.consents(text.choice.consents[consent], summary.consent[consent]))),
    ),
    summary.no_consent_decided > 0 && warning(t.undecided(summary.no_consent_decided)),
    summary.withdrawn > 0 && warning(t.withdrawn(summary.withdrawn)),
    summary.unproven > 0 && warning(t.unproven(summary.unproven)),
  );
}

/** @param {string} words */
function warning(words) {
  return h("p", { class: "warning small" }, icon("alert"), h("span", {}, words));
}
