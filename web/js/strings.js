/**
 * Every word a person reads, in one place: a translation is another set of these objects. Counts are functions, so that a language can
 * form its own plurals.
 * @module
 */
import { appointment, contact, crm } from "./strings/crm.js";
import { common, errors } from "./strings/shared.js";
import { activity, conflicts, holds, refused, review, values } from "./strings/review.js";
import { choice, sheet } from "./strings/sheet.js";
import { button, callback, connect, disconnect } from "./strings/sync.js";

export const text = {
  ...{ errors, common, button, disconnect, connect, callback, sheet, choice, crm, contact, appointment },
  ...{ review, holds, conflicts, refused, activity, values },
};
