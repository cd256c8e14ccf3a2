/**
 * The section of the review page about contacts that may be there twice: in the CRM, in Google Contacts, and what was merged lately.
 * @module
 */
import { learnTypes } from "../choice/types.js";
import { fill, h } from "../parts/dom.js";
import { stateBox } from "../parts/loading.js";
import { withQuery } from "../service/api.js";
import { ApiError } from "../service/errors.js";
import { text } from "../words/strings.js";
import { doubleCard, googleCard, mergesCard } from "./doubles.js";
import { showMerge } from "./merge-dialog.js";

const t = text.doubles;
const PAGE = 20;
/** To find them every contact is read: not with each look that the page takes. */
const LOOK_AGAIN = 60_000;

/**
 * What the page does when something was answered.
 * @typedef {(words: string) => Promise<void>} Answered
 */

/** A section like the others of the page. */
export class DoublesSection {
  total = 0;
  #api;
  #answered;
  #weak = false;
  #pages = 1;
  #shown = "";
  #looked = 0;
  #count = h("span", { class: "badge" });
  #heading = h("h2", { id: "doubles-title", tabindex: "-1" }, text.review.sections.doubles);
  #body = h("div", { class: "section-body" });
  element = h(
    "section",
    { class: "review-section", id: "doubles", "aria-labelledby": "doubles-title", hidden: true },
    h("div", { class: "section-head" }, this.#heading, h("p", { class: "quiet" }, text.review.leads.doubles)),
    this.#body,
  );
  link = h(
    "a",
    { href: "#doubles-title", class: "jump", hidden: true },
    text.review.sections.doubles,
    " ",
    this.#count,
  );

  /** @param {import("../service/api.js").Api} api @param {Answered} answered */
  constructor(api, answered) {
    this.#api = api;
    this.#answered = answered;
  }

  /** Puts the focus on its heading. */
  focus() {
    this.#heading.focus();
  }

  /** The next look is taken whatever was seen before. */
  restart() {
    this.#looked = 0;
  }

  /** Loads what is shown, and draws it when it differs. A failure is drawn in its place. */
  async load() {
    if (Date.now() - this.#looked < LOOK_AGAIN) return;
    this.#looked = Date.now();
    try {
      await learnTypes(this.#api);
      const query = { weak: this.#weak ? "true" : null, page_size: PAGE * this.#pages > 50 ? 50 : PAGE * this.#pages };
      const [found, google, merges] = await Promise.all([
        this.#api.get(withQuery("/api/doubles", query)),
        this.#api.get("/api/doubles/google"),
        this.#api.get("/api/doubles/merges"),
      ]);
      const mark = JSON.stringify([found, google, merges, this.#weak]);
      if (mark === this.#shown) return;
      this.#shown = mark;
      const focused = this.#body.contains(document.activeElement);
      this.#draw(found, google.items, merges.items);
      if (focused) this.focus();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#looked = 0;
      if (this.#shown) return;
      this.element.hidden = this.link.hidden = false;
      const again = { type: "button", class: "button", on: { click: () => void this.load() } };
      const retry = h("button", again, text.common.retry);
      fill(this.#body, stateBox("failed", "alert", text.review.failed, error.message, retry));
    }
  }

  /**
   * @param {{items: import("./doubles.js").Group[], total: number, weak: number, next_page_token: string | null}} found
   * @param {import("./doubles.js").AtGoogle[]} google
   * @param {import("./doubles.js").Merge[]} merges
   */
  #draw({ items, total, weak, next_page_token: next }, google, merges) {
    const groups = items.map((group) =>
      doubleCard(
        group,
        (one, other) => this.#tellApart(one, other),
        (one, other) => showMerge(this.#api, one, other, () => void this.#done(t.done)),
      ),
    );
    const more = next && this.#pages < 3 && this.#button(text.review.more, () => (this.#pages += 1));
    const other =
      (weak > 0 || this.#weak) && this.#button(this.#weak ? t.likely : t.weak(weak), () => (this.#weak = !this.#weak));
    const nobody = groups.length === 0 && stateBox("nobody-twice", "check", t.none[0], t.none[1]);
    fill(
      this.#body,
      groups.length === 0 ? nobody : groups,
      more,
      other,
      google.length > 0 && googleCard(google),
      merges.length > 0 && mergesCard(merges, (merge) => this.#undo(merge)),
    );
    this.total = total;
    this.#count.textContent = this.#weak ? "" : String(total || "");
    const shown = groups.length > 0 || google.length > 0 || merges.length > 0 || weak > 0;
    this.element.hidden = this.link.hidden = !shown;
  }

  /** @param {string} words @param {() => void} change */
  #button(words, change) {
    const press = h("button", { type: "button", class: "button more" }, words);
    press.addEventListener("click", () => {
      press.disabled = true;
      change();
      this.restart();
      void this.load();
    });
    return press;
  }

  /** @param {import("./doubles.js").Twin} one @param {import("./doubles.js").Twin} other */
  async #tellApart(one, other) {
    await this.#try(async () => {
      await this.#api.post("/api/doubles/different", { contacts: [one.id, other.id] }, { key: crypto.randomUUID() });
      return t.apartSaid;
    });
  }

  /** @param {import("./doubles.js").Merge} merge */
  async #undo(merge) {
    await this.#try(async () => {
      const path = `/api/doubles/merges/${encodeURIComponent(merge.id)}/undo`;
      const { kept } = await this.#api.post(path, {}, { key: crypto.randomUUID() });
      return kept.length > 0 ? t.undoneBut : t.undone;
    });
  }

  /** @param {() => Promise<string>} act answers what is to be said */
  async #try(act) {
    try {
      await this.#done(await act());
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      await this.#done(error.status === 404 ? text.review.gone : error.message);
    }
  }

  /** @param {string} words */
  async #done(words) {
    this.restart();
    await this.#answered(words);
  }
}
