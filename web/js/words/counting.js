/**
 * How a language counts.
 * @module
 */

/**
 * What a language's words need for counting.
 * @param {string} locale
 */
export function counting(locale) {
  const rules = new Intl.PluralRules(locale);
  const number = (/** @type {number} */ n) => n.toLocaleString(locale);
  return {
    number,
    /**
     * One thing or many; `#` is the number. @param {number} n @param {string} one @param {string} many
     * @returns {string}
     */
    plural: (n, one, many) => (rules.select(n) === "one" ? one : many).replace("#", number(n)),
  };
}
