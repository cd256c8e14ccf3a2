/**
 * Asks what of a series is meant: this occurrence, this and all that follow, or the whole of it.
 * @module
 */
import { byId, h } from "../../parts/dom.js";
import { text } from "../../words/strings.js";
import { sayRecurrence } from "./recurrence-words.js";

/** @typedef {"one" | "rest" | "all"} Scope */

/**
 * Answers null when the person turns back.
 * @param {Record<string, any>} series
 * @param {string} when of the occurrence, in words
 * @param {Scope[]} scopes
 * @returns {Promise<Scope | null>}
 */
export function askScope(series, when, scopes) {
  const t = text.appointment.scope;
  return new Promise((resolve) => {
    /** @type {Scope | null} */
    let chosen = null;
    const choose = (/** @type {Scope} */ scope) => {
      chosen = scope;
      dialog.close();
    };
    const dialog = h(
      "dialog",
      { class: "narrow", "aria-labelledby": "scope-title", "aria-describedby": "scope-what" },
      h(
        "div",
        { class: "dialog-body" },
        h("h2", { id: "scope-title" }, t.title),
        h(
          "div",
          { id: "scope-what" },
          h("p", { class: "wrap" }, h("strong", { dir: "auto" }, series.title.trim() || text.appointment.untitled)),
          h("p", { class: "quiet small" }, sayRecurrence(series.recurrence, series.start)),
        ),
        h(
          "div",
          { class: "scopes" },
          scopes.map((scope, position) =>
            h(
              "button",
              {
                type: "button",
                class: "button scope",
                autofocus: position === 0,
                data: { scope },
                on: { click: () => choose(scope) },
              },
              h("strong", {}, t[scope]),
              scope === "one" && h("span", { class: "quiet small" }, when),
            ),
          ),
        ),
        h(
          "div",
          { class: "dialog-buttons" },
          h(
            "button",
            { type: "button", class: "button bare", on: { click: () => dialog.close() } },
            text.common.cancel,
          ),
        ),
      ),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(chosen);
    });
    byId("dialogs").append(dialog);
    dialog.showModal();
  });
}
