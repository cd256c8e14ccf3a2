/**
 * Saves the choices of the import sheet as they are made: gathered for a moment, one request at a time, repeated until they are in.
 * @module
 */
import { ApiError } from "../service/errors.js";

const GATHER = 300;
const AT_MOST = 500;
const LONGEST_WAIT = 30_000;
/** Browsers let a request outlive its page only below 64 KB. */
const KEEPALIVE_BYTES = 60_000;

/** @typedef {import("../choice/choice.js").Choice} Choice */
/** @typedef {"saved" | "saving" | "retrying" | "refused"} SaveState */
/** @typedef {(rows: object[], keepalive: boolean) => Promise<unknown>} Send */

/** Keeps what is not saved yet, by row id. */
export class ChoiceSaver {
  #send;
  #report;
  /** @type {Map<string, Choice>} */
  #waiting = new Map();
  /** @type {Map<string, Choice>} */
  #sending = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {Promise<void> | null} */
  #work = null;
  #failures = 0;
  /** @type {ApiError | null} */
  #refusal = null;
  #drafts;

  /**
   * @param {Send} send saves up to 500 rows; raises ApiError
   * @param {(state: SaveState, refusal: ApiError | null) => void} report
   * @param {import("./drafts.js").Drafts | null} [drafts] where choices are kept until they are saved
   */
  constructor(send, report, drafts = null) {
    this.#send = send;
    this.#report = report;
    this.#drafts = drafts;
  }

  /** Takes up again what an earlier page could not save. Answers whether there was anything. */
  resume() {
    const left = this.#drafts?.restore() ?? [];
    for (const [id, choice] of left) this.set(id, choice);
    return left.length > 0;
  }

  /** Takes a choice; the last one of a row counts. @param {string} id @param {Choice} choice */
  set(id, choice) {
    this.#waiting.set(id, choice);
    this.#drafts?.keep(id, choice);
    this.#refusal = null;
    if (this.#failures === 0) this.#report("saving", null);
    this.#wake(this.#failures === 0 ? GATHER : 0);
  }

  /** The choice of a row that the service may not have yet. @param {string} id @returns {Choice | undefined} */
  unsaved(id) {
    return this.#waiting.get(id) ?? this.#sending.get(id);
  }

  /** Whether everything is with the service. */
  get settled() {
    return this.#waiting.size === 0 && this.#sending.size === 0;
  }

  /** Saves now. Answers whether everything is in. */
  async flush() {
    clearTimeout(this.#timer);
    await this.#work;
    if (this.#waiting.size > 0) await this.#run();
    return this.settled && !this.#refusal;
  }

  /** Sends what is left in a request that outlives the page. */
  leave() {
    const rows = [...this.#sending, ...this.#waiting].map(asRow);
    while (rows.length > 0 && JSON.stringify(rows).length > KEEPALIVE_BYTES) rows.pop();
    if (rows.length > 0) this.#send(rows, true).catch(() => this.#wake(0));
  }

  /** @param {number} wait */
  #wake(wait) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#run(), wait);
  }

  #run() {
    this.#work ??= this.#drain().finally(() => {
      this.#work = null;
    });
    return this.#work;
  }

  async #drain() {
    clearTimeout(this.#timer);
    while (this.#waiting.size > 0) {
      const batch = [...this.#waiting].slice(0, AT_MOST);
      this.#sending = new Map(batch);
      for (const [id] of batch) this.#waiting.delete(id);
      try {
        await this.#save(batch);
        this.#failures = 0;
        for (const [id] of batch) if (!this.#waiting.has(id)) this.#drafts?.forget(id);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        // What was chosen meanwhile is newer than what failed.
        this.#waiting = new Map([...this.#sending, ...this.#waiting]);
        this.#sending.clear();
        this.#failures += 1;
        this.#report("retrying", error);
        return this.#wake(Math.min(1000 * 2 ** (this.#failures - 1), LONGEST_WAIT));
      }
      this.#sending.clear();
    }
    this.#report(this.#refusal ? "refused" : "saved", this.#refusal);
  }

  /**
   * Saves a batch. One row that the service refuses must not keep the others from being saved: a refused batch is halved.
   * @param {[string, Choice][]} batch
   * @returns {Promise<void>}
   */
  async #save(batch) {
    try {
      await this.#send(batch.map(asRow), false);
    } catch (error) {
      if (!(error instanceof ApiError) || error.passing || error.status === 401) throw error;
      if (batch.length === 1) {
        this.#refusal = error;
        return;
      }
      const middle = Math.ceil(batch.length / 2);
      await this.#save(batch.slice(0, middle));
      await this.#save(batch.slice(middle));
    }
  }
}

/** @param {[string, Choice]} entry */
function asRow([id, { selected, contact_type, detail, consent, same_person, same_row, other_rows }]) {
  const row = { id, selected, contact_type, detail, consent, same_row, other_rows };
  return same_person === null || same_person === undefined ? row : { ...row, same_person };
}
