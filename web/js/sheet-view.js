/**
 * What the import sheet shows in each state: loading, rows, nothing, failure; what is ticked and what is saved.
 * @module
 */
import { byId, fill, h, icon } from "./dom.js";
import { number } from "./language.js";
import { buildFrame } from "./sheet-frame.js";
import { decidingRow, settledRow } from "./sheet-row.js";
import { text } from "./strings.js";

const t = text.sheet;
const SKELETONS = 6;
const TOAST = 6000;

/** @typedef {import("./sheet-list.js").Row} Row */
/** @typedef {import("./sheet-list.js").SheetList} SheetList */
/** @typedef {import("./errors.js").ApiError} ApiError */
/**
 * What a row may ask for.
 * @typedef {object} RowDeeds
 * @property {import("./sheet-row.js").Choose} choose
 * @property {(row: Row, button: HTMLButtonElement) => void} restore
 */

/** The page, as one object that can be told what to show. */
export class SheetView {
  #frame;
  #list;
  #deeds;

  /**
   * @param {SheetList} list
   * @param {import("./sheet-frame.js").Deeds & RowDeeds} deeds
   */
  constructor(list, deeds) {
    this.#list = list;
    this.#deeds = deeds;
    this.#frame = buildFrame(deeds);
    byId("main").replaceWith(this.#frame.main);
    document.body.append(this.#frame.footer);
  }

  /** Which tab, search and page size are set. */
  showPosition() {
    const { tabs, lead, search, filter, pageSize, footer } = this.#frame;
    const { tab, q, filter: kind } = this.#list;
    for (const [name, { button }] of tabs) {
      if (name === tab) button.setAttribute("aria-current", "page");
      else button.removeAttribute("aria-current");
    }
    lead.textContent = t.leads[tab];
    if (document.activeElement !== search) search.value = q;
    filter.value = kind || "all";
    filter.hidden = footer.hidden = tab !== "open";
    pageSize.value = String(this.#list.pageSize);
  }

  /** Grey rows while the page loads. */
  showLoading() {
    const { rows, state, table, pager } = this.#frame;
    state.replaceChildren();
    table.hidden = false;
    table.setAttribute("aria-busy", "true");
    pager.hidden = true;
    this.#showHead();
    const words = h("span", { class: "out-of-sight" }, text.common.loading);
    const cell = () =>
      h("td", { role: "cell", colspan: "5" }, h("div", { class: "skeleton row-skeleton" }, words.cloneNode(true)));
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
    table.removeAttribute("aria-busy");
    caption.textContent = t.tabs[tab];
    fill(
      rows,
      this.#list.rows.map((row) => this.#row(row)),
    );
    table.hidden = pager.hidden = empty;
    fill(state, empty && this.#emptyState(syncing));
    range.textContent = t.range(first, last, total);
    live.textContent = empty ? "" : t.loaded(first, last, total);
    previous.disabled = this.#list.trail.length === 1;
    next.disabled = this.#list.next === null;
    footer.hidden = tab !== "open" || (empty && !this.#list.searching);
    this.showSelected();
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
  }

  /** Shows all rows of this page as ticked, or none. @param {boolean} ticked */
  tickAll(ticked) {
    for (const box of this.#frame.rows.querySelectorAll("input[type=checkbox]")) {
      /** @type {HTMLInputElement} */ (box).checked = ticked;
      box.closest("tr")?.classList.toggle("ticked", ticked);
    }
  }

  /** @param {import("./sheet-saver.js").SaveState} state @param {ApiError | null} refusal */
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

  /** @param {import("./sheet-list.js").Tab} tab @param {number} total */
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
    const first = /** @type {HTMLElement | null} */ (this.#frame.table.querySelector("input, button"));
    first?.focus({ preventScroll: true });
  }

  /** The focus on the title, when what had it is gone. */
  focusTitle() {
    this.#frame.title.focus();
  }

  /** @param {Row} row */
  #row(row) {
    if (this.#list.tab === "open") return decidingRow(row, this.#deeds.choose);
    return settledRow(row, this.#list.tab === "declined" ? this.#deeds.restore : null);
  }

  #showHead() {
    const { head, tickPage } = this.#frame;
    const column = (/** @type {string} */ name, /** @type {import("./dom.js").Child[]} */ ...children) =>
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
    const showAll = { type: "button", class: "button", on: { click: () => this.#deeds.showAll() } };
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
