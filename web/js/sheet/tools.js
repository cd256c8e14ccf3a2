/**
 * Finding rows on the import sheet: search, filters, labels, order, and the count of what was found.
 * @module
 */
import { fill, h, icon } from "../parts/dom.js";
import { searchField } from "../parts/search-field.js";
import { withQuery } from "../service/api.js";
import { ApiError } from "../service/errors.js";
import { text } from "../words/strings.js";
import { FILTERS } from "./list.js";

const t = text.sheet;
const LABEL = 60;

/** @typedef {import("./list.js").Position} Position */

/** The tools above the rows. */
export class SheetTools {
  #go;
  #chips = new Map(FILTERS.map((name) => [name, this.#chip(name)]));
  #search = searchField({ label: t.search, hint: t.searchHint }, (q) => this.#go({ q }));
  #label = h("select", {
    "aria-label": t.label,
    hidden: true,
    on: { change: () => this.#go({ label: this.#label.value }) },
  });
  #order = h(
    "select",
    {
      "aria-label": t.order,
      on: { change: () => this.#go({ order: /** @type {Position["order"]} */ (this.#order.value) }) },
    },
    Object.entries(t.orders).map(([value, words]) => h("option", { value }, words)),
  );
  #found = h("span", { class: "found quiet small" });
  #all = h(
    "button",
    {
      type: "button",
      class: "link small",
      hidden: true,
      on: { click: () => this.#go({ q: "", filters: [], label: "" }) },
    },
    t.clear,
  );
  /** @type {Position["filters"]} */
  #filters = [];
  element = h(
    "div",
    { class: "finding" },
    h("div", { class: "tools" }, this.#search.element, this.#label, this.#order),
    h(
      "div",
      { class: "chips", role: "group", "aria-label": t.filter },
      [...this.#chips.values()],
      this.#found,
      this.#all,
    ),
  );

  /** @param {(change: Partial<Position>) => void} go */
  constructor(go) {
    this.#go = go;
  }

  /** Puts the focus where one types. */
  focus() {
    this.#search.input.focus();
  }

  /** Which search and filters are set. @param {import("./list.js").SheetList} list */
  show(list) {
    if (document.activeElement !== this.#search.input) this.#search.input.value = list.q;
    this.#filters = list.filters;
    const open = list.tab === "open";
    for (const [name, chip] of this.#chips) {
      chip.setAttribute("aria-pressed", String(list.filters.includes(name)));
      chip.hidden = !open && (name === "selected" || name === "undecided" || name === "possible_duplicate");
    }
    this.#order.value = list.order;
    this.#label.value = list.label;
    if (list.label && this.#label.value !== list.label) {
      this.#label.append(h("option", { value: list.label }, cut(list.label)));
      this.#label.value = list.label;
    }
    this.#label.hidden = !open || this.#label.options.length < 2;
    this.#all.hidden = true;
  }

  /** How many rows there are. @param {import("./list.js").SheetList} list */
  showFound(list) {
    this.#found.textContent = list.rows.length > 0 ? t.found(list.total) : "";
    // An empty list offers the same itself.
    this.#all.hidden = !list.searching || list.rows.length === 0;
  }

  /** Asks which labels there are. @param {import("../service/api.js").Api} api */
  async learnLabels(api) {
    try {
      const { items } = await api.get(withQuery("/api/import/labels", {}));
      const chosen = this.#label.value;
      fill(
        this.#label,
        h("option", { value: "" }, t.anyLabel),
        items.map((/** @type {{name: string, count: number}} */ { name, count }) =>
          h("option", { value: name }, t.labelCount(cut(name), count)),
        ),
      );
      this.#label.value = chosen;
      this.#label.hidden = items.length === 0;
    } catch (error) {
      // The sheet does without labels to choose from.
      if (!(error instanceof ApiError)) throw error;
    }
  }

  /** @param {typeof FILTERS[number]} name */
  #chip(name) {
    const press = () => {
      const without = this.#filters.filter((each) => each !== name);
      this.#go({ filters: without.length < this.#filters.length ? without : [...without, name] });
    };
    return h(
      "button",
      { type: "button", class: "chip", data: { filter: name }, "aria-pressed": "false", on: { click: press } },
      icon("check"),
      t.filters[name],
    );
  }
}

/** @param {string} name */
function cut(name) {
  return name.length > LABEL ? `${name.slice(0, LABEL)}…` : name;
}
