/**
 * What the import sheet shows in each state: loading, rows, nothing, failure; what is ticked and what is saved.
 * @module
 */
import { byId, fill, h, icon } from "../parts/dom.js";
import { number } from "../words/language.js";
import { text } from "../words/strings.js";
import { BulkBar } from "./bulk.js";
import { buildFrame } from "./frame.js";
import { GridKeys } from "./keys.js";
import { decidingRow, settledRow } from "./row.js";
import { SheetTools } from "./tools.js";

const t = text.sheet;
const SKELETONS = 6;
const TOAST = 6000;
const PORTION = 20;

/** @typedef {import("./list.js").Row} Row */
/** @typedef {import("./list.js").SheetList} SheetList */
/** @typedef {import("../service/errors.js").ApiError} ApiError */
/**
 * What a row may ask for.
 * @typedef {object} RowDeeds
 * @property {import("./row.js").Choose} choose
 * @property {import("./row.js").Compare} compare
 * @property {import("./row.js").Visit} visit
 * @property {(row: Row, button: HTMLButtonElement) => void} restore
 * @property {ConstructorParameters<typeof BulkBar>[1]} changeMany
 */

/** The page, as one object that can be told what to show. */
export class SheetView {
  #frame;
  #list;
  #deeds;
  #tools;
  #bulk;
  #keys;
  /** @type {Row[]} What is drawn, or being drawn. */
  #drawn = [];

