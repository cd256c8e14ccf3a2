/**
 * Our windows, opened from a host page: whether one could be opened, and whether one may still be at work.
 * @module
 */

import { markOf } from "../service/claims.js";

const SIZE = { width: 520, height: 720 };
/** How long after a window looks closed it may still be at work: Google's pages can cut the tie that tells us. */
const GRACE = 60_000;

/** The pop-up in which the person connects Google. */
export class ConnectWindow {
  /** @type {Window | null} */
  #window = null;
  #until = 0;

  /**
   * Opens the pop-up, or brings the open one to the front. Must be called in a click. Answers false when the browser blocked it.
   * @param {string} url
   * @param {string} name
   */
  open(url, name) {
    const left = Math.max(0, window.screenX + (window.outerWidth - SIZE.width) / 2);
    const top = Math.max(0, window.screenY + (window.outerHeight - SIZE.height) / 3);
    const features = `popup,width=${SIZE.width},height=${SIZE.height},left=${Math.round(left)},top=${Math.round(top)}`;
    this.#window = openWindow(url, name, features);
    this.expect();
    return this.#window !== null;
  }

  /** Expects a result for a while although no window of ours is known, as after a click on the plain link. */
  expect() {
    this.#until = Date.now() + GRACE;
  }

  /** Brings the pop-up to the front. */
  show() {
    this.#window?.focus();
  }

  /** Closes the pop-up, wherever it has got to: it was opened for somebody else. */
  close() {
    this.#window?.close();
    this.settle();
  }

  /** The attempt has ended. */
  settle() {
    this.#window = null;
    this.#until = 0;
  }

  /** Whether the pop-up is open as far as can be told. */
  get visible() {
    return this.#window !== null && !this.#window.closed;
  }

  /** Whether a result may still come. */
  get pending() {
    if (this.visible) this.expect();
    return Date.now() < this.#until;
  }
}

/**
 * The name of a window: another person's click must not come upon it.
 * @param {string} purpose
 * @param {string | null | undefined} sub whose it is
 */
export function windowName(purpose, sub) {
  return `crmsync-${purpose}-${markOf(sub ?? "")}`;
}

/**
 * Opens a window; null when the browser blocked it. Some blockers throw, some answer a window that is closed already.
 * @param {string} url
 * @param {string} name
 * @param {string} [features]
 * @returns {Window | null}
 */
export function openWindow(url, name, features) {
  try {
    const opened = window.open(url, name, features);
    if (!opened || opened.closed) return null;
    opened.focus();
    return opened;
  } catch {
    return null;
  }
}
