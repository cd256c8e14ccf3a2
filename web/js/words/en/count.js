/**
 * How English counts.
 * @module
 */
import { counting } from "../counting.js";

export const { number, plural } = counting("en-CA");

/** @param {number} n */
export const contacts = (n) => plural(n, "# contact", "# contacts");
