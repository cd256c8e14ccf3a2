/**
 * Choices that the service does not have yet, kept in the browser's storage so that not even a crash or a flat battery loses them.
 * @module
 */

import { DRAFTS, forgetPerson } from "../service/kept.js";

const LONGEST = 30 * 86_400_000;

/** @typedef {import("../choice/choice.js").Choice} Choice */
/** @typedef {Record<string, {at: number, choice: Choice}>} Kept */

/** The drafts of one person, shared by all windows of this browser. */
export class Drafts {
  #owner;
  #key;
  /** @type {Map<string, Choice | null>} What is to be kept, or forgotten, at the end of this turn. */
  #changes = new Map();

  /** @param {string} owner */
  constructor(owner) {
    this.#owner = owner;
    this.#key = DRAFTS + owner;
  }

  /** Forgets all of them: the person has signed out. */
  end() {
    this.#changes.clear();
    forgetPerson(this.#owner);
  }

  /** Forgets those of everybody else: their windows were gone when they signed out. */
  endOthers() {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(DRAFTS) && key !== this.#key) localStorage.removeItem(key);
    }
  }

  /** What is left from before. @returns {[string, Choice][]} */
  restore() {
    const kept = Object.entries(this.#read());
    return kept.filter(([, { at }]) => Date.now() - at < LONGEST).map(([id, { choice }]) => [id, choice]);
  }

  /** @param {string} id @param {Choice} choice */
  keep(id, choice) {
    this.#change(id, choice);
  }

  /** The service has it, or will never take it. @param {string} id */
  forget(id) {
    this.#change(id, null);
  }

  /** @param {string} id @param {Choice | null} choice */
  #change(id, choice) {
    if (this.#changes.size === 0) queueMicrotask(() => this.#write());
    this.#changes.set(id, choice);
  }

  #write() {
    const kept = this.#read();
    for (const [id, choice] of this.#changes) {
      if (choice) kept[id] = { at: Date.now(), choice };
      else delete kept[id];
    }
    this.#changes.clear();
    try {
      if (Object.keys(kept).length > 0) localStorage.setItem(this.#key, JSON.stringify(kept));
      else localStorage.removeItem(this.#key);
    } catch {
      // A full or forbidden storage: the choices are still in memory and being sent.
    }
  }

  /** @returns {Kept} */
  #read() {
    try {
      return JSON.parse(localStorage.getItem(this.#key) ?? "{}");
    } catch {
      return {};
    }
  }
}
