/**
 * Every word a person reads, in one place: a translation is another set of these objects, of the same shape. Counts are functions, so that a
 * language can form its own plurals.
 * @module
 */
import * as en from "./en/index.js";
import * as fr from "./fr/index.js";
import { language } from "./language.js";

/** Each set of words by its language. @type {Record<import("./language.js").Language, typeof en>} */
export const LANGUAGES = { en, fr };

/**
 * A set of words that is looked up when it is used, so that it is in the language that is spoken then.
 * @param {string} name
 */
function spoken(name) {
  return new Proxy({}, { get: (_, word) => /** @type {any} */ (LANGUAGES[language()])[name][word] });
}

/** @type {typeof en} */
export const text = /** @type {any} */ (Object.fromEntries(Object.keys(en).map((name) => [name, spoken(name)])));
