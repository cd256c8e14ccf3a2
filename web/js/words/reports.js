/**
 * What the service reports by a code, in the person's language.
 * @module
 */
import { text } from "./strings.js";

/**
 * Why Google does not take a record.
 * @param {string | null | undefined} code the stable reason
 * @param {string | null | undefined} message the service's own sentence, for a reason that has no translation
 */
export function refusalWords(code, message) {
  return message ? (text.reports.refusals[code ?? ""] ?? text.reports.otherRefusal(message)) : "";
}

/**
 * What keeps the sync from going on.
 * @param {{code: string, message: string, action: string}} problem
 * @param {{holds: number, refused: number, conflicts: number, doubles: number}} counts
 */
export function problemWords({ code, message, action }, counts) {
  return text.reports.problems[code]?.(counts) ?? text.reports.otherProblem(message, action === "wait");
}
