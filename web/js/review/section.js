/**
 * One section of the review page: a list that is loaded page by page and drawn anew only when it has changed.
 * @module
 */
import { fill, h } from "../parts/dom.js";
import { stateBox } from "../parts/loading.js";
import { withQuery } from "../service/api.js";
import { ApiError } from "../service/errors.js";
import { text } from "../words/strings.js";

const t = text.review;
const PAGE = 20;

/** @typedef {"holds" | "conflicts" | "refused" | "activity"} Name */
/**
 * @typedef {object} Options
 * @property {Name} name
 * @property {string} path
 * @property {(items: any[]) => Node[]} draw
 * @property {string} [more] label of what loads the next page
 * @property {() => Record<string, string>} [query] filters
 */

/** A section and its link at the top of the page. */
export class Section {
  /** @type {any[]} */
  items = [];
  total = 0;
  #api;
  #options;
  #pages = 1;
  #shown = "";
  #heading;
  #body = h("div", { class: "section-body" });
  #count = h("span", { class: "badge" });

  /** @param {import("../service/api.js").Api} api @param {Options} options */
  constructor(api, options) {
    const { name } = options;
    this.#api = api;
    this.#options = options;
    this.#heading = h("h2", { id: `${name}-title`, tabindex: "-1" }, t.sections[name]);
    const lead = h("p", { class: "quiet" }, t.leads[name]);
    this.element = h(
      "section",
      { class: "review-section", id: name, "aria-labelledby": `${name}-title`, hidden: true },
      h("div", { class: "section-head" }, this.#heading, lead),
      this.#body,
    );
    this.link = h("a", { href: `#${name}-title`, class: "jump", hidden: true }, t.sections[name], " ", this.#count);
  }

  /** Puts the focus on its heading. */
  focus() {
    this.#heading.focus();
  }

  /** Begins again with the first page, for other filters. */
  restart() {
    this.#pages = 1;
  }

  /** @returns {HTMLElement[]} */
  get #heads() {
    return [...this.#body.querySelectorAll("article h3")].map((head) => /** @type {HTMLElement} */ (head));
  }

  /**
   * Loads what is shown, and draws it when it differs. A failure is drawn in its place.
   * @param {boolean} [keepPlace] whether a focus inside goes to the heading when all is drawn anew
   */
  async load(keepPlace = true) {
    try {
      const { items, token, total } = await this.#fetch();
      const mark = JSON.stringify([this.#options.query?.(), items, token]);
      if (mark === this.#shown) return;
      const focused = this.#body.contains(document.activeElement);
      [this.items, this.total, this.#shown] = [items, total, mark];
      this.#count.textContent = String(total || "");
      this.redraw(token !== null);
      if (focused && keepPlace) this.focus();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (this.#shown) return;
      this.#show(true);
      const again = { type: "button", class: "button", on: { click: () => void this.load() } };
      const retry = h("button", again, text.common.retry);
      fill(this.#body, stateBox("failed", "alert", t.failed, error.message, retry));
    }
  }

  /** Draws what is loaded. @param {boolean} further whether there is another page */
  redraw(further) {
    const more = h("button", { type: "button", class: "button more" }, this.#options.more ?? t.more);
    more.addEventListener("click", async () => {
      more.disabled = true;
      const known = this.#heads.length;
      this.#pages += 1;
      await this.load(false);
      more.disabled = false;
      this.#heads.at(Math.min(known, this.#heads.length - 1))?.focus();
    });
    fill(this.#body, this.#options.draw(this.items), further && more);
    this.#show(this.items.length > 0 || this.#options.name === "activity");
  }

  /** @param {boolean} shown */
  #show(shown) {
    this.element.hidden = this.link.hidden = !shown;
  }

  async #fetch() {
    /** @type {any[]} */
    const items = [];
    /** @type {string | null} */
    let token = null;
    let total = 0;
    for (let page = 0; page < this.#pages; page += 1) {
      const query = { ...this.#options.query?.(), page_size: PAGE, page_token: token };
      const answer = await this.#api.get(withQuery(this.#options.path, query));
      items.push(...answer.items);
      token = answer.next_page_token;
      total = answer.total ?? 0;
      if (!token) break;
    }
    return { items, token, total };
  }
}
