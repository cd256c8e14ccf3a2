/**
 * Why Google does not take a record, in the person's language.
 * @module
 */
import { text } from "./strings.js";

/**
 * @param {string | null | undefined} code the stable reason
 * @param {string | null | undefined} message the service's own sentence, for a reason that has no translation
 */
export function refusalWords(code, message) {
  return message ? (text.reports.refusals[code ?? ""] ?? message) : "";
}
