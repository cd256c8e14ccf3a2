/**
 * The form of a contact: every field of the record.
 * @module
 */
import { detailOf, tidyConsent, withdrawnOn } from "../choice/choice.js";
import { consentFields, typeFields } from "../choice/fields.js";
import { h } from "../parts/dom.js";
import { refusalWords } from "../words/reports.js";
import { text } from "../words/strings.js";
import { sayDate } from "../words/time.js";
import { showConsentHistory } from "./consent-history.js";
import { growingList, section, textArea, textField } from "./controls.js";

const t = text.contact;
/** @type {import("../choice/fields.js").Naming} */
const named = { visible: true, name: (what) => what };
const PLACE = /** @type {const} */ (["street", "extended", "city", "region", "postal_code", "country"]);
const SIMPLE = /** @type {const} */ ([
  "prefix",
  "given_name",
  "middle_name",
  "family_name",
  "suffix",
  "nickname",
  "organization",
  "job_title",
]);

/** What a new contact starts from. */
export const BLANK_CONTACT = {
  emails: [{ value: "", type: "" }],
  phones: [{ value: "", type: "" }],
  addresses: [],
  urls: [],
  birthday: null,
  contact_type: "contact",
  detail: {},
  consent: { status: "none" },
};

/**
 * The form of this contact.
 * @param {Record<string, any>} contact
 * @param {import("../service/api.js").Api | null} [api] to show the history of consent with
 * @returns {import("./dialog.js").RecordForm}
 */
export function contactForm(contact, api = null) {
  const simple = Object.fromEntries(SIMPLE.map((name) => [name, textField(name, t.fields[name], contact[name])]));
  const emails = labelled("emails", contact.emails, { type: "email", inputmode: "email", dir: "ltr" });
  const phones = labelled("phones", contact.phones, { type: "tel", inputmode: "tel", dir: "ltr" });
  const urls = labelled("urls", contact.urls, { inputmode: "url", dir: "ltr" });
  const addresses = growingList({
    items: contact.addresses,
    line: addressLine,
    blank: {},
    label: t.fields.addresses,
    add: t.addItem.addresses,
    remove: t.removeItem,
  });
  const birthday = birthdayFields(contact.birthday);
  const notes = textArea("notes", t.fields.notes, contact.notes);
  let type = { contact_type: contact.contact_type, detail: detailOf(contact.contact_type, contact.detail) };
  let consent = tidyConsent(contact.consent);
  const withdrawn = contact.emails
    .filter((/** @type {{withdrawn?: string | null}} */ email) => email.withdrawn)
    .map((/** @type {{value: string, withdrawn: string}} */ email) => ({ address: email.value, at: email.withdrawn }));

  const element = h(
    "div",
    { class: "sections" },
    contact.sync?.message &&
      h(
        "p",
        { class: "banner", role: "note" },
        h("span", { dir: "auto" }, refusalWords(contact.sync.problem, contact.sync.message)),
      ),
    section(
      t.groups.name,
      SIMPLE.slice(0, 6).map((name) => simple[name].element),
    ),
    section(
      t.groups.work,
      SIMPLE.slice(6).map((name) => simple[name].element),
    ),
    section(t.groups.reach, [emails.element, phones.element, urls.element]),
    section(t.groups.places, [addresses.element]),
    section(
      t.groups.crm,
      [
        typeFields(type, named, (changed) => (type = changed)),
        consentFields(consent, named, (changed) => (consent = changed), withdrawn),
        contact.consent.recorded_by &&
          h(
            "p",
            { class: "quiet small wide" },
            t.recordedBy,
            " ",
            h("bdi", {}, contact.consent.recorded_by),
            contact.consent.expires_on && `. ${text.choice.expires(sayDate(contact.consent.expires_on))}`,
          ),
        contact.id &&
          api &&
          h(
            "button",
            {
              type: "button",
              class: "link small history",
              on: { click: () => void showConsentHistory(api, /** @type {{id: string}} */ (contact)) },
            },
            text.consents.title,
          ),
      ],
      t.groups.crmNote,
    ),
    section(t.groups.more, [birthday.element, notes.element]),
  );
  return {
    element,
    read: () => ({
      ...Object.fromEntries(SIMPLE.map((name) => [name, simple[name].input.value])),
      emails: emails.read(),
      phones: phones.read(),
      urls: urls.read(),
      addresses: addresses.read(),
      birthday: birthday.read(),
      notes: notes.input.value,
      ...type,
      consent,
    }),
    reconsider: (error) => (error.code === "withdrawn" ? overruling(error.body.error.current.withdrawn) : null),
  };
}

