/**
 * Hands files to the person.
 * @module
 */
import { h } from "./dom.js";

/** Has the browser save a file under this name. @param {Blob} file @param {string} name */
export function saveFile(file, name) {
  const href = URL.createObjectURL(file);
  h("a", { href, download: name }).click();
  URL.revokeObjectURL(href);
}
