/**
 * What every list has in common: grey lines while it loads, its empty and failed states, and looking again while something is on its way.
 * @module
 */
import { ApiError } from "../service/errors.js";
import { text } from "../words/strings.js";
import { fill, h, icon } from "./dom.js";

/**
 * A designed state in place of a list.
 * @param {string} kind left on the element for tests
 * @param {string} symbol
 * @param {string} title
 * @param {string} words
 * @param {HTMLElement | null} [action]
 */
export function stateBox(kind, symbol, title, words, action = null) {
  return h(
    "div",
    { class: "state", data: { state: kind }, role: kind === "failed" ? "alert" : null },
    icon(symbol),
    h("h2", {}, title),
    h("p", {}, words),
    action,
  );
}

/** Grey lines while a list loads. @param {number} count */
export function skeletons(count) {
  return h(
    "div",
    { class: "skeletons", "aria-hidden": "true" },
    Array.from({ length: count }, () => h("div", { class: "skeleton" })),
  );
}

/**
 * Runs a load and shows what it makes; a newer load overtakes an older one.
 * @param {HTMLElement} holder
 * @param {string} failed title of the failed state
 */
export function loader(holder, failed) {
  let latest = 0;
  /**
   * @param {() => Promise<Node[]>} load
   * @param {boolean} [quietly] keep what is shown until the new is there
   */
  const run = async (load, quietly = false) => {
    latest += 1;
    const mine = latest;
    if (!quietly) fill(holder, skeletons(6));
    holder.setAttribute("aria-busy", "true");
    try {
      const made = await load();
      if (mine === latest) fill(holder, made);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const again = h(
        "button",
        { type: "button", class: "button", on: { click: () => void run(load) } },
        text.common.retry,
      );
      if (mine === latest && !quietly) fill(holder, stateBox("failed", "alert", failed, error.message, again));
    } finally {
      if (mine === latest) holder.removeAttribute("aria-busy");
    }
  };
  return run;
}

const SOON = 1500;
const AT_LAST = 30_000;

/**
 * Looks again while records are on their way to Google: soon at first, then ever more seldom. The returned function is
 * told after each load what was loaded.
 * @param {HTMLElement} holder once it has left the page, nothing is loaded any more
 * @param {() => void} refresh
 * @returns {(records: Record<string, any>[]) => void}
 */
export function whilePending(holder, refresh) {
  let wait = SOON;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  return (records) => {
    clearTimeout(timer);
    if (!records.some((record) => record.sync?.state === "pending")) {
      wait = SOON;
      return;
    }
    timer = setTimeout(() => holder.isConnected && refresh(), wait);
    wait = Math.min(2 * wait, AT_LAST);
  };
}
