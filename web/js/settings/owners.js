/**
 * Who wins when both sides changed a field: one answer for all, or field by field.
 * @module
 */
import { h } from "../parts/dom.js";
import { text } from "../words/strings.js";
import { radios } from "./section.js";

const t = text.settings.owners;

const FIELDS = {
  contacts: [
    ...["given_name", "middle_name", "family_name", "prefix", "suffix", "nickname", "organization", "job_title"],
    ...["emails", "phones", "addresses", "urls", "birthday", "notes"],
  ],
  appointments: [
    ...["when", "recurrence", "title", "location", "description", "attendees"],
    ...["reminders", "visibility", "busy", "status"],
  ],
};
const ALL = [...FIELDS.contacts, ...FIELDS.appointments];

/**
 * Fills the section.
 * @param {import("./section.js").Section} section
 * @param {import("./section.js").Settings} settings
 */
export function showOwners(section, settings) {
  let { owners } = settings;
  const overall = () => {
    const count = ALL.filter((name) => owners[name] === "google").length;
    return count === 0 ? "crm" : count === ALL.length ? "google" : "";
  };
  /** @type {HTMLSelectElement[]} */
  const selects = [];
  const showFields = () => {
    for (const select of selects) select.value = owners[select.name] ?? "crm";
  };
  const both = radios("owners", t.title, t.sides, overall(), (side, input) => {
    owners = side === "google" ? Object.fromEntries(ALL.map((name) => [name, "google"])) : {};
    showFields();
    void section.save({ owners }, input);
  });
  /** @param {string} name */
  const row = (name) => {
    const select = h(
      "select",
      { name },
      t.sides.map(([value, label]) => h("option", { value }, label)),
    );
    select.addEventListener("change", () => {
      owners = { ...owners, [name]: select.value };
      both.show(overall());
      void section.save({ owners }, select);
    });
    selects.push(select);
    return h("label", { class: "owner" }, h("span", {}, text.values.fields[name]), select);
  };
  const groups = /** @type {(keyof typeof FIELDS)[]} */ (["contacts", "appointments"]).map((kind) =>
    h("div", {}, h("h3", {}, text.crm[kind]), FIELDS[kind].map(row)),
  );
  showFields();
  const open = overall() === "";
  section.body.append(
    both.element,
    h("details", { open }, h("summary", {}, t.more), h("div", { class: "owners" }, groups)),
  );
}
