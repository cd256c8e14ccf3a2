/**
 * The countries and time zones to choose from, as the browser knows them.
 * @module
 */
import { locale } from "../words/language.js";

const LETTERS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
/** Codes that name no country. */
const NONE = new Set(["CP", "EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"]);

/**
 * Countries by name. @param {string} own one that is offered whatever the browser knows
 * @returns {[string, string][]} code and name
 */
export function countries(own) {
  const names = new Intl.DisplayNames([locale()], { type: "region", fallback: "none" });
  const codes = LETTERS.flatMap((first) => LETTERS.map((second) => first + second)).filter(
    (code) => !NONE.has(code) && names.of(code) && Intl.getCanonicalLocales(`und-${code}`)[0] === `und-${code}`,
  );
  return [...new Set([...codes, own])]
    .map((code) => /** @type {[string, string]} */ ([code, names.of(code) ?? code]))
    .sort(([, a], [, b]) => a.localeCompare(b, locale()));
}

/**
 * Time zones.
 * @param {string} own one that is offered whatever the browser knows
 * @returns {[string, string][]} IANA name and what is shown
 */
export function zones(own) {
  const names = [...new Set([...Intl.supportedValuesOf("timeZone"), own])].sort();
  return names.map((name) => [name, name.replaceAll("_", " ")]);
}