  /**
   * @param {SheetList} list
   * @param {import("./frame.js").Deeds & RowDeeds} deeds
   */
  constructor(list, deeds) {
    this.#list = list;
    this.#deeds = deeds;
    this.#tools = new SheetTools((change) => deeds.find(change));
    this.#bulk = new BulkBar(list, deeds.changeMany);
    this.#frame = buildFrame(deeds, this.#tools.element, this.#bulk.element);
    this.#keys = new GridKeys(this.#frame.table, {
      help: deeds.help,
      search: () => this.#tools.focus(),
      next: () => this.#frame.next.click(),
      previous: () => this.#frame.previous.click(),
      type: (row, index) => this.#setType(row, index),
      suggestion: (row) => /** @type {HTMLElement | null} */ (row.querySelector(".suggestion:not([hidden])"))?.click(),
    });
    byId("main").replaceWith(this.#frame.main);
    document.body.append(this.#frame.footer);
  }

  /** Which tab, search and page size are set. */
  showPosition() {
    const { tabs, lead, pageSize, footer } = this.#frame;
    const { tab } = this.#list;
    for (const [name, { button }] of tabs) {
      if (name === tab) button.setAttribute("aria-current", "page");
      else button.removeAttribute("aria-current");
    }
    lead.textContent = t.leads[tab];
    this.#tools.show(this.#list);
    this.#bulk.element.hidden = footer.hidden = tab !== "open";
    pageSize.value = String(this.#list.pageSize);
  }

  /** Grey rows while the page loads. */
  showLoading() {
    const { rows, state, table, pager } = this.#frame;
    this.#drawn = [];
    state.replaceChildren();
    table.hidden = false;
    table.setAttribute("aria-busy", "true");
    pager.hidden = true;
    this.#showHead();
    const words = h("span", { class: "out-of-sight" }, text.common.loading);
    const cell = () =>
      h("td", { role: "gridcell", colspan: "5" }, h("div", { class: "skeleton row-skeleton" }, words.cloneNode(true)));
    fill(
      rows,
      Array.from({ length: SKELETONS }, () => h("tr", { role: "row", class: "sheet-row loading" }, cell())),
    );
  }

  /** The rows that were loaded, or why there are none. @param {boolean} syncing whether more may be on their way */
  showRows(syncing) {
    const { rows, table, pager, state, range, previous, next, caption, live, footer } = this.#frame;
    const { first, last, total, tab } = this.#list;
    const empty = this.#list.rows.length === 0;
    this.#showHead();
    caption.textContent = t.tabs[tab];
    rows.replaceChildren();
    this.#drawn = this.#list.rows;
    this.#draw(this.#list.rows, 0);
    table.hidden = pager.hidden = empty;
    fill(state, empty && this.#emptyState(syncing));
    range.textContent = t.range(first, last, total);
    live.textContent = empty ? "" : t.loaded(first, last, total);
    previous.disabled = this.#list.trail.length === 1;
    next.disabled = this.#list.next === null;
    footer.hidden = tab !== "open" || (empty && !this.#list.searching);
    table.setAttribute("aria-rowcount", String(total + 1));
    this.#tools.showFound(this.#list);
    this.showSelected();
  }

  /**
   * Draws rows in portions, between which the page stays responsive. A newer list overtakes an older one.
   * @param {Row[]} all
   * @param {number} from
   */
  #draw(all, from) {
    if (all !== this.#drawn) return;
    const { rows, table } = this.#frame;
    rows.append(...all.slice(from, from + PORTION).map((row) => this.#row(row)));
    if (from + PORTION < all.length) setTimeout(() => this.#draw(all, from + PORTION));
    else table.removeAttribute("aria-busy");
  }

  /**
   * Shows rows that were chosen for elsewhere; a row in which the person is at work stays as it is.
   * @param {Row[]} changed
   */
  showChanged(changed) {
    for (const row of changed) {
      const line = this.#frame.rows.querySelector(`[data-id="${CSS.escape(row.id)}"]`);
      if (line && !line.contains(document.activeElement)) line.replaceWith(this.#row(row));
    }
    this.showSelected();
  }

  /** Asks for what filters may offer. @param {import("../service/api.js").Api} api */
  learn(api) {
    return this.#tools.learnLabels(api);
  }

  /** @param {ApiError} error @param {() => void} retry */
  showFailure(error, retry) {
    const { table, pager, state, footer } = this.#frame;
    table.hidden = pager.hidden = footer.hidden = true;
    const words = error.status === 401 ? t.expired : error.message;
    const again = h("button", { type: "button", class: "button primary", on: { click: retry } }, text.common.retry);
    const box = { class: "state", role: "alert", data: { state: "failed" } };
    fill(state, h("div", box, icon("alert"), h("h2", {}, t.failedTitle), h("p", {}, words), again));
  }

  /** How many are ticked, here and in all. */
  showSelected() {
    const { rows, selected } = this.#list;
    const here = rows.filter((row) => row.choice.selected).length;
    this.#frame.selected.textContent = t.selected(selected);
    this.#frame.tickPage.checked = here > 0 && here === rows.length;
    this.#frame.tickPage.indeterminate = here > 0 && here < rows.length;
    this.#bulk.show();
  }

  /** Shows all rows of this page as ticked, or none. @param {boolean} ticked */
  tickAll(ticked) {
    for (const box of this.#frame.rows.querySelectorAll(".cell-pick input")) {
      /** @type {HTMLInputElement} */ (box).checked = ticked;
      const line = box.closest("tr");
      line?.classList.toggle("ticked", ticked);
      line?.setAttribute("aria-selected", String(ticked));
    }
  }

  /** @param {import("./saver.js").SaveState} state @param {ApiError | null} refusal */
  showSaved(state, refusal) {
    const words = {
      saved: t.saved,
      saving: t.saving,
      retrying: refusal?.status === 401 ? t.expired : t.notSaved,
      refused: t.refused(refusal?.message ?? ""),
    };
    this.#frame.saved.textContent = words[state];
    this.#frame.saved.dataset.state = state;
  }

  /** @param {import("./list.js").Tab} tab @param {number} total */
  showCount(tab, total) {
    const count = this.#frame.tabs.get(tab)?.count;
    if (count) count.textContent = number(total);
  }

  /** Says something for a moment. @param {string} words */
  say(words) {
    const toast = byId("toast");
    toast.textContent = words;
    setTimeout(() => toast.textContent === words && toast.replaceChildren(), TOAST);
  }

  /** Whether the person is at work in a row just now. */
  get busy() {
    return this.#frame.rows.contains(document.activeElement);
  }

  /** To the top of a page that was turned to; the focus on its first control. */
  goToTop() {
    window.scrollTo({ top: 0 });
    this.#keys.focusFirst();
  }

  /** Brings a row of this page into view, with the focus on its tick. Answers whether it is there. @param {string} id */
  visit(id) {
    const line = this.#frame.rows.querySelector(`[data-id="${CSS.escape(id)}"]`);
    line?.scrollIntoView({ block: "center" });
    /** @type {HTMLElement | null | undefined} */ (line?.querySelector(".cell-pick input"))?.focus();
    return Boolean(line);
  }

  /** The focus on the title, when what had it is gone. */
  focusTitle() {
    this.#frame.title.focus();
  }

  /** @param {Row} row */
  #row(row) {
    const open = this.#list.tab === "open";
    const line = open
      ? decidingRow(row, this.#deeds.choose, this.#deeds.compare, this.#deeds.visit)
      : settledRow(row, this.#list.tab === "declined" ? this.#deeds.restore : null);
    // Row 1 is the header's.
    line.setAttribute("aria-rowindex", String(this.#list.first + this.#list.rows.indexOf(row) + 1));
    return line;
  }

  /** Chooses in a row's list of types, as the person would. @param {HTMLElement} row @param {number} index */
  #setType(row, index) {
    const select = /** @type {HTMLSelectElement | null} */ (row.querySelector(".type-fields > select"));
    if (!select || index >= select.options.length) return;
    select.selectedIndex = index;
    select.dispatchEvent(new Event("change"));
  }

  #showHead() {
    const { head, tickPage } = this.#frame;
    const column = (/** @type {string} */ name, /** @type {import("../parts/dom.js").Child[]} */ ...children) =>
      h("th", { role: "columnheader", scope: "col", class: `cell-${name}` }, children);
    const tick = h("label", { class: "pick" }, tickPage, h("span", { class: "pick-words out-of-sight" }, t.pickPage));
    const open = this.#list.tab === "open";
    fill(
      head,
      open && column("pick", tick),
      column("who", t.columns.who),
      column("reach", t.columns.reach),
      open && [column("type", t.columns.type), column("consent", t.columns.consent)],
      this.#list.tab === "declined" && column("action", t.columns.action),
    );
  }

  /** @param {boolean} syncing */
  #emptyState(syncing) {
    const { searching, tab } = this.#list;
    const kind = searching ? "search" : syncing && tab === "open" ? "syncing" : tab;
    const symbol = kind === "search" ? "search" : kind === "syncing" ? "sync" : "people";
    const [title, words] = t.empty[kind];
    const showAll = {
      type: "button",
      class: "button",
      on: { click: () => this.#deeds.find({ q: "", filters: [], label: "" }) },
    };
    return h(
      "div",
      { class: "state", data: { state: kind } },
      icon(symbol),
      h("h2", {}, title),
      h("p", {}, words),
      searching && h("button", showAll, t.clear),
    );
  }
}
