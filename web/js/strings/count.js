/**
 * How English counts.
 * @module
 */

/** @param {number} n @param {string} one @param {string} many */
export const plural = (n, one, many) => (n === 1 ? one : many.replace("#", n.toLocaleString("en-CA")));

/** @param {number} n */
export const contacts = (n) => plural(n, "1 contact", "# contacts");
