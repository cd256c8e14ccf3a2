/**
 * What this browser keeps of a person beyond a window: the choices on the import sheet that the service does not have yet.
 * @module
 */

/** How the entries of all persons begin; what follows is whose they are. */
export const DRAFTS = "crmsync.drafts.";

/** Nothing of a person stays in this browser. @param {string} owner */
export function forgetPerson(owner) {
  localStorage.removeItem(DRAFTS + owner);
}
