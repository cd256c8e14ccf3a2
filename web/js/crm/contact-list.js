/**
 * The CRM's contacts: search, the archive, adding and changing.
 * @module
 */
import { sayType } from "../choice/choice.js";
import { h, icon } from "../parts/dom.js";
import { loader, stateBox, whilePending } from "../parts/loading.js";
import { avatar, displayName, longText, spoken } from "../parts/person.js";
import { searchField } from "../parts/search-field.js";
import { BLANK_CONTACT, contactForm } from "../records/contact-form.js";
import { editRecord } from "../records/dialog.js";
import { ApiError } from "../service/errors.js";
import { refusalWords } from "../words/reports.js";
import { text } from "../words/strings.js";

const t = text.contact;
const PATH = "/api/contacts";
const PAGE = 100;

/** @typedef {Record<string, any>} Contact */

/**
 * The page of contacts. `refresh` loads it anew without a flicker.
 * @param {import("../service/api.js").Api} api
 * @param {(words: string) => void} say
 * @param {() => void} changed called after a record was saved, archived or restored
 */
export function contactList(api, say, changed) {
  let q = "";
  let archived = false;
  let pages = 1;
  const holder = h("div", { class: "list" });
  const run = loader(holder, t.failed);
  const refresh = (quietly = true) => run(load, quietly);
  const lookAgain = whilePending(holder, () => void refresh());

  async function load() {
    /** @type {Contact[]} */
    const contacts = [];
    /** @type {string | null} */
    let token = null;
    let total = 0;
    for (let page = 0; page < pages; page += 1) {
      const answer = await api.search(PATH, { q, archived, page_size: PAGE, page_token: token });
      contacts.push(...answer.items);
      token = answer.next_page_token;
      total = answer.total ?? contacts.length;
      if (!token) break;
    }
    lookAgain(contacts);
    if (contacts.length === 0) return [emptyState()];
    const more = h(
      "button",
      {
        type: "button",
        class: "button",
        on: {
          click: () => {
            pages += 1;
            void refresh();
          },
        },
      },
      t.more,
    );
    return [
      h("p", { class: "quiet small count", role: "status" }, t.count(total)),
      h("ul", { class: "rows" }, contacts.map(row)),
      ...(token ? [more] : []),
    ];
  }

  function emptyState() {
    if (q) return stateBox("search", "search", t.emptySearch[0], t.emptySearch[1]);
    if (archived) return stateBox("archive", "people", t.emptyArchive[0], t.emptyArchive[1]);
    return stateBox("empty", "people", t.empty[0], t.empty[1]);
  }

  /** @param {Contact} contact */
  function row(contact) {
    const name = displayName(contact);
    const problem = refusalWords(contact.sync?.problem, contact.sync?.message);
    const open = h("button", {
      type: "button",
      class: "row-open",
      "aria-label": `${t.edit}: ${spoken(name)}`,
      on: { click: () => edit(contact) },
    });
    const values = [contact.emails[0]?.value, contact.phones[0]?.value].filter(Boolean);
    const state = contact.sync?.state ?? "";
    return h(
      "li",
      { class: "row", data: { id: contact.id } },
      avatar(name, null),
      h(
        "div",
        { class: "row-main" },
        h("div", { class: "name" }, name ? longText(name) : text.common.noName),
        contact.organization &&
          name !== contact.organization &&
          h("div", { class: "quiet small" }, longText(contact.organization)),
      ),
      h(
        "div",
        { class: "row-reach small" },
        values.map((value) => h("div", {}, longText(value))),
      ),
      h(
        "div",
        { class: "row-type small" },
        sayType(contact.contact_type, contact.detail),
        h(
          "div",
          { class: contact.can_email ? "mail-ok" : "quiet" },
          contact.can_email ? text.choice.mailOk : text.choice.mailBlocked,
        ),
      ),
      h(
        "div",
        { class: "row-state" },
        t.sync[state] && h("span", { class: problem ? "badge warn" : "badge", title: problem || null }, t.sync[state]),
      ),
      archived
        ? h(
            "button",
            {
              type: "button",
              class: "button row-action",
              "aria-label": `${t.restore}: ${spoken(name)}`,
              on: { click: () => void restore(contact) },
            },
            t.restore,
          )
        : open,
    );
  }

  /** @param {Contact | null} contact */
  function edit(contact) {
    editRecord(api, {
      path: PATH,
      record: contact,
      build: (record) => contactForm(record, api),
      blank: BLANK_CONTACT,
      words: t,
      done: (event, record) => {
        say((event === "saved" ? t.saved : t.archivedNote)(spoken(displayName(record))));
        void refresh();
        changed();
      },
    });
  }

  /** @param {Contact} contact */
  async function restore(contact) {
    try {
      await api.post(`${PATH}/${encodeURIComponent(contact.id)}/restore`, {}, { key: crypto.randomUUID() });
      say(t.restoredNote(spoken(displayName(contact))));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      say(error.message);
    }
    await refresh();
    changed();
  }

  const search = searchField({ label: t.search }, (typed) => {
    [q, pages] = [typed, 1];
    void refresh();
  });
  const show = h(
    "select",
    { "aria-label": t.show },
    h("option", { value: "" }, t.active),
    h("option", { value: "archived" }, t.archived),
  );
  show.addEventListener("change", () => {
    [archived, pages] = [show.value === "archived", 1];
    void refresh(false);
  });
  const add = h(
    "button",
    { type: "button", class: "button primary", on: { click: () => edit(null) } },
    icon("plus"),
    t.add,
  );
  const element = h(
    "section",
    { "aria-label": text.crm.contacts },
    h("div", { class: "tools" }, search.element, show, add),
    holder,
  );
  void refresh(false);
  return { element, refresh };
}
