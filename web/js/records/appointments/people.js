/**
 * Who belongs to an appointment: its guests with their answers, and the contacts of the CRM that it is about.
 * @module
 */
import { fill, h, icon } from "../../parts/dom.js";
import { displayName, spoken } from "../../parts/person.js";
import { searchField } from "../../parts/search-field.js";
import { ApiError } from "../../service/errors.js";
import { text } from "../../words/strings.js";
import { checkBox, growingList } from "../controls.js";

const FOUND = 8;

/** @typedef {{email: string, name?: string, response?: string | null}} Guest */

/**
 * The guests, and whether they are mailed.
 * @param {Guest[]} guests
 * @param {boolean} mailed
 */
export function guestFields(guests, mailed) {
  const t = text.appointment;
  const list = growingList({
    items: guests,
    line: guestLine,
    blank: { email: "" },
    label: t.fields.attendees,
    add: t.addGuest,
    remove: (_, n) => t.removeGuest(n),
  });
  const notify = checkBox("notify_guests", t.fields.notify_guests, mailed);
  return {
    elements: [list.element, notify.element],
    read: () => ({ attendees: list.read(), notify_guests: notify.input.checked }),
  };
}

/** @param {Guest} guest @param {number} index @returns {import("../controls.js").Line} */
function guestLine(guest, index) {
  const t = text.appointment;
  const email = h("input", {
    type: "email",
    name: `attendees.${index}.email`,
    value: guest.email,
    "aria-label": `${t.fields.email} ${index + 1}`,
    placeholder: t.fields.email,
    autocomplete: "off",
  });
  const name = h("input", {
    type: "text",
    name: `attendees.${index}.name`,
    value: guest.name ?? "",
    "aria-label": `${t.fields.name} ${index + 1}`,
    placeholder: t.fields.name,
    dir: "auto",
    autocomplete: "off",
  });
  const answer = /** @type {Record<string, string>} */ (t.responses)[guest.response ?? ""];
  return {
    element: h(
      "div",
      { class: "guest" },
      h("div", { class: "value-line" }, email, name),
      answer && h("span", { class: guest.response === "accepted" ? "badge good" : "badge" }, answer),
    ),
    read: () =>
      email.value.trim()
        ? { email: email.value.trim(), name: name.value, ...(guest.response ? { response: guest.response } : {}) }
        : null,
  };
}

/**
 * The linked contacts, and a search that adds to them.
 * @param {import("../../service/api.js").Api} api
 * @param {string[]} ids
 */
export function contactFields(api, ids) {
  const t = text.appointment;
  let chosen = [...ids];
  /** @type {Map<string, string>} */
  const names = new Map();
  const chips = h("ul", { class: "chips", "aria-label": t.fields.contact_ids });
  const results = h("ul", { class: "found", hidden: true });
  const status = h("p", { class: "out-of-sight", role: "status" });
  const { element: search, input } = searchField({ label: t.links.find, name: "contact_ids" }, (q) => void find(q));
  const show = () => {
    fill(
      chips,
      chosen.map((id) => {
        const name = names.get(id) || "…";
        const drop = h(
          "button",
          { type: "button", class: "chip-drop", "aria-label": t.links.remove(spoken(name)) },
          icon("close"),
        );
        drop.addEventListener("click", () => {
          chosen = chosen.filter((other) => other !== id);
          show();
          input.focus();
        });
        return h("li", { class: "chip" }, h("span", { dir: "auto" }, name), drop);
      }),
    );
    chips.hidden = chosen.length === 0;
  };
  /** @param {string} id */
  const name = async (id) => {
    const contact = await api.get(`/api/contacts/${encodeURIComponent(id)}`).catch((error) => {
      if (!(error instanceof ApiError)) throw error;
      return null;
    });
    names.set(id, (contact && displayName(contact)) || text.common.noName);
    show();
  };
  for (const id of chosen) void name(id);

  let latest = 0;
  /** @param {string} q */
  const find = async (q) => {
    latest += 1;
    const mine = latest;
    if (!q) {
      results.hidden = true;
      return;
    }
    const page = await api.search("/api/contacts", { q, page_size: FOUND }).catch((error) => {
      if (!(error instanceof ApiError)) throw error;
      return { items: [] };
    });
    if (mine !== latest) return;
    const fresh = page.items.filter((/** @type {any} */ contact) => !chosen.includes(contact.id));
    fill(results, fresh.length > 0 ? fresh.map(result) : h("li", { class: "quiet small none" }, t.links.none));
    results.hidden = false;
    status.textContent = t.links.found(fresh.length);
  };
  /** @param {any} contact */
  const result = (contact) => {
    const called = displayName(contact) || text.common.noName;
    const add = h(
      "button",
      { type: "button", class: "found-one" },
      h("strong", { dir: "auto" }, called),
      contact.emails[0] && h("span", { class: "quiet small", dir: "auto" }, contact.emails[0].value),
    );
    add.addEventListener("click", () => {
      chosen.push(contact.id);
      names.set(contact.id, called);
      input.value = "";
      results.hidden = true;
      show();
      input.focus();
    });
    return h("li", {}, add);
  };
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !results.hidden) {
      event.preventDefault();
      event.stopPropagation();
      results.hidden = true;
    }
    if (event.key === "Enter") {
      event.preventDefault();
      /** @type {HTMLElement | null} */ (results.querySelector("button"))?.click();
    }
  });
  show();
  return {
    element: h("div", { class: "wide links" }, chips, search, results, status),
    read: () => [...chosen],
  };
}
