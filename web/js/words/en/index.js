/**
 * All words in English (en-CA).
 * @module
 */
export { appointment, repeat } from "./appointment.js";
export { consents, contact, crm } from "./crm.js";
export { departure, disconnect } from "./leaving.js";
export { activity, conflicts, doubles, holds, refused, review, values } from "./review.js";
export { acting, common, errors, reports, sharing } from "./shared.js";
export { settings } from "./settings.js";
export { choice, sheet } from "./sheet.js";
export { button, callback, connect, waits } from "./sync.js";
