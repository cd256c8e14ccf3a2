/**
 * Which Google calendar appointments are kept in step with.
 * @module
 */
import { ask } from "../parts/confirm-dialog.js";
import { fill, h } from "../parts/dom.js";
import { ConnectWindow, windowName } from "../parts/windows.js";
import { withQuery } from "../service/api.js";
import { caller } from "../service/caller.js";
import { ApiError } from "../service/errors.js";
import { language } from "../words/language.js";
import { text } from "../words/strings.js";
import { pick, radios } from "./section.js";

const t = text.settings.calendar;

/** @typedef {{id: string, name: string, primary: boolean, writable: boolean}} Calendar */

/** The section's contents. `load` shows what may be chosen now. */
export class CalendarChoice {
  #api;
  #section;
  #window = new ConnectWindow();
  #chosen;

  /**
   * @param {import("../service/api.js").Api} api
   * @param {import("./section.js").Section} section
   * @param {string} chosen
   */
  constructor(api, section, chosen) {
    this.#api = api;
    this.#section = section;
    this.#chosen = chosen;
  }

  async load() {
    fill(this.#section.body, h("p", { class: "quiet" }, text.common.loading));
    try {
      const { account, granted } = await this.#api.get("/api/sync");
      if (!account || !granted.calendar) return this.#say(t.notConnected);
      const { allowed, items } = await this.#api.get("/api/google/calendars");
      if (allowed) this.#offer(items);
      else this.#askFirst();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#say(
        error.message,
        this.#button(text.common.retry, () => void this.load()),
      );
    }
  }

  /** @param {string} words @param {Node[]} more */
  #say(words, ...more) {
    fill(this.#section.body, h("p", {}, words), ...more);
  }

  /** @param {string} label @param {() => void} click */
  #button(label, click) {
    return h("div", {}, h("button", { type: "button", class: "button", on: { click } }, label));
  }

  #askFirst() {
    const url = withQuery(`${location.origin}/connect.html`, { for: "calendar_list", lang: language() });
    const more = this.#button(t.another, () => {
      if (!this.#window.open(url, windowName("connect", caller.person.sub))) {
        this.#say(text.button.blocked, h("a", { href: url, target: "_blank", rel: "opener" }, text.button.openHere));
      }
    });
    this.#say(this.#chosen === "primary" ? t.main : t.other, more, h("p", { class: "quiet small" }, t.anotherWhy));
  }

  /** @param {Calendar[]} items */
  #offer(items) {
    /** @type {[string, string, boolean][]} */
    const choices = items.map((each) => [
      each.id,
      each.primary ? t.primary(each.name) : each.writable ? each.name : t.readOnly(each.name),
      !each.writable,
    ]);
    if (!items.some((each) => each.id === this.#chosen)) choices.push([this.#chosen, t.gone, true]);
    const field = pick("calendar_id", t.label, choices, this.#chosen, (select) => this.#confirm(select));
    fill(this.#section.body, field);
  }

  /** @param {HTMLSelectElement} select */
  #confirm(select) {
    const wanted = select.value;
    const name = select.selectedOptions[0].textContent ?? "";
    const copies = radios("old_copies", t.copies, t.keepOrRemove, "keep");
    const dialog = ask({
      title: t.move(name),
      lines: [t.moves, t.copies],
      body: [copies.element],
      go: t.go,
      back: text.common.cancel,
      act: async () => {
        const saved = await this.#section.save({ calendar_id: wanted, old_copies: copies.value() }, select);
        if (saved) this.#chosen = saved.calendar_id;
      },
    });
    dialog.addEventListener("close", () => {
      select.value = this.#chosen;
    });
  }
}
