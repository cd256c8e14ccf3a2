/**
 * The same choice for many rows at once: for all that are ticked, or for all that the filter shows.
 * @module
 */
import { detailOf } from "../choice/choice.js";
import { consentFields, typeFields } from "../choice/fields.js";
import { typeIds } from "../choice/types.js";
import { ask } from "../parts/confirm-dialog.js";
import { h } from "../parts/dom.js";
import { text } from "../words/strings.js";

const t = text.sheet.bulk;

/** @typedef {{q: string, filter: string}} Scope Which rows. */
/** @typedef {Partial<import("../choice/choice.js").Choice> & {use_suggestion?: boolean}} Change */

/** The bar for changing many rows. */
export class BulkBar {
  #change;
  #list;
  #scope = h("select", { "aria-label": t.scope, on: { change: () => this.#showTicks() } });
  #tick = this.#button(t.tick, () => this.#ask(t.tick, { selected: true }));
  #untick = this.#button(t.untick, () => this.#ask(t.untick, { selected: false }));
  element = h(
    "div",
    { class: "bulk", role: "group", "aria-label": t.label },
    h("label", { class: "scope" }, h("span", { class: "quiet small" }, t.scope), this.#scope),
    this.#button(t.type, () => this.#askType()),
    this.#button(t.consent, () => this.#askConsent()),
    this.#button(t.suggestions, () => this.#ask(t.suggestions, { use_suggestion: true })),
    this.#tick,
    this.#untick,
  );

  /**
   * @param {import("./list.js").SheetList} list
   * @param {(scope: Scope, change: Change, progress: (done: number) => void) => Promise<void>} change makes the change; raises ApiError
   */
  constructor(list, change) {
    this.#list = list;
    this.#change = change;
  }

  /** Which rows there are to change. */
  show() {
    const { selected, total, searching, tab, rows } = this.#list;
    this.element.hidden = tab !== "open" || (rows.length === 0 && selected === 0);
    const chosen = this.#scope.value;
    const scopes = [
      ["ticked", t.ticked(selected), selected],
      ["shown", searching ? t.shown(total) : t.all(total), total],
    ];
    this.#scope.replaceChildren(
      ...scopes.map(([value, words, count]) => h("option", { value, disabled: count === 0 }, words)),
    );
    this.#scope.value =
      (chosen === "ticked" || chosen === "") && selected > 0
        ? "ticked"
        : chosen === "shown" || selected === 0
          ? "shown"
          : "ticked";
    this.#showTicks();
  }

  #showTicks() {
    this.#tick.hidden = this.#ticked;
  }

  get #ticked() {
    return this.#scope.value === "ticked";
  }

  get #count() {
    return this.#ticked ? this.#list.selected : this.#list.total;
  }

  #askType() {
    let choice = { contact_type: typeIds()[0], detail: detailOf(typeIds()[0]) };
    const fields = typeFields(choice, visible, (changed) => (choice = changed));
    this.#ask(t.type, () => choice, fields);
  }

  #askConsent() {
    /** @type {import("../choice/choice.js").Consent} */
    let consent = { status: "none" };
    const fields = consentFields(consent, visible, (changed) => (consent = changed));
    this.#ask(t.consent, () => ({ consent }), fields);
  }

  /**
   * Says for how many rows it is, and does it when the person agrees.
   * @param {string} title
   * @param {Change | (() => Change)} change
   * @param {HTMLElement} [fields]
   */
  #ask(title, change, fields) {
    const count = this.#count;
    const { q, filter } = this.#list;
    const scope = this.#ticked ? { q: "", filter: "selected" } : { q, filter };
    const far = h("p", { class: "quiet small", role: "status" });
    ask({
      title: title.replace("…", ""),
      lines: [this.#ticked ? t.forTicked(count) : t.forShown(count)],
      body: [fields ?? null, far],
      go: t.go(count),
      back: text.common.cancel,
      act: () =>
        this.#change(scope, typeof change === "function" ? change() : change, (done) => {
          far.textContent = t.far(done, count);
        }),
    });
  }

  /** @param {string} words @param {() => void} press */
  #button(words, press) {
    return h("button", { type: "button", class: "button small", on: { click: press } }, words);
  }
}

/** @type {import("../choice/fields.js").Naming} */
const visible = { visible: true, name: (what) => what };
