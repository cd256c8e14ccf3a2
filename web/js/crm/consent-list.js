/**
 * The CRM's page of consents: implied ones that lapse soon, whom to ask while one still may, and addresses that were withdrawn.
 * @module
 */
import { h } from "../parts/dom.js";
import { loader, stateBox } from "../parts/loading.js";
import { avatar, displayName, longText, spoken } from "../parts/person.js";
import { contactForm } from "../records/contact-form.js";
import { editRecord } from "../records/dialog.js";
import { withQuery } from "../service/api.js";
import { ApiError } from "../service/errors.js";
import { text } from "../words/strings.js";
import { sayDate, today } from "../words/time.js";
import { withdrawnList } from "./withdrawn-list.js";

const t = text.consents;
const PATH = "/api/consents/expiring";
const DAYS = 60;
const DAY = 86_400_000;
/** So many days before a consent lapses it is marked. */
const SOON = 14;

/** @typedef {{contact_id: string, name: string, emails: string[], consent: {basis: "transaction" | "inquiry", expires_on: string}}} Expiring */

/**
 * The page. `refresh` loads it anew without a flicker.
 * @param {import("../service/api.js").Api} api
 * @param {(words: string) => void} say
 * @param {() => void} changed called after a contact was saved or archived
 */
export function consentList(api, say, changed) {
  let pages = 1;
  const holder = h("div", { class: "list" });
  const run = loader(holder, t.failed);
  const refresh = (quietly = true) => run(load, quietly);

  async function load() {
    /** @type {Expiring[]} */
    const contacts = [];
    /** @type {string | null} */
    let token = null;
    for (let page = 0; page < pages; page += 1) {
      const answer = await api.get(withQuery(PATH, { days: DAYS, page_token: token }));
      contacts.push(...answer.items);
      token = answer.next_page_token;
      if (!token) break;
    }
    if (contacts.length === 0) return [stateBox("empty", "check", t.none[0], t.none[1])];
    const press = () => {
      pages += 1;
      void refresh();
    };
    const more = h("button", { type: "button", class: "button", on: { click: press } }, text.contact.more);
    return [h("ul", { class: "rows" }, contacts.map(row)), ...(token ? [more] : [])];
  }

  /** @param {Expiring} expiring */
  function row({ contact_id, name, emails, consent }) {
    const left = Math.round((Date.parse(consent.expires_on) - Date.parse(today())) / DAY);
    return h(
      "li",
      { class: "row", data: { id: contact_id } },
      avatar(name, null),
      h("div", { class: "row-main" }, h("div", { class: "name" }, name ? longText(name) : text.common.noName)),
      h("div", { class: "row-reach small" }, longText(emails[0] ?? "")),
      h(
        "div",
        { class: "row-type small" },
        h("div", {}, text.choice.expires(sayDate(consent.expires_on))),
        h("div", { class: "quiet" }, text.choice.bases[consent.basis] ?? ""),
      ),
      h("div", { class: "row-state" }, h("span", { class: left <= SOON ? "badge warn" : "badge" }, t.left(left))),
      h("button", {
        type: "button",
        class: "row-open",
        "aria-label": `${text.contact.edit}: ${spoken(name)}`,
        on: { click: () => void edit(contact_id) },
      }),
    );
  }

  /** @param {string} id */
  async function edit(id) {
    try {
      const contact = await api.get(`/api/contacts/${encodeURIComponent(id)}`);
      editRecord(api, {
        path: "/api/contacts",
        record: contact,
        build: (record) => contactForm(record, api),
        blank: contact,
        words: text.contact,
        done: (event, record) => {
          say((event === "saved" ? text.contact.saved : text.contact.archivedNote)(spoken(displayName(record))));
          void refresh();
          void withdrawn.refresh();
          changed();
        },
      });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      say(error.message);
    }
  }

  void refresh(false);
  const withdrawn = withdrawnList(api, say, (id) => void edit(id));
  return {
    element: h("div", {}, h("p", { class: "quiet consents-lead" }, t.expiring), holder, withdrawn.element),
    refresh: async (quietly = true) => {
      await Promise.all([refresh(quietly), withdrawn.refresh(quietly)]);
    },
  };
}
