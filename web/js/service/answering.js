/**
 * The page's part: it answers our windows that ask who is signed in, and tells them when that may have changed.
 * @module
 */
import { isOurs } from "./messages.js";

/** @typedef {(renew?: boolean) => string | null | undefined | Promise<string | null | undefined>} TokenProvider */

/** Answers the windows of one service. */
export class Answering {
  #origin;
  #provider;
  /** Who has asked. @type {Set<Window>} */
  #asked = new Set();

  /**
   * @param {string} origin of the service, whose windows may ask
   * @param {TokenProvider} provider gives the token of whoever is signed in now
   */
  constructor(origin, provider) {
    this.#origin = origin;
    this.#provider = provider;
  }

  /** Begins to answer. */
  start() {
    window.addEventListener("message", this.#answer);
    window.addEventListener("pagehide", this.changed);
  }

  /** Ends; windows that asked are told, for another page may have to answer. */
  stop() {
    window.removeEventListener("message", this.#answer);
    window.removeEventListener("pagehide", this.changed);
    this.changed();
  }

  /** Tells all windows that somebody else may be signed in from now on. */
  changed = () => {
    for (const asked of this.#asked) {
      if (asked.closed) this.#asked.delete(asked);
      else asked.postMessage({ type: "crmsync:caller" }, this.#origin);
    }
  };

  /** @param {MessageEvent} event */
  #answer = async ({ data, origin, source }) => {
    if (origin !== this.#origin || !isOurs(data) || data.type !== "crmsync:hello") return;
    const asking = /** @type {Window | null} */ (source);
    // It was closed, or went on, in the meantime.
    if (!asking) return;
    this.#asked.add(asking);
    const token = (await this.#provider(data.renew === true)) ?? null;
    asking.postMessage({ type: "crmsync:token", nonce: data.nonce, token }, this.#origin);
  };
}
