/**
 * Ending the import sheet: what will happen, then how far it is, then what came of it.
 * @module
 */
import { h, fill } from "../parts/dom.js";
import { longText } from "../parts/person.js";
import { pause, withQuery } from "../service/api.js";
import { ApiError } from "../service/errors.js";
import { text } from "../words/strings.js";
import { undoButton, undoState } from "./imports.js";
import { summaryTable, undecidedQuestion } from "./summary.js";

const t = text.sheet;
const POLL = 700;
/** How often asking for the progress may fail in a row before the person is told. */
const PATIENCE = 8;

/** @typedef {"no_import" | "done" | "revisit"} Ending */
/** @typedef {{state: "running" | "finished", imported: number, linked?: number, withdrawn?: number, total: number, failed: {id: string, name?: string, reason: string}[], undo?: import("./imports.js").Undo}} Progress */
/** @typedef {{rest: number, again: number}} Left Rows that are not ticked, and besides these those that come again because somebody waits for the answer. */
/** @typedef {{ending: Ending | null} & Left} Plan What the person confirmed; null when another window began it. */

/** The dialog that ends the sheet. */
export class FinishDialog {
  #api;
  #nameOf;
  #done;
  #body = h("div", { class: "dialog-body" });
  #dialog = h("dialog", { class: "narrow", "aria-labelledby": "finish-title" }, this.#body);

  /**
   * @param {import("../service/api.js").Api} api
   * @param {(id: string) => string | undefined} nameOf the name of a row that was seen
   * @param {() => void} done called when an import has ended
   */
  constructor(api, nameOf, done) {
    this.#api = api;
    this.#nameOf = nameOf;
    this.#done = done;
    // While it runs, Escape must not take away the only sign of it.
    this.#dialog.addEventListener(
      "cancel",
      (event) => this.#dialog.dataset.step === "working" && event.preventDefault(),
    );
    document.body.append(this.#dialog);
  }

  /**
   * Says what will happen, and does it when the person agrees.
   * @param {Ending} ending
   * @param {import("./list.js").Counts} counts
   */
  async confirm(ending, { total, selected, round }) {
    const words = t.confirm[ending];
    const summary = await this.#summary(ending, round);
    /** @type {"later" | "new" | undefined} */
    let undecided = summary?.undecided ? "later" : undefined;
    const again = summary?.again ?? 0;
    const rest = ending === "no_import" ? total : total - selected - again;
    const brought = () => selected - (summary?.unproven ?? 0) - (undecided === "later" ? (summary?.undecided ?? 0) : 0);
    const error = h("p", { class: "error", role: "alert", hidden: true });
    const go = h("button", { type: "button", class: "button primary" });
    const lines = h("div", { class: "dialog-lines" });
    const say = () => {
      go.textContent = words.go(brought(), rest);
      fill(
        lines,
        [...words.lines(brought(), rest), ...(again > 0 ? [t.comesAgain(again)] : [])].map((line) => h("p", {}, line)),
      );
    };
    say();
    const back = h(
      "button",
      { type: "button", class: "button", autofocus: true, on: { click: () => this.#dialog.close() } },
      t.back,
    );
    go.addEventListener("click", async () => {
      go.disabled = back.disabled = true;
      error.hidden = true;
      try {
        await this.#begin(ending, round, { rest, again }, undecided);
      } catch (caught) {
        if (!(caught instanceof ApiError)) throw caught;
        error.textContent = caught.message;
        error.hidden = false;
        go.disabled = back.disabled = false;
      }
    });
    this.#step(
      "confirm",
      words.title,
      lines,
      summary && summary.selected > 0 && summaryTable(summary),
      summary &&
        summary.selected > 0 &&
        undecidedQuestion(summary, (fate) => {
          undecided = fate;
          say();
        }),
      error,
      buttons(back, go),
    );
  }

  /**
   * What the ending would do, counted by the service; null when nothing is imported.
   * @param {Ending} ending
   * @param {number} round
   * @returns {Promise<import("./summary.js").Summary | null>}
   */
  async #summary(ending, round) {
    if (ending === "no_import") return null;
    return this.#api.get(withQuery("/api/import/summary", { action: ending, round }));
  }

