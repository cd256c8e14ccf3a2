/**
 * The import sheet: what happens when the person turns a page, chooses, searches, brings back, finishes.
 * @module
 */
import "../words/page-language.js";
import { learnTypes } from "../choice/types.js";
import { actForOpener } from "../parts/acting.js";
import { spoken } from "../parts/person.js";
import { Api } from "../service/api.js";
import { ApiError } from "../service/errors.js";
import { caller } from "../service/caller.js";
import { tell } from "../service/messages.js";
import { StatusPoller } from "../service/sync-status.js";
import { text } from "../words/strings.js";
import { showComparison } from "./compare.js";
import { Drafts } from "./drafts.js";
import { FinishDialog } from "./finish.js";
import { showKeys } from "./help.js";
import { showImports } from "./imports.js";
import { SheetList } from "./list.js";
import { ChoiceSaver } from "./saver.js";
import { SheetView } from "./view.js";

const t = text.sheet;
const LOOK_EVERY = 20_000;
const EVERYTHING = { q: "", filters: /** @type {[]} */ ([]), label: "" };
const TABS = /** @type {const} */ (["open", "declined", "imported"]);

/** @typedef {import("./list.js").Row} Row */

class Sheet {
  #owner;
  #api = new Api("", caller.token);
  #saver;
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
  #view = new SheetView(this.#list, {
    tab: (tab) => this.#go({ tab, ...EVERYTHING }),
    find: (change) => this.#go(change),
    help: showKeys,
    imports: () => showImports(this.#api, () => void this.#ended()),
    compare: (row, match, answered) => showComparison(this.#api, row, match, answered),
    visit: ({ id, name }) => void this.#visit(id, name),
    changeMany: (scope, change, progress) => this.#changeMany(scope, change, progress),
    tickPage: (ticked) => this.#tickPage(ticked),
    next: () => this.#turn(() => this.#list.forward()),
    previous: () => this.#turn(() => this.#list.back()),
    finish: (ending) => void this.#askToFinish(ending),
    choose: (row, change) => this.#choose(row, change),
    restore: (row, button) => void this.#restore(row, button),
  });
  /** @type {Map<string, string>} Names of rows that were shown, for reporting on them later. */
  #names = new Map();
  #syncing = false;
  #loaded = false;

