/**
 * How French counts: nothing is singular.
 * @module
 */
import { counting } from "../counting.js";

export const { number, plural } = counting("fr-CA");

/** @param {number} n */
export const contacts = (n) => plural(n, "# contact", "# contacts");
