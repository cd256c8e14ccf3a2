/**
 * How a person is shown: name, picture, long values that open. Everything is text; every value sets its own direction.
 * @module
 */
import { text } from "../words/strings.js";
import { sayBirthday } from "../words/time.js";
import { h } from "./dom.js";

const LONG = 140;
const LABEL = 80;

/**
 * The name to show for a contact record of the CRM, or what it holds instead; "" when it has nothing to go by. The service calls it the same
 * (`core/text/titles.py`).
 * @param {Record<string, any>} contact
 * @returns {string}
 */
export function displayName(contact) {
  const parts = [contact.prefix, contact.given_name, contact.middle_name, contact.family_name, contact.suffix];
  const name = parts.filter(Boolean).join(" ").trim();
  return (
    name ||
    contact.nickname ||
    firstLine(contact.organization) ||
    firstOf(contact.emails) ||
    firstOf(contact.phones) ||
    firstLine(contact.job_title) ||
    contact.addresses?.map(sayAddress).find(Boolean) ||
    calledBy("note", firstLine(contact.notes)) ||
    firstOf(contact.urls) ||
    (contact.birthday ? text.common.bornOn(sayBirthday(contact.birthday)) : "")
  );
}

/**
 * What a Google contact is called: what stands for a name says what it is, where that is not plain.
 * @param {string} kind what of the contact it is, as the service names it
 * @param {string} value
 * @returns {string}
 */
export function calledBy(kind, value) {
  if (value && kind === "note") return text.common.noteOf(value);
  const day = kind === "birthday" && value.match(/^(\d{4}|-)-(\d\d)-(\d\d)$/);
  if (!day) return value;
  return text.common.bornOn(sayBirthday({ year: Number(day[1]) || 0, month: Number(day[2]), day: Number(day[3]) }));
}

/** @param {{value: string}[] | undefined} items */
function firstOf(items) {
  return items?.map(({ value }) => value.trim()).find(Boolean) ?? "";
}

/** The first line of a text that says anything. @param {string | undefined} value */
function firstLine(value) {
  const lines = (value ?? "").split(/\r?\n/u);
  return lines.map((line) => line.trim()).find(Boolean) ?? "";
}

/** A postal address in one line. @param {Record<string, string>} address */
function sayAddress({ street, extended, city, region, postal_code, country }) {
  const lines = (/** @type {string} */ value) =>
    value
      .split(/\r?\n/u)
      .map((line) => line.trim())
      .filter(Boolean)
      .join(", ");
  const town = [city, region, postal_code].map(lines).filter(Boolean).join(" ");
  return [lines(street), lines(extended), town, lines(country)].filter(Boolean).join(", ");
}

/** A name short enough to be said in the label of a control. @param {string} name */
export function spoken(name) {
  const said = name.trim() || text.common.noName;
  return said.length > LABEL ? `${said.slice(0, LABEL)}…` : said;
}

/** The first letters of a name, whole characters whatever the script. @param {string} name */
export function initials(name) {
  const words = name
    .normalize("NFC")
    .split(/[\s,.;:()<>"'/\\|=+@-]+/u)
    .filter((word) => /^\p{L}/u.test(word));
  const picked = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  const letters = new Intl.Segmenter(undefined, { granularity: "grapheme" });
  return picked.map((word) => [...letters.segment(word.slice(0, 16))][0].segment.toLocaleUpperCase()).join("");
}

/**
 * A photo, or initials when there is none or it does not load.
 * @param {string} name
 * @param {string | null | undefined} photo
 */
export function avatar(name, photo) {
  const letters = initials(name) || "?";
  const hue = String([...name].reduce((sum, char) => (sum * 31 + (char.codePointAt(0) ?? 0)) % 6, 7));
  const frame = h("span", { class: "avatar", "aria-hidden": "true", data: { hue } }, letters);
  if (photo && isGooglePicture(photo)) {
    // The picture lies over the letters, which show until it has arrived, and again if it never does.
    const image = h("img", { alt: "", loading: "lazy", decoding: "async", referrerpolicy: "no-referrer", src: photo });
    image.addEventListener("error", () => image.remove());
    frame.append(image);
  }
  return frame;
}

/**
 * Whether a picture comes from where Google keeps them, or from the simulated Google beside these pages: any other host would learn who looks
 * at whom.
 * @param {string} url
 */
function isGooglePicture(url) {
  if (/^https:\/\/([a-z0-9-]+\.)+(googleusercontent|ggpht)\.com\//.test(url)) return true;
  return location.hostname === "127.0.0.1" && url.startsWith("http://127.0.0.1:");
}

/**
 * A value of any length: long ones are folded, with a way to see them whole.
 * @param {string} value
 * @param {string} [className]
 */
export function longText(value, className = "") {
  const span = h("span", { class: `wrap ${className}`, dir: "auto" }, value);
  if (value.length <= LONG) return span;
  span.textContent = `${cut(value)}…`;
  const more = h("button", { type: "button", class: "link small", "aria-expanded": "false" }, text.common.more);
  more.addEventListener("click", () => {
    const open = more.getAttribute("aria-expanded") !== "true";
    more.setAttribute("aria-expanded", String(open));
    more.textContent = open ? text.common.less : text.common.more;
    span.textContent = open ? value : `${cut(value)}…`;
  });
  return h("span", { class: "long-text" }, span, " ", more);
}

/** The beginning of a text, never half a character. @param {string} value */
function cut(value) {
  return Array.from(value.slice(0, LONG + 2))
    .slice(0, LONG)
    .join("");
}