  /**
   * @param {Ending} ending
   * @param {number} round
   * @param {Left} left
   * @param {"later" | "new"} [undecided] what becomes of rows of which nobody has said who they are
   */
  async #begin(ending, round, left, undecided) {
    try {
      const { import_id } = await this.#api.post(
        "/api/import/finish",
        { action: ending, round, ...(undecided && { undecided }) },
        { key: crypto.randomUUID() },
      );
      await this.follow(import_id, { ending, ...left });
    } catch (error) {
      const running =
        error instanceof ApiError && error.status === 409 ? error.body?.error?.current?.import_id : undefined;
      if (!running) throw error;
      await this.follow(running, { ending: null, rest: 0, again: 0 });
    }
  }

  /**
   * Shows how far an import is, until it has ended. Raises ApiError when the service stays out of reach.
   * @param {string} id
   * @param {Plan} plan
   */
  async follow(id, plan) {
    const bar = h("div");
    const meter = h("div", { class: "meter open", role: "progressbar", "aria-label": t.working }, bar);
    const count = h("p", { class: "quiet", role: "status" });
    const note = plan.ending === null ? t.running : t.workingNote;
    this.#step("working", t.working, meter, count, h("p", { class: "quiet" }, note));
    for (;;) {
      const progress = await this.#ask(id);
      if (progress.state === "finished") return this.#finished(id, progress, plan);
      const handled = progress.imported + (progress.linked ?? 0) + progress.failed.length;
      meter.classList.toggle("open", progress.total === 0);
      if (progress.total > 0) {
        bar.style.width = `${Math.round((100 * handled) / progress.total)}%`;
        meter.setAttribute("aria-valuenow", String(Math.round((100 * handled) / progress.total)));
        count.textContent = t.workingCount(handled, progress.total);
      }
      await pause(POLL);
    }
  }

  /** @param {string} id @returns {Promise<Progress>} */
  async #ask(id) {
    for (let failures = 0; ; failures += 1) {
      try {
        return await this.#api.get(`/api/import/${encodeURIComponent(id)}`);
      } catch (error) {
        if (!(error instanceof ApiError) || !error.passing || failures >= PATIENCE) throw error;
        await pause(POLL * (failures + 1));
      }
    }
  }

  /** @param {string} id @param {Progress} progress @param {Plan} plan */
  #finished(id, { imported, linked = 0, withdrawn = 0, failed, undo }, { ending, rest, again }) {
    const words = t.finished;
    const brought = imported + linked;
    const lines = [
      brought > 0 && words.imported(brought),
      linked > 0 && words.linked(linked),
      withdrawn > 0 && words.withdrawn(withdrawn),
      ending === "done" && rest > 0 && words.declined(rest),
      again > 0 && t.comesAgain(again),
      (ending === "revisit" || ending === "no_import") && rest > 0 && words.kept(rest),
    ].filter(Boolean);
    const close = h(
      "button",
      { type: "button", class: "button primary", on: { click: () => this.#leave() } },
      text.common.closeWindow,
    );
    const list = h(
      "button",
      { type: "button", class: "button", on: { click: () => this.#dialog.close() } },
      words.list,
    );
    const outcome = h("div", { role: "status" }, undoState(undo));
    const takeBack = undoButton(this.#api, { id, created_at: null, undo }, text.sheet.imports.undo, (now) => {
      takeBack?.remove();
      fill(outcome, undoState(now));
      this.#done();
      close.focus();
    });
    this.#step(
      "finished",
      brought === 0 && ending !== "done" ? words.nothing : words.title,
      lines.map((line) => h("p", {}, line)),
      failed.length > 0 && this.#failures(failed),
      h("div", { class: "outcome" }, outcome, takeBack),
      buttons(list, close),
    );
    close.focus();
    this.#done();
  }

  /** @param {Progress["failed"]} failed */
  #failures(failed) {
    const items = failed.map(({ id, name, reason }) =>
      h(
        "li",
        {},
        h("strong", {}, longText(name || this.#nameOf(id) || t.finished.someone)),
        h("div", { class: "quiet wrap", dir: "auto" }, t.finished.failures[reason] ?? reason),
      ),
    );
    return h(
      "section",
      { class: "failures" },
      h("h3", {}, t.finished.failed(failed.length)),
      h("ul", { tabindex: "0", "aria-label": t.finished.failed(failed.length) }, items),
    );
  }

  #leave() {
    window.close();
    // A tab that no script opened stays: then the list is what remains.
    this.#dialog.close();
  }

  /**
   * @param {string} step
   * @param {string} title
   * @param {...(import("../parts/dom.js").Child | import("../parts/dom.js").Child[])} contents
   */
  #step(step, title, ...contents) {
    this.#dialog.dataset.step = step;
    fill(this.#body, h("h2", { id: "finish-title" }, title), ...contents);
    if (!this.#dialog.open) this.#dialog.showModal();
  }
}

/** @param {...(HTMLElement | null)} children */
function buttons(...children) {
  return h("div", { class: "dialog-buttons" }, children);
}
