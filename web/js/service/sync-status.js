/**
 * Follows the sync's status: asks each second while something moves, each few seconds whether anything came in while somebody looks, and all
 * of it seldom otherwise, and at once when the person comes back.
 * @module
 */
import { ApiError } from "./errors.js";

const BUSY = 1000;
const IDLE = 30_000;
/** How often a page that is looked at asks whether the sync has written anything: a question that costs one read, and an empty answer. */
const QUICK = 2000;

/**
 * @typedef {object} Problem
 * @property {string} code
 * @property {string} message
 * @property {string} action "reconnect", "allow_calendar", "allow_contacts", "review", "sharing", "resume", "wait" or empty
 */

/**
 * Something that waits: how many records (null: nobody has counted), until when (null: not known; it may have just passed), and the word for
 * why.
 * @typedef {object} Wait
 * @property {"contacts" | "calendar" | "import" | "undo" | "disconnect"} what
 * @property {number | null} count
 * @property {string | null} until
 * @property {string} why
 */

/**
 * A Google account that the user has left: while it is being cleaned up, and as long as there is something to tell of it.
 * @typedef {object} Departure
 * @property {string} email
 * @property {boolean} ended
 * @property {string} until when it ends at the latest
 * @property {string | null} next the account that is connected then
 * @property {{resource: "contacts" | "calendar", side: "google" | "crm", count: number, reason: string}[]} left
 * @property {boolean} access_left
 */

/**
 * The answer of GET /api/sync.
 * @typedef {object} Status
 * @property {"disconnected" | "syncing" | "complete" | "contacts_found" | "attention" | "paused"} state
 * @property {{email: string} | null} account
 * @property {{contacts: boolean, calendar: boolean}} granted
 * @property {{phase: string, done: number, total: number | null, seconds_left: number | null} | null} progress
 * @property {Wait[]} waits
 * @property {number} waiting
 * @property {number} conflicts
 * @property {number} holds
 * @property {number} refused
 * @property {number} doubles
 * @property {Problem[]} problems
 * @property {string | null} last_synced_at
 * @property {Record<"contacts" | "calendar", {last_synced_at: string | null, paused_at: string | null}>} resources
 * @property {Departure | null} departure
 * @property {string | null} changed_at
 */

/** Whether nothing is at work and something waits. @param {Status | null} status */
export function isWaiting(status) {
  return status?.state === "syncing" && status.progress?.phase === "waiting";
}

/** Whether a job is at work or about to be: counts of what waits for the person are not known then. @param {Status | null} status */
export function isMoving(status) {
  return status?.state === "syncing" && !isWaiting(status);
}

/** Whether jobs may write something that the person looks for. @param {Status | null} status */
function isFollowed(status) {
  return status !== null && (status.state !== "disconnected" || status.departure?.ended === false);
}

/** Polls GET /api/sync and reports what changes. */
export class StatusPoller {
  /** @type {Status | null} */
  status = null;
  #api;
  #report;
  #eager;
  /** @type {string | null} */
  #etag = null;
  /** When all was last asked for, by the clock of the page. */
  #asked = -Infinity;
  #failures = 0;
  #asking = false;
  #again = false;
  #running = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {import("./api.js").Api} api
   * @param {(status: Status | null, error: ApiError | null) => void} report called after each change and each failure
   * @param {() => boolean} eager whether to ask each second although nothing is known to move
   */
  constructor(api, report, eager) {
    this.#api = api;
    this.#report = report;
    this.#eager = eager;
  }

  /** Begins, or asks at once when it has begun already. */
  start() {
    if (!this.#running) {
      this.#running = true;
      window.addEventListener("focus", this.now);
      document.addEventListener("visibilitychange", this.now);
    }
    this.now();
  }

  /** Ends. */
  stop() {
    this.#running = false;
    clearTimeout(this.#timer);
    window.removeEventListener("focus", this.now);
    document.removeEventListener("visibilitychange", this.now);
  }

  /** Forgets what it knows, for another caller. */
  reset() {
    this.status = null;
    this.#etag = null;
    this.#asked = -Infinity;
    this.#failures = 0;
  }

  /** Asks now; when a question is under way, once more after it. */
  now = () => {
    this.#asked = -Infinity;
    this.#next();
  };

  #next = () => {
    clearTimeout(this.#timer);
    if (this.#asking) {
      this.#again = true;
    } else if (this.#running) {
      void this.#ask();
    }
  };

  async #ask() {
    this.#asking = true;
    try {
      const quick = this.#etag !== null && performance.now() - this.#asked < IDLE;
      if (!quick) this.#asked = performance.now();
      const answer = await this.#api.getIfChanged(`/api/sync${quick ? "?quick=true" : ""}`, this.#etag);
      const recovered = this.#failures > 0;
      this.#failures = 0;
      if (answer) {
        this.#etag = answer.etag;
        this.status = answer.body;
      }
      if ((answer || recovered) && this.#running) this.#report(this.status, null);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#failures += 1;
      if (this.#running) this.#report(this.status, error);
    } finally {
      this.#asking = false;
      this.#schedule();
    }
  }

  #schedule() {
    if (!this.#running) return;
    const wait = this.#again ? 0 : this.#interval();
    this.#again = false;
    this.#timer = setTimeout(this.#next, wait);
  }

  #interval() {
    const moving = this.#eager() || isMoving(this.status);
    const watched = document.visibilityState === "visible" && isFollowed(this.status);
    const wanted = moving ? BUSY : watched ? QUICK : IDLE;
    return this.#failures === 0 ? wanted : Math.min(Math.max(wanted, BUSY * 2 ** this.#failures), IDLE);
  }
}
