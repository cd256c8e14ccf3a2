/**
 * An attempt to connect, as the page knows it that the pop-up was opened from.
 *
 * What Google grants is taken by the person who began. The pop-up does it when it comes back, unless Google's pages have cut its tie to this
 * page: then it cannot know for whom it acts, and this page takes it, for it knows.
 * @module
 */
import { ApiError } from "../service/errors.js";

/** The service's own limit of an attempt, in milliseconds. */
const LIFETIME = 600_000;
const FIRST = 1000;
const LAST = 5000;

/** @typedef {{outcome: "connected" | "partial" | "other_account" | "waiting", email: string | null, ended_clean_up: boolean}} Taken */

/** Takes what Google grants when the pop-up cannot. */
export class Attempt {
  #api;
  #popupIsTied;
  #taken;
  /** @type {string | null} */
  #pending = null;
  #until = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {import("../service/api.js").Api} api
   * @param {() => boolean} popupIsTied whether the pop-up can still ask this page
   * @param {(pending: string, taken: Taken) => void} taken
   */
  constructor(api, popupIsTied, taken) {
    this.#api = api;
    this.#popupIsTied = popupIsTied;
    this.#taken = taken;
  }

  /** The pop-up leaves for Google. @param {string} pending by which the grant is taken */
  begin(pending) {
    this.end();
    this.#pending = pending;
    this.#until = Date.now() + LIFETIME;
    this.#wait(FIRST);
  }

  /** It has ended, or is somebody else's. */
  end() {
    this.#pending = null;
    clearTimeout(this.#timer);
  }

  /** @param {number} time */
  #wait(time) {
    this.#timer = setTimeout(() => void this.#look(Math.min(time * 1.2, LAST)), time);
  }

  /** @param {number} next */
  async #look(next) {
    const pending = this.#pending;
    if (pending === null || Date.now() > this.#until) return this.end();
    if (!this.#popupIsTied()) {
      try {
        const taken = await this.#api.post("/api/google/connect/confirm", { pending });
        if (pending !== this.#pending) return;
        this.end();
        return this.#taken(pending, taken);
      } catch (error) {
        // Google has not come back yet, or the person has closed the window.
        if (!(error instanceof ApiError)) throw error;
      }
    }
    if (pending === this.#pending) this.#wait(next);
  }
}
