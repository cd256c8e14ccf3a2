/**
 * Contact type, its detail, and consent: what may be chosen and what follows from it.
 * @module
 */
import { text } from "../words/strings.js";
import { HERE, shiftMonths, wallClock } from "../words/time.js";
import { defaultOf, partsOf, typeWords, valuesOf } from "./types.js";

/** @typedef {string} ContactType one of the service's list */
/** @typedef {"express" | "implied" | "none" | "revoked"} ConsentStatus */
/**
 * @typedef {object} Consent
 * @property {ConsentStatus} status
 * @property {"transaction" | "inquiry" | null} [basis]
 * @property {string | null} [obtained_on] YYYY-MM-DD
 * @property {string | null} [source]
 * @property {string | null} [note]
 */
/**
 * What a person has chosen for a row of the sheet.
 * @typedef {object} Choice
 * @property {boolean} selected
 * @property {ContactType} contact_type
 * @property {Record<string, string>} detail
 * @property {Consent} consent
 * @property {string | null} [same_row] the row that this one is added to, as both are one person
 * @property {string[]} [other_rows] rows that are somebody else
 * @property {string | null} [same_person] the id of the CRM contact that it is said to be, "none" of those asked about, or null
 */

/** @type {ConsentStatus[]} */
export const CONSENTS = ["none", "express", "implied", "revoked"];

/**
 * The detail of a type: what was given and fits, else the default. What is not chosen is left out.
 * @param {ContactType} type
 * @param {Record<string, string>} [given]
 */
export function detailOf(type, given = {}) {
  /** @type {Record<string, string>} */
  const detail = {};
  for (const part of partsOf(type)) {
    const value = given[part] ?? defaultOf(type, part);
    if (value !== "") detail[part] = value;
  }
  return detail;
}

/**
 * The options of one part of a detail, as value and words.
 * @param {ContactType} type
 * @param {string} part
 * @param {boolean} [short] whether there is little room
 * @returns {[string, string][]}
 */
export function detailOptions(type, part, short = false) {
  const shorter = short ? /** @type {Record<string, Record<string, string>>} */ (text.choice.short)[part] : undefined;
  return valuesOf(type, part).map(([value, words]) => [value, shorter?.[value] ?? words]);
}

/** A type and its detail in a few words, e.g. "Lead · Hot · Buyer". @param {ContactType} type @param {Record<string, string>} detail */
export function sayType(type, detail) {
  const said = partsOf(type).flatMap((part) => {
    const value = detail[part];
    if (!value || value === "unknown") return [];
    return [new Map(detailOptions(type, part)).get(value) ?? value];
  });
  return [typeWords(type), ...said].join(" · ");
}

/** Months after which implied consent lapses, by its basis. */
const LAPSES = { transaction: 24, inquiry: 6 };

/**
 * The day on which implied consent lapses, or null when it does not or is not known. The service computes the one that counts.
 * @param {Consent} consent
 */
export function lapse(consent) {
  if (consent.status !== "implied" || !consent.basis || !consent.obtained_on) return null;
  return shiftMonths(consent.obtained_on, LAPSES[consent.basis]);
}

/** @typedef {{address: string, at: string}} Withdrawn An address for which consent was withdrawn, and since when. */

/** The day on which consent was withdrawn for an address. @param {Withdrawn} withdrawn */
export function withdrawnOn({ at }) {
  return wallClock(Date.parse(at), HERE).date;
}

/** Whether a consent says yes to e-mail. @param {Consent} consent */
export function grants({ status }) {
  return status === "express" || status === "implied";
}

/** Whether it is recorded where and when a consent was given. @param {Consent} consent */
export function isProven({ source, obtained_on }) {
  return Boolean(source?.trim() && obtained_on);
}

/**
 * The withdrawn addresses for which a consent says yes, though it is no newer. The service decides which they are.
 * @param {Consent} consent
 * @param {Withdrawn[]} withdrawn
 * @param {boolean} now whether the consent is stated now: then that of the same day is newer
 */
export function unmet(consent, withdrawn, now) {
  if (!grants(consent)) return [];
  return withdrawn.filter((each) => {
    const [day, was] = [consent.obtained_on ?? "", withdrawnOn(each)];
    return !isProven(consent) || day < was || (day === was && !now);
  });
}

/**
 * A consent without what does not belong to its status and without blanks, as the service takes it.
 * @param {Consent} consent
 * @returns {Consent}
 */
export function tidyConsent({ status, basis, obtained_on, source, note }) {
  /** @type {Consent} */
  const tidy = { status };
  if (status === "implied" && basis) tidy.basis = basis;
  if (status !== "none" && obtained_on) tidy.obtained_on = obtained_on;
  if (source) tidy.source = source;
  if (note) tidy.note = note;
  return tidy;
}