/**
 * Consent is asked for anew where it was withdrawn; it may be recorded for the other addresses without.
 * @param {import("../choice/choice.js").Withdrawn[]} withdrawn
 * @returns {import("./dialog.js").Overruling}
 */
function overruling(withdrawn) {
  const named = withdrawn.map((each) =>
    text.choice.withdrawn.one(each.address, sayDate(withdrawnOn(each), { dateStyle: "medium" })),
  );
  return { message: t.withdrawn.ask(named.join(", ")), go: t.withdrawn.keep, query: "?withdrawn=keep" };
}

/**
 * A list of values with a label each.
 * @param {"emails" | "phones" | "urls"} name
 * @param {{value: string, type: string}[]} items
 * @param {Record<string, any>} attributes
 */
function labelled(name, items, attributes) {
  const label = t.fields[name];
  return growingList({
    items,
    blank: { value: "", type: "" },
    label,
    add: t.addItem[name],
    remove: t.removeItem,
    line: (item, index) => {
      const value = h("input", {
        type: "text",
        ...attributes,
        name: `${name}.${index}.value`,
        value: item.value,
        "aria-label": t.itemOf(label, index + 1),
        placeholder: label,
        autocomplete: "off",
      });
      const type = h("input", {
        type: "text",
        name: `${name}.${index}.type`,
        value: item.type,
        "aria-label": t.itemOf(`${label} ${t.fields.type}`, index + 1),
        placeholder: t.labelHint,
        maxlength: "200",
        dir: "auto",
      });
      return {
        element: h("div", { class: "value-line" }, value, type),
        read: () => (value.value.trim() ? { value: value.value, type: type.value } : null),
      };
    },
  });
}

/**
 * @param {Record<string, string>} address
 * @param {number} index
 * @returns {import("./controls.js").Line}
 */
function addressLine(address, index) {
  const parts = [...PLACE, "type"].map((part) => {
    const name = /** @type {typeof PLACE[number] | "type"} */ (part);
    return [part, textField(`addresses.${index}.${part}`, t.fields[name], address[part])];
  });
  const fields = /** @type {Record<string, ReturnType<typeof textField>>} */ (Object.fromEntries(parts));
  return {
    element: h(
      "div",
      { class: "address", role: "group", "aria-label": t.itemOf(t.fields.addresses, index + 1) },
      Object.values(fields).map((field) => field.element),
    ),
    read: () => {
      const value = Object.fromEntries(Object.entries(fields).map(([part, { input }]) => [part, input.value]));
      return PLACE.some((part) => value[part].trim()) ? value : null;
    },
  };
}

/** Month, day and, when known, the year: a birthday without a year stays so. @param {{year?: number | null, month: number, day: number} | null} birthday */
function birthdayFields(birthday) {
  const months = Array.from({ length: 12 }, (_, index) =>
    sayDate(`2000-${String(index + 1).padStart(2, "0")}-01`, { month: "long" }),
  );
  const month = h(
    "select",
    {
      name: "birthday.month",
      value: String(birthday?.month ?? ""),
      "aria-label": `${t.fields.birthday}: ${t.fields.month}`,
    },
    h("option", { value: "" }, t.noMonth),
    months.map((words, index) => h("option", { value: index + 1 }, words)),
  );
  const number = (
    /** @type {string} */ part,
    /** @type {string} */ label,
    /** @type {number} */ most,
    /** @type {number | null | undefined} */ value,
  ) =>
    h("input", {
      type: "number",
      name: `birthday.${part}`,
      min: "1",
      max: most,
      value: value ?? "",
      placeholder: label,
      "aria-label": `${t.fields.birthday}: ${label}`,
    });
  const day = number("day", t.fields.day, 31, birthday?.day);
  const year = number("year", t.fields.year, 9999, birthday?.year);
  return {
    element: h(
      "div",
      { class: "field wide" },
      h("span", {}, t.fields.birthday),
      h("div", { class: "birthday" }, month, day, year),
    ),
    read: () => {
      if (!month.value && !day.value && !year.value) return null;
      const known = { month: Number(month.value), day: Number(day.value) };
      return year.value ? { ...known, year: Number(year.value) } : known;
    },
  };
}
