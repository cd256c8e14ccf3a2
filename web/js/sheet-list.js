/**
 * The rows behind the import sheet: which tab, page and filter, what the service answered, what has been chosen since.
 * @module
 */
import { withQuery } from "./api.js";

const PATH = "/api/import/candidates";
const KEY = "crmsync.sheet";
export const PAGE_SIZES = [25, 50, 100];

/** @typedef {import("./choice.js").Choice} Choice */
/** @typedef {"open" | "declined" | "imported"} Tab */
/**
 * A Google contact on the sheet.
 * @typedef {object} Row
 * @property {string} id
 * @property {string} name
 * @property {string[]} emails
 * @property {string[]} phones
 * @property {string} organization
 * @property {string[]} labels
 * @property {string | null} photo_url
 * @property {{contact_id: string, name: string, reason: string} | null} match
 * @property {Choice} choice
 * @property {string | null} problem why it could not be imported
 */
/** @typedef {{total: number, selected: number, round: number}} Counts */

/** Where the person is: kept for this window, so that a reload comes back to the same page. */
export class SheetList {
  /** @type {Tab} */
  tab = "open";
  q = "";
  filter = "";
  pageSize = 50;
  /** @type {(string | null)[]} Page tokens from the first page to this one. */
  trail = [null];

  /** @type {Row[]} */
  rows = [];
  total = 0;
  selected = 0;
  round = 0;
  /** @type {string | null} */
  next = null;
  #api;
  #unsaved;
  /** @type {AbortController | null} */
  #loading = null;

  /**
   * @param {import("./api.js").Api} api
   * @param {(id: string) => Choice | undefined} unsaved the choice of a row that the service may not have yet
   */
  constructor(api, unsaved) {
    this.#api = api;
    this.#unsaved = unsaved;
  }

  /** Goes to where the last visit of this window ended. @param {string} owner whose position it is */
  restore(owner) {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
    if (kept.owner !== owner) return;
    const { tab, q, filter, pageSize, trail } = kept;
    Object.assign(this, { tab, q, filter, pageSize, trail });
  }

  /** Remembers the position. @param {string} owner */
  remember(owner) {
    const { tab, q, filter, pageSize, trail } = this;
    sessionStorage.setItem(KEY, JSON.stringify({ owner, tab, q, filter, pageSize, trail }));
  }

  /** Loads the page. Answers false when another load has overtaken it. Raises ApiError. */
  async load() {
    this.#loading?.abort();
    const mine = new AbortController();
    this.#loading = mine;
    try {
      const page = await this.#api.get(this.#address(this.trail[this.trail.length - 1]), { signal: mine.signal });
      if (mine.signal.aborted) return false;
      this.#take(page);
      return true;
    } catch (error) {
      if (mine.signal.aborted) return false;
      throw error;
    }
  }

  /** What the service counts in the whole tab, whatever is searched for. @param {Tab} tab @returns {Promise<Counts>} */
  async count(tab) {
    const { total, selected, round } = await this.#api.get(withQuery(PATH, { status: tab, page_size: 1 }));
    return { total, selected: selected ?? 0, round };
  }

  /** Changes a row's choice here; saving it is the saver's. @param {Row} row @param {Partial<Choice>} change @returns {Choice} */
  choose(row, change) {
    const before = row.choice.selected;
    row.choice = { ...row.choice, ...change };
    this.selected += Number(row.choice.selected) - Number(before);
    return row.choice;
  }

  /** @param {Partial<Pick<SheetList, "tab" | "q" | "filter" | "pageSize">>} change */
  show(change) {
    Object.assign(this, change);
    this.trail = [null];
  }

  /** Turns to the next page. */
  forward() {
    if (this.next) this.trail.push(this.next);
  }

  /** Turns back. */
  back() {
    if (this.trail.length > 1) this.trail.pop();
  }

  get first() {
    return this.rows.length === 0 ? 0 : (this.trail.length - 1) * this.pageSize + 1;
  }

  get last() {
    return this.first + this.rows.length - 1;
  }

  get searching() {
    return this.q !== "" || this.filter !== "";
  }

  /** @param {string | null} token */
  #address(token) {
    return withQuery(PATH, {
      status: this.tab,
      q: this.q,
      filter: this.filter,
      page_size: this.pageSize,
      page_token: token,
    });
  }

  /** @param {any} page */
  #take(page) {
    this.selected = page.selected ?? 0;
    this.rows = page.items.map((/** @type {Row} */ row) => {
      const unsaved = this.#unsaved(row.id);
      if (!unsaved) return row;
      this.selected += Number(unsaved.selected) - Number(row.choice.selected);
      return { ...row, choice: unsaved };
    });
    this.total = page.total;
    this.next = page.next_page_token;
    this.round = page.round;
  }
}
