/**
 * Values of a record's fields as a person reads them: side by side in a choice, or in one line of the activity.
 * @module
 */
import { text } from "../words/strings.js";
import { sayBirthday, sayDate, sayTime } from "../words/time.js";
import { h } from "./dom.js";
import { longText } from "./person.js";

const t = text.values;
const LINE = 60;
const answers = /** @type {Record<string, string>} */ (text.appointment.answers);
const CHOSEN = new Set(["visibility", "status", "busy"]);

/** The name of a field. @param {string} field */
export function fieldName(field) {
  return t.fields[field] ?? field;
}

/**
 * A value, whole.
 * @param {string} field
 * @param {any} value as the service writes it
 * @returns {HTMLElement}
 */
export function showValue(field, value) {
  const parts = wordsOf(field, value);
  if (parts.length === 0) return h("span", { class: "quiet" }, t.nothing);
  const lines = parts.map(({ words, label }) =>
    h(
      "div",
      { class: "value" },
      longText(words),
      label && h("span", { class: "quiet small", dir: "auto" }, ` ${label}`),
    ),
  );
  return h("div", { class: "values" }, lines);
}

/**
 * A value in a few words.
 * @param {string} field
 * @param {any} value
 * @returns {string}
 */
export function sayValue(field, value) {
  const said = wordsOf(field, value)
    .map(({ words, label }) => (label ? `${words} (${label})` : words))
    .join(", ");
  const letters = Array.from(said.replace(/\s+/gu, " "));
  if (letters.length === 0) return t.nothing;
  return letters.length > LINE ? `${letters.slice(0, LINE).join("")}…` : letters.join("");
}

/**
 * @param {string} field
 * @param {any} value
 * @returns {{words: string, label?: string}[]} nothing for a blank
 */
function wordsOf(field, value) {
  if (value === null || value === undefined || value === "") return [];
  if (field === "response") return [{ words: answers[value] ?? String(value) }];
  if (CHOSEN.has(field)) return [{ words: t.words[String(value)] ?? String(value) }];
  if (Array.isArray(value)) return value.flatMap((item) => wordsOf("", item));
  if (typeof value !== "object") return [{ words: String(value) }];
  if ("start" in value) return [{ words: sayWhen(value.start, value.end) }];
  if ("month" in value) return [{ words: sayBirthday(value) }];
  if ("minutes" in value) return [{ words: t.minutes(value.minutes) }];
  if ("email" in value) return [{ words: value.name ? `${value.name} <${value.email}>` : value.email }];
  if ("value" in value) return [{ words: value.value, label: value.type }];
  const place = [value.street, value.extended, value.city, value.region, value.postal_code, value.country];
  return [{ words: place.filter(Boolean).join(", "), label: value.type }];
}

/** @param {import("../words/time.js").Moment} start @param {import("../words/time.js").Moment} end exclusive for whole days */
function sayWhen(start, end) {
  const [from, to] = [sayMoment(start), sayMoment(end)];
  return from === to ? from : t.until(from, to);
}

/** @param {any} moment */
function sayMoment(moment) {
  if (moment.date) return sayDate(moment.date);
  const day = moment.date_time.slice(0, 10);
  return `${sayDate(day)}, ${sayTime(moment.date_time, moment.time_zone)}`;
}
