/**
 * The contact types and their details, as the service lists them: the vendor of the CRM may have lists of its own. Until they have arrived, and when
 * they cannot be had, the product's own lists stand in.
 * @module
 */
import { ApiError } from "../service/errors.js";
import { language } from "../words/language.js";
import { text } from "../words/strings.js";

/** @typedef {Record<import("../words/language.js").Language, string>} Label */
/** @typedef {{name: string, label: Label, values: {id: string, label: Label}[]}} Part */
/** @typedef {{id: string, label: Label, details: Part[]}} Type */

/** @type {Record<string, string[]>} The product's own types and the parts of their details. */
const OWN = { lead: ["temperature", "horizon", "transaction"], contact: ["grade"], business: ["category"] };
/** @type {Record<string, string>} What a part is when nobody has chosen; any other part is left out. */
const DEFAULTS = { temperature: "new", horizon: "unknown", transaction: "unknown", category: "other" };

/** @type {Type[] | null} */
let listed = null;

/** Takes the service's lists. @param {import("../service/api.js").Api} api */
export async function learnTypes(api) {
  try {
    const { types } = await api.get("/api/contact-types");
    if (types.length > 0) listed = types;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}

/** The ids of all types, in order. @returns {string[]} */
export function typeIds() {
  return listed ? listed.map(({ id }) => id) : Object.keys(OWN);
}

/** The words for a type. @param {string} id @returns {string} */
export function typeWords(id) {
  const type = listed?.find((each) => each.id === id);
  return said(type?.label) ?? /** @type {Record<string, string>} */ (text.choice.types)[id] ?? id;
}

/** The names of the parts that a type's detail has. @param {string} type @returns {string[]} */
export function partsOf(type) {
  if (!listed) return OWN[type] ?? [];
  return listed.find(({ id }) => id === type)?.details.map(({ name }) => name) ?? [];
}

/** The label of a part. @param {string} type @param {string} part @returns {string} */
export function partWords(type, part) {
  return said(find(type, part)?.label) ?? own(part)?.[0] ?? part;
}

/** The values of a part, as id and words; "" stands for no choice where there is no value for that. @param {string} type @param {string} part @returns {[string, string][]} */
export function valuesOf(type, part) {
  const values = find(type, part)?.values.map(
    ({ id, label }) => /** @type {[string, string]} */ ([id, said(label) ?? id]),
  );
  const all = values ?? Object.entries(own(part)?.[1] ?? {});
  const open = fallback(part, new Set(all.map(([id]) => id))) === "";
  const unset = /** @type {Record<string, string>} */ (text.choice.unset)[part] ?? text.choice.unset.other;
  return open ? [["", unset], ...all] : all;
}

/** The value of a part when nobody has chosen; "" when it is then left out. @param {string} type @param {string} part */
export function defaultOf(type, part) {
  return fallback(part, new Set(valuesOf(type, part).map(([id]) => id)));
}

/** @param {string} part @param {Set<string>} values */
function fallback(part, values) {
  const value = DEFAULTS[part];
  return value !== undefined && values.has(value) ? value : "";
}

/** @param {string} type @param {string} part */
function find(type, part) {
  return listed?.find(({ id }) => id === type)?.details.find(({ name }) => name === part);
}

/** @param {Label | undefined} label */
function said(label) {
  return label?.[language()] ?? label?.en;
}

/** @param {string} part @returns {[string, Record<string, string>] | undefined} */
function own(part) {
  return /** @type {any} */ (text.choice.details)[part];
}
