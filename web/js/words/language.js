/**
 * The language in which we speak to the person: which one it is, and how its numbers are written.
 * @module
 */

/** @typedef {"en" | "fr"} Language */

/** @type {Record<Language, string>} */
const LOCALES = { en: "en-CA", fr: "fr-CA" };

/** @type {Language} */
let current = known([document.documentElement.lang, ...navigator.languages]) ?? "en";

/**
 * The first of the wanted languages that we speak, or null.
 * @param {(string | null | undefined)[]} wanted BCP 47 tags, the most wanted first; a region makes no difference
 * @returns {Language | null}
 */
export function known(wanted) {
  for (const tag of wanted) {
    const language = (tag ?? "").toLowerCase().split("-")[0];
    if (language === "en" || language === "fr") return language;
  }
  return null;
}

/** Speaks the first of the wanted languages from now on; when we speak none of them, nothing changes. @param {(string | null | undefined)[]} wanted */
export function speak(wanted) {
  current = known(wanted) ?? current;
}

/** The language that is spoken. */
export function language() {
  return current;
}

/** Its locale, for dates and numbers. */
export function locale() {
  return LOCALES[current];
}

/** A number as the language writes it, e.g. 25,000 or 25 000. @param {number} n */
export function number(n) {
  return n.toLocaleString(locale());
}
