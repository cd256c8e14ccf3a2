/**
 * All words in French (fr-CA).
 * @module
 */
export { appointment, repeat } from "./appointment.js";
export { consents, contact, crm } from "./crm.js";
export { activity, conflicts, holds, refused, review, values } from "./review.js";
export { acting, common, errors, reports } from "./shared.js";
export { settings } from "./settings.js";
export { choice, sheet } from "./sheet.js";
export { button, callback, connect, disconnect, waits } from "./sync.js";
