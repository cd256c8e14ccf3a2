/**
 * The rows behind the import sheet: which tab, page and filter, what the service answered, what has been chosen since.
 * @module
 */
import { calledBy } from "../parts/person.js";
import { withQuery } from "../service/api.js";

const PATH = "/api/import/candidates";
const KEY = "crmsync.sheet";
export const PAGE_SIZES = [25, 50, 100];
/** What rows can be narrowed to, several at once. */
export const FILTERS = /** @type {const} */ ([
  "has_email",
  "has_phone",
  "possible_duplicate",
  "withdrawn",
  "selected",
  "undecided",
]);

/** @typedef {import("../choice/choice.js").Choice} Choice */
/** @typedef {"open" | "declined" | "imported"} Tab */
/** @typedef {typeof FILTERS[number]} Filter */
/** @typedef {"name" | "recent"} Order */
/** @typedef {{contact_type: string, detail: Record<string, string>, because: "label" | "organization", value: string}} Suggestion */
/** @typedef {{contact_id: string, name: string, verdict: "likely" | "possible", reasons: string[], linked: boolean}} Match */
/**
 * Another row that may be the same person. `copy`: it is said to be added to this one.
 * @typedef {{id: string, name: string, verdict: "likely" | "possible", reasons: string[], answer: "same" | "different" | null, copy: boolean, selected: boolean}} AlikeRow
 */
/**
 * A Google contact on the sheet.
 * @typedef {object} Row
 * @property {string} id
 * @property {string} name what it is called, or what it holds instead
 * @property {string} called_by what of it that is
 * @property {string[]} emails
 * @property {string[]} phones
 * @property {string} organization
 * @property {string[]} labels
 * @property {string | null} photo_url
 * @property {Match[]} matches whom it may be in the CRM, best first
 * @property {AlikeRow[]} alike which other rows it may be, best first
 * @property {Choice} choice
 * @property {import("../choice/choice.js").Withdrawn[]} withdrawn addresses for which consent was withdrawn
 * @property {string | null} problem why it could not be imported
 * @property {Suggestion | null} [suggestion]
 * @property {boolean} [decided]
 */
/** @typedef {{total: number, selected: number, round: number}} Counts */
/**
 * What is looked for, and where.
 * @typedef {object} Position
 * @property {Tab} tab
 * @property {string} q
 * @property {Filter[]} filters
 * @property {string} label of Google's labels, or ""
 * @property {Order} order
 * @property {number} pageSize
 */

/** Where the person is: kept for this window, so that a reload comes back to the same page. */
export class SheetList {
  /** @type {Tab} */
  tab = "open";
  q = "";
  /** @type {Filter[]} */
  filters = [];
  label = "";
  /** @type {Order} */
  order = "name";
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
  /** @type {{asked: string, etag: string | null} | null} The page as it was last seen. */
  #seen = null;

  /**
   * @param {import("../service/api.js").Api} api
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
    const { tab, q, filters = [], label = "", order = "name", pageSize, trail } = kept;
    Object.assign(this, { tab, q, filters, label, order, pageSize, trail });
  }

  /** Remembers the position. @param {string} owner */
  remember(owner) {
    const { tab, q, filters, label, order, pageSize, trail } = this;
    sessionStorage.setItem(KEY, JSON.stringify({ owner, tab, q, filters, label, order, pageSize, trail }));
  }

  /** Loads the page. Answers false when another load has overtaken it. Raises ApiError. */
  async load() {
    this.#loading?.abort();
    const mine = new AbortController();
    this.#loading = mine;
    try {
      const page = await this.#api.search(PATH, this.#asked, { signal: mine.signal });
      if (mine.signal.aborted) return false;
      this.#take(page);
      return true;
    } catch (error) {
      if (mine.signal.aborted) return false;
      throw error;
    }
  }

  /**
   * Looks whether the page has changed meanwhile, for instance in another browser. Answers the rows that differ from what is shown, or null
   * when other rows are there now. Raises ApiError.
   * @returns {Promise<Row[] | null>}
   */
  async look() {
    const asked = JSON.stringify(this.#asked);
    const page = await this.#changed(asked);
    if (!page || asked !== JSON.stringify(this.#asked)) return [];
    const before = this.rows;
    this.#take(page);
    if (before.map(({ id }) => id).join() !== this.rows.map(({ id }) => id).join()) return null;
    // What is shown refers to its row: one that is as it was stays the same object.
    this.rows = this.rows.map((row, index) =>
      JSON.stringify(row) === JSON.stringify(before[index]) ? before[index] : row,
    );
    return this.rows.filter((row, index) => row !== before[index]);
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

  /**
   * Lets the other rows of this page say what was said of this one. Answers those that say anything else now.
   * @param {Row} row
   * @returns {Row[]}
   */
  reflect({ id, choice, alike }) {
    const { same_row: same, other_rows: others = [] } = choice;
    return this.rows.filter((row) => {
      const said = row.alike.find((other) => other.id === id);
      if (!said || !alike.some((other) => other.id === row.id)) return false;
      const before = JSON.stringify(said);
      const two = others.includes(row.id) || row.choice.other_rows?.includes(id);
      said.copy = same === row.id;
      said.answer = two ? "different" : said.copy || row.choice.same_row === id ? "same" : null;
      return JSON.stringify(said) !== before;
    });
  }

  /** @param {Partial<Position>} change */
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

  /** The filters as the service takes them. */
  get filter() {
    return [...this.filters, ...(this.label ? [`label:${this.label}`] : [])].join(",");
  }

  /** The page as the service is asked for it. */
  get #asked() {
    return {
      status: this.tab,
      q: this.q,
      filter: this.filter,
      order: this.order,
      page_size: this.pageSize,
      page_token: this.trail[this.trail.length - 1],
    };
  }

  /** The page, or null when it is as it was last seen. @param {string} asked */
  async #changed(asked) {
    // An address that holds no name may be asked whether anything has changed.
    if (this.q || this.label) return this.#api.search(PATH, this.#asked);
    const known = this.#seen?.asked === asked ? this.#seen.etag : null;
    const answer = await this.#api.getIfChanged(withQuery(PATH, this.#asked), known);
    if (answer) this.#seen = { asked, etag: answer.etag };
    return answer?.body;
  }

  /** @param {any} page */
  #take(page) {
    this.selected = page.selected ?? 0;
    this.rows = page.items.map((/** @type {Row} */ given) => {
      const row = { ...given, name: calledBy(given.called_by, given.name) };
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