  /** @param {string} owner the person whose sheet this is */
  constructor(owner) {
    this.#owner = owner;
    document.title = t.title;
    const drafts = new Drafts(owner);
    drafts.endOthers();
    caller.watch((standing) => (standing === "signed_out" || standing === "other") && drafts.end());
    this.#saver = new ChoiceSaver(
      (rows, keepalive) => this.#save(rows, keepalive),
      (state, refusal) => this.#view.showSaved(state, refusal),
      drafts,
    );
    this.#list.restore(owner);
    this.#view.showSaved("saved", null);
    window.addEventListener("pagehide", () => this.#saver.leave());
    document.addEventListener("visibilitychange", () => this.#seen());
    this.#saver.resume();
    void this.#load().then(() => this.#countTabs());
    void this.#view.learn(this.#api);
    this.#poller.start();
    setInterval(() => void this.#look(), LOOK_EVERY);
    window.addEventListener("focus", () => void this.#look());
  }

  /** Back in sight: another window may have chosen meanwhile. Out of sight: a phone may never come back. */
  #seen() {
    if (document.visibilityState === "hidden") this.#saver.leave();
    else void this.#look();
  }

  /** Another browser of the same person may have chosen meanwhile. */
  async #look() {
    if (document.visibilityState === "hidden" || !this.#loaded || !this.#saver.settled || this.#list.tab !== "open")
      return;
    try {
      const changed = await this.#list.look();
      if (!this.#saver.settled) return;
      if (changed) this.#view.showChanged(changed);
      else if (!this.#view.busy) this.#view.showRows(this.#syncing);
    } catch (error) {
      // The next look, or the next choice, finds out.
      if (!(error instanceof ApiError)) throw error;
    }
  }

  /**
   * @param {Partial<import("./list.js").Position>} change
   * @returns {Promise<void>}
   */
  #go(change) {
    this.#list.show(change);
    return this.#load();
  }

  /** Shows a row: on this page, or where its name is found. @param {string} id @param {string} name */
  async #visit(id, name) {
    if (this.#view.visit(id)) return;
    await this.#go({ ...EVERYTHING, q: name });
    this.#view.visit(id);
  }

  /** @param {() => void} turn */
  async #turn(turn) {
    turn();
    await this.#load();
    this.#view.goToTop();
  }

  /**
   * @param {boolean} [quietly] without a sign of loading, and keeping what is shown when it fails
   * @returns {Promise<void>}
   */
  async #load(quietly = false) {
    this.#loaded &&= quietly;
    this.#view.showPosition();
    if (!quietly) this.#view.showLoading();
    // What was chosen must be in before the service counts and filters by it.
    await this.#saver.flush();
    try {
      if (!(await this.#list.load())) return;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // A position kept from before may mean nothing any more.
      if (error.code === "invalid_page_token" && this.#list.trail.length > 1) return this.#go({});
      if (!quietly) this.#view.showFailure(error, () => void this.#load());
      return;
    }
    if (this.#list.rows.length === 0 && this.#list.trail.length > 1) return this.#go({});
    this.#loaded = true;
    this.#list.remember(this.#owner);
    for (const row of this.#list.rows) this.#names.set(row.id, row.name);
    this.#view.showRows(this.#syncing);
  }

  async #countTabs() {
    try {
      for (const tab of TABS) this.#view.showCount(tab, (await this.#list.count(tab)).total);
    } catch (error) {
      // The tabs do without their counts; the list itself says what is wrong.
      if (!(error instanceof ApiError)) throw error;
    }
  }

  /**
   * While the first contacts are on their way, the empty sheet fills by itself.
   * @param {import("../service/sync-status.js").Status | null} status
   */
  #syncSays(status) {
    const was = this.#syncing;
    this.#syncing = status?.state === "syncing";
    const bare = this.#loaded && this.#list.rows.length === 0 && this.#list.tab === "open" && !this.#list.searching;
    if (bare && (this.#syncing || was)) void this.#load(true).then(() => this.#countTabs());
  }

  /** @param {Row} row @param {Partial<import("../choice/choice.js").Choice>} change */
  #choose(row, change) {
    this.#saver.set(row.id, this.#list.choose(row, change));
    if ("same_row" in change) this.#view.showChanged(this.#list.reflect(row));
    this.#view.showSelected();
  }

  /** @param {boolean} ticked */
  #tickPage(ticked) {
    for (const row of this.#list.rows) if (row.choice.selected !== ticked) this.#choose(row, { selected: ticked });
    this.#view.tickAll(ticked);
  }

  /**
   * The same choice for many rows, call after call.
   * @param {import("./bulk.js").Scope} scope
   * @param {import("./bulk.js").Change} choice
   * @param {(done: number) => void} progress
   */
  async #changeMany(scope, choice, progress) {
    if (!(await this.#saver.flush())) throw new ApiError(409, "conflict", t.finishUnsaved);
    let [done, withdrawn] = [0, 0];
    /** @type {string | null} */
    let page_token = null;
    do {
      const body = { ...scope, choice, page_token };
      const answer = await this.#api.post("/api/import/choices/all", body, { key: crypto.randomUUID() });
      done += answer.changed;
      withdrawn += answer.withdrawn;
      page_token = answer.next_page_token;
      progress(done);
    } while (page_token);
    this.#view.say(withdrawn > 0 ? `${t.bulk.done(done)} ${t.bulk.withdrawn(withdrawn)}` : t.bulk.done(done));
    await this.#load(true);
  }

  /** @param {object[]} rows @param {boolean} keepalive */
  async #save(rows, keepalive) {
    const { skipped } = await this.#api.put("/api/import/choices", { rows }, { keepalive });
    if (skipped.length === 0 || keepalive) return;
    this.#view.say(t.elsewhere);
    setTimeout(() => void this.#load(true));
  }

  /** @param {Row} row @param {HTMLButtonElement} button */
  async #restore(row, button) {
    button.disabled = true;
    const path = `/api/import/candidates/${encodeURIComponent(row.id)}/restore`;
    try {
      await this.#api.post(path, {}, { key: crypto.randomUUID() });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#view.say(error.message);
      button.disabled = false;
      return;
    }
    this.#view.say(t.restored(spoken(row.name)));
    tell({ type: "crmsync:changed" });
    await this.#load(true);
    this.#view.focusTitle();
    await this.#countTabs();
  }

  /** @param {import("./finish.js").Ending} ending */
  async #askToFinish(ending) {
    try {
      if (!(await this.#saver.flush())) return this.#view.say(t.finishUnsaved);
      await this.#finish.confirm(ending, { ...(await this.#list.count("open")), round: this.#list.round });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#view.say(error.message);
    }
  }

  #ended() {
    tell({ type: "crmsync:changed" });
    void this.#go(EVERYTHING).then(() => this.#countTabs());
  }
}

void actForOpener(async ({ sub = "" }) => {
  await learnTypes(new Api("", caller.token));
  new Sheet(sub);
});
