/**
 * Contacts that may be one person: side by side, with the reasons, and the answers that may be given.
 * @module
 */
import { sayType } from "../choice/choice.js";
import { h, icon } from "../parts/dom.js";
import { longText, spoken } from "../parts/person.js";
import { text } from "../words/strings.js";
import { ago } from "../words/time.js";

const t = text.doubles;
/** Where Google shows its own doubles, and merges them. */
export const GOOGLE = "https://contacts.google.com/suggestions";
let drawn = 0;

/**
 * @typedef {object} Twin
 * @property {string} id
 * @property {string} etag
 * @property {string} name
 * @property {string} organization
 * @property {string[]} emails
 * @property {string[]} phones
 * @property {string} contact_type
 * @property {{status: "express" | "implied" | "none" | "revoked"}} consent
 * @property {string} created_at
 * @property {boolean} [waits] whether it is not sent to Google before this is answered
 */
/** @typedef {{contacts: [string, string], verdict: "likely" | "possible", reasons: string[]}} Tie */
/** @typedef {{contacts: Twin[], ties: Tie[]}} Group */
/** @typedef {{id: string, name: string, emails: string[], phones: string[], contact_id: string | null, contact_name: string}} AtGoogle */
/** @typedef {{id: string, at: string, name: string, other_name: string}} Merge */

/**
 * The card of a group. `apart` says that two are two people, `merge` shows two side by side.
 * @param {Group} group
 * @param {(one: Twin, other: Twin) => Promise<void>} apart
 * @param {(one: Twin, other: Twin) => void} merge
 */
export function doubleCard({ contacts, ties }, apart, merge) {
  drawn += 1;
  const id = `double-${drawn}`;
  // Of more than two it must be clear which two are meant.
  const called = (/** @type {Twin} */ each) =>
    contacts.length > 2 ? t.numbered(contacts.indexOf(each) + 1, spoken(each.name)) : spoken(each.name);
  const twin = new Map(contacts.map((each) => [each.id, each]));
  return h(
    "article",
    { class: "review-card", "aria-labelledby": id, data: { doubles: contacts.map((each) => each.id).join(" ") } },
    h("h3", { id, tabindex: "-1" }, longText(contacts[0].name || text.common.noName)),
    h(
      "div",
      { class: "twins" },
      contacts.map((each) => oneOf(each, called(each))),
    ),
    ties.map(({ contacts: [first, second], reasons }) => {
      const pair = [first, second].map((each) => /** @type {Twin} */ (twin.get(each)));
      return question(pair, t.pair(called(pair[0]), called(pair[1])), reasons, contacts.length > 2, apart, merge);
    }),
  );
}

/** @param {Twin} twin @param {string} called */
function oneOf({ organization, emails, phones, contact_type: type, consent, created_at: made, waits }, called) {
  const values = [organization, ...emails, ...phones].filter(Boolean);
  return h(
    "div",
    { class: "twin" },
    h("strong", {}, longText(called)),
    values.map((value) => h("div", { class: "small" }, longText(value))),
    h("div", { class: "small quiet" }, `${sayType(type, {})} · ${text.choice.consents[consent.status]}`),
    h("div", { class: "small quiet" }, t.added(ago(made))),
    waits && h("p", { class: "small" }, h("span", { class: "badge warn" }, t.waits)),
  );
}

/**
 * @param {Twin[]} pair
 * @param {string} names
 * @param {string[]} reasons
 * @param {boolean} several whether there are more than these two
 * @param {(one: Twin, other: Twin) => Promise<void>} apart
 * @param {(one: Twin, other: Twin) => void} merge
 */
function question([one, other], names, reasons, several, apart, merge) {
  const two = h("button", { type: "button", class: "button", "aria-label": t.apartOf(names) }, t.apart);
  two.addEventListener("click", async () => {
    two.disabled = true;
    try {
      await apart(one, other);
    } finally {
      two.disabled = false;
    }
  });
  const press = { type: "button", class: "button primary", on: { click: () => merge(one, other) } };
  return h(
    "div",
    { class: "tie" },
    several && h("p", { class: "small" }, h("strong", { class: "wrap", dir: "auto" }, names)),
    h("p", { class: "small quiet" }, reasons.map((code) => text.sheet.reasons[code] ?? code).join(", ")),
    h("div", { class: "card-buttons" }, h("button", { ...press, "aria-label": t.compareOf(names) }, t.compare), two),
  );
}

/** What is in Google Contacts twice, and the way to where Google merges it. @param {AtGoogle[]} items */
export function googleCard(items) {
  const lines = items.map(({ name, emails, phones, contact_name: of }) =>
    h(
      "li",
      {},
      h("strong", {}, longText(name || text.common.noName)),
      " ",
      h("span", { class: "quiet wrap", dir: "auto" }, [...emails, ...phones].slice(0, 2).join(", ")),
      of && h("span", { class: "quiet" }, ` · ${t.copyOf(spoken(of))}`),
    ),
  );
  return h(
    "article",
    { class: "review-card" },
    h("h3", { tabindex: "-1" }, t.google(items.length)),
    h("ul", { class: "plain-lines" }, lines),
    h("p", { class: "small quiet" }, t.googleLead),
    h(
      "div",
      { class: "card-buttons" },
      h("a", { class: "button", href: GOOGLE, target: "_blank", rel: "noopener noreferrer" }, t.googleGo),
    ),
  );
}

/** Merges that can be undone. @param {Merge[]} items @param {(merge: Merge) => Promise<void>} undo */
export function mergesCard(items, undo) {
  const lines = items.map((merge) => {
    const names = t.pair(spoken(merge.name), spoken(merge.other_name));
    const back = h("button", { type: "button", class: "link", "aria-label": t.undoOf(names) }, t.undo);
    back.addEventListener("click", async () => {
      back.disabled = true;
      try {
        await undo(merge);
      } finally {
        back.disabled = false;
      }
    });
    return h(
      "li",
      {},
      h("span", { class: "wrap", dir: "auto" }, t.merged(spoken(merge.other_name), spoken(merge.name))),
      " ",
      h("span", { class: "quiet small" }, ago(merge.at)),
      " ",
      back,
    );
  });
  return h(
    "article",
    { class: "review-card" },
    h("h3", { tabindex: "-1" }, icon("check"), " ", t.mergedTitle),
    h("ul", { class: "plain-lines" }, lines),
  );
}
