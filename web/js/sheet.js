/**
 * The import sheet.
 * @module
 */
import { Api } from "./api.js";
import { byId, fill, h, icon } from "./dom.js";
import { ApiError } from "./errors.js";
import { claims, tell, windowToken } from "./session.js";
import { FinishDialog } from "./sheet-finish.js";
import { buildFrame } from "./sheet-frame.js";
import { SheetList } from "./sheet-list.js";
import { decidingRow, settledRow } from "./sheet-row.js";
import { ChoiceSaver } from "./sheet-saver.js";
import { spoken } from "./person.js";
import { text } from "./strings.js";
import { StatusPoller } from "./sync-status.js";

const t = text.sheet;
const SKELETONS = 6;

/** @typedef {import("./sheet-list.js").Row} Row */
/** @typedef {import("./sheet-list.js").Tab} Tab */
/** @typedef {import("./choice.js").Choice} Choice */

class Sheet {
  #owner;
  #api = new Api("", windowToken);
  #saver = new ChoiceSaver(
    (rows, keepalive) => this.#api.put("/api/import/choices", { rows }, { keepalive }),
    (state, refusal) => this.#showSaved(state, refusal),
  );
  #list = new SheetList(this.#api, (id) => this.#saver.unsaved(id));
  #finish = new FinishDialog(
    this.#api,
    (id) => this.#names.get(id),
    () => this.#ended(),
  );
  #poller = new StatusPoller(
    this.#api,
    (status) => this.#syncSays(status),
    () => false,
  );
  #frame = buildFrame({
    tab: (tab) => this.#go({ tab, q: "", filter: "" }),
    search: (q) => this.#go({ q }),
    filter: (filter) => this.#go({ filter }),
    pageSize: (pageSize) => this.#go({ pageSize }),
    tickPage: (ticked) => this.#tickPage(ticked),
    next: () => this.#turn(() => this.#list.forward()),
    previous: () => this.#turn(() => this.#list.back()),
    finish: (ending) => void this.#askToFinish(ending),
  });
  /** @type {Map<string, string>} Names of rows that were shown, for reporting on them later. */
  #names = new Map();
  #syncing = false;
  #loaded = false;

  /** @param {string} owner the person whose sheet this is */
  constructor(owner) {
    this.#owner = owner;
    this.#list.restore(owner);
    byId("main").replaceWith(this.#frame.main);
    document.body.append(this.#frame.footer);
    window.addEventListener("pagehide", () => this.#saver.leave());
    document.addEventListener("visibilitychange", () => this.#seen());
    this.#showSaved("saved", null);
    void this.#load();
    void this.#countTabs();
    this.#poller.start();
  }

  /** Back in sight: another window may have chosen meanwhile. Out of sight: a phone may never come back. */
  #seen() {
    if (document.visibilityState === "hidden") this.#saver.leave();
    else if (this.#saver.settled && this.#loaded && !this.#frame.rows.contains(document.activeElement))
      void this.#load(true);
  }

  /** @param {Partial<Pick<SheetList, "tab" | "q" | "filter" | "pageSize">>} change */
  #go(change) {
    this.#list.show(change);
    void this.#load();
  }

  /** @param {() => void} turn */
  #turn(turn) {
    turn();
    void this.#load().then(() => {
      window.scrollTo({ top: 0 });
      /** @type {HTMLElement | null} */ (this.#frame.table.querySelector("input, button"))?.focus({
        preventScroll: true,
      });
    });
  }

  /** @param {boolean} [quietly] without a sign of loading, and without losing the place when it fails */
  async #load(quietly = false) {
    this.#loaded &&= quietly;
    this.#showPosition();
    if (!quietly) this.#showLoading();
    // What was chosen must be in before the service counts and filters by it.
    await this.#saver.flush();
    try {
      if (!(await this.#list.load())) return;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.code === "invalid_request" && this.#list.trail.length > 1) return this.#go({});
      if (!quietly) this.#showFailure(error);
      return;
    }
    if (this.#list.rows.length === 0 && this.#list.trail.length > 1) return this.#go({});
    this.#loaded = true;
    this.#list.remember(this.#owner);
    for (const row of this.#list.rows) this.#names.set(row.id, row.name);
    this.#showRows();
  }

  async #countTabs() {
    try {
      for (const [tab, { count }] of this.#frame.tabs) {
        const { total } = await this.#list.count(tab);
        count.textContent = total.toLocaleString("en-CA");
        count.hidden = false;
      }
    } catch (error) {
      // The tabs do without their counts; the list itself says what is wrong.
      if (!(error instanceof ApiError)) throw error;
    }
  }

  /** @param {import("./sync-status.js").Status | null} status */
  #syncSays(status) {
    const was = this.#syncing;
    this.#syncing = status?.state === "syncing";
    const empty = this.#loaded && this.#list.rows.length === 0 && this.#list.tab === "open" && !this.#list.searching;
    if (empty && (this.#syncing || was)) void this.#load(true).then(() => this.#countTabs());
  }

  #showPosition() {
    const { tabs, lead, search, filter, pageSize, finish, selected } = this.#frame;
    const { tab, q, filter: kind } = this.#list;
    for (const [name, { button }] of tabs) {
      if (name === tab) button.setAttribute("aria-current", "page");
      else button.removeAttribute("aria-current");
    }
    lead.textContent = t.leads[tab];
    if (document.activeElement !== search) search.value = q;
    filter.value = kind || "all";
    filter.hidden = tab !== "open";
    pageSize.value = String(this.#list.pageSize);
    finish.hidden = selected.hidden = tab !== "open";
    this.#frame.footer.hidden = tab !== "open";
  }

  #showLoading() {
    const { rows, state, table, pager } = this.#frame;
    state.replaceChildren();
    table.hidden = false;
    table.setAttribute("aria-busy", "true");
    pager.hidden = true;
    this.#head();
    fill(
      rows,
      Array.from({ length: SKELETONS }, () =>
        h(
          "tr",
          { role: "row", class: "sheet-row" },
          h(
            "td",
            { role: "cell", colspan: "5" },
            h("div", { class: "skeleton row-skeleton" }, h("span", { class: "out-of-sight" }, text.common.loading)),
          ),
        ),
      ),
    );
  }

  #head() {
    const { head, tickPage } = this.#frame;
    const column = (/** @type {string} */ words, /** @type {string} */ name) =>
      h("th", { role: "columnheader", scope: "col", class: `cell-${name}` }, words);
    const shared = [column(t.columns.who, "who"), column(t.columns.reach, "reach")];
    if (this.#list.tab === "open")
      fill(
        head,
        h(
          "th",
          { role: "columnheader", scope: "col", class: "cell-pick" },
          h("label", { class: "pick" }, tickPage, h("span", { class: "pick-words out-of-sight" }, t.pickPage)),
        ),
        shared,
        column(t.columns.type, "type"),
        column(t.columns.consent, "consent"),
      );
    else fill(head, shared, this.#list.tab === "declined" && column(t.columns.action, "action"));
  }

  #showRows() {
    const { rows, table, pager, state, range, previous, next, caption, live } = this.#frame;
    const { first, last, total } = this.#list;
    const restore =
      this.#list.tab === "declined"
        ? (/** @type {Row} */ row, /** @type {HTMLButtonElement} */ button) => void this.#restore(row, button)
        : null;
    this.#head();
    table.removeAttribute("aria-busy");
    table.dataset.tab = this.#list.tab;
    caption.textContent = t.tabs[this.#list.tab];
    fill(
      rows,
      this.#list.rows.map((row) =>
        this.#list.tab === "open"
          ? decidingRow(row, (which, change) => this.#choose(which, change))
          : settledRow(row, restore),
      ),
    );
    const empty = this.#list.rows.length === 0;
    table.hidden = pager.hidden = empty;
    fill(state, empty && this.#emptyState());
    range.textContent = t.range(first, last, total);
    live.textContent = empty ? "" : t.loaded(first, last, total);
    previous.disabled = this.#list.trail.length === 1;
    next.disabled = this.#list.next === null;
    this.#frame.finish.hidden = this.#list.tab !== "open" || (empty && !this.#list.searching);
    this.#frame.footer.hidden = this.#frame.finish.hidden;
    this.#showSelected();
  }

  #emptyState() {
    const searching = this.#list.searching;
    const kind = searching ? "search" : this.#syncing && this.#list.tab === "open" ? "syncing" : this.#list.tab;
    const [title, words] = t.empty[kind];
    const all = h(
      "button",
      { type: "button", class: "button", on: { click: () => this.#go({ q: "", filter: "" }) } },
      t.clear,
    );
    return h(
      "div",
      { class: "state", data: { state: kind } },
      icon(kind === "search" ? "search" : kind === "syncing" ? "sync" : "people"),
      h("h2", {}, title),
      h("p", {}, words),
      searching && all,
    );
  }

  /** @param {ApiError} error */
  #showFailure(error) {
    const { table, pager, state, footer } = this.#frame;
    table.hidden = pager.hidden = footer.hidden = true;
    const again = h(
      "button",
      { type: "button", class: "button primary", on: { click: () => void this.#load() } },
      text.common.retry,
    );
    fill(
      state,
      h(
        "div",
        { class: "state", role: "alert", data: { state: "failed" } },
        icon("alert"),
        h("h2", {}, t.failedTitle),
        h("p", {}, error.status === 401 ? t.expired : error.message),
        again,
      ),
    );
  }

  /** @param {Row} row @param {Partial<Choice>} change */
  #choose(row, change) {
    this.#saver.set(row.id, this.#list.choose(row, change));
    this.#showSelected();
  }

  /** @param {boolean} ticked */
  #tickPage(ticked) {
    for (const row of this.#list.rows) if (row.choice.selected !== ticked) this.#choose(row, { selected: ticked });
    for (const box of this.#frame.rows.querySelectorAll("input[type=checkbox]")) {
      /** @type {HTMLInputElement} */ (box).checked = ticked;
      box.closest("tr")?.classList.toggle("ticked", ticked);
    }
  }

  #showSelected() {
    const here = this.#list.rows.filter((row) => row.choice.selected).length;
    this.#frame.selected.textContent = t.selected(this.#list.selected);
    this.#frame.tickPage.checked = here > 0 && here === this.#list.rows.length;
    this.#frame.tickPage.indeterminate = here > 0 && here < this.#list.rows.length;
  }

  /** @param {import("./sheet-saver.js").SaveState} state @param {ApiError | null} refusal */
  #showSaved(state, refusal) {
    const words = {
      saved: t.saved,
      saving: t.saving,
      retrying: refusal?.status === 401 ? t.expired : t.notSaved,
      refused: t.refused(refusal?.message ?? ""),
    };
    const { saved } = this.#frame;
    saved.textContent = words[state];
    saved.dataset.state = state;
  }

  /** @param {Row} row @param {HTMLButtonElement} button */
  async #restore(row, button) {
    button.disabled = true;
    try {
      await this.#api.post(
        `/api/import/candidates/${encodeURIComponent(row.id)}/restore`,
        {},
        { key: crypto.randomUUID() },
      );
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#say(error.message);
      button.disabled = false;
      return;
    }
    this.#say(t.restored(spoken(row.name)));
    tell({ type: "crmsync:changed" });
    await this.#load(true);
    await this.#countTabs();
    this.#frame.main.querySelector("h1")?.focus();
  }

  /** @param {string} words */
  #say(words) {
    byId("toast").textContent = words;
    setTimeout(() => byId("toast").textContent === words && byId("toast").replaceChildren(), 6000);
  }

  /** @param {import("./sheet-finish.js").Ending} ending */
  async #askToFinish(ending) {
    if (!(await this.#saver.flush())) return this.#say(this.#frame.saved.textContent ?? "");
    try {
      this.#finish.confirm(ending, await this.#list.count("open"));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#say(error.message);
    }
  }

  #ended() {
    tell({ type: "crmsync:changed" });
    this.#go({ q: "", filter: "" });
    void this.#countTabs();
  }
}

async function start() {
  const token = await windowToken();
  if (token) return new Sheet(claims(token).sub ?? "");
  const again = h(
    "button",
    { type: "button", class: "button primary", on: { click: () => location.reload() } },
    text.common.retry,
  );
  fill(
    byId("main"),
    h(
      "div",
      { class: "state", data: { state: "no-session" } },
      icon("people"),
      h("h1", {}, t.noSession),
      h("p", {}, t.noSessionWhy),
      again,
    ),
  );
}

void start();
