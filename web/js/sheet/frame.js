/**
 * The fixed parts of the import sheet: tabs, search and filter, table, pager, the three endings. It knows where things are, not what they do.
 * @module
 */
import { actingLine } from "../parts/acting.js";
import { h, icon } from "../parts/dom.js";
import { text } from "../words/strings.js";
import { PAGE_SIZES } from "./list.js";

const t = text.sheet;

/** @typedef {import("./list.js").Tab} Tab */
/** @typedef {import("./finish.js").Ending} Ending */
/**
 * What the person may do.
 * @typedef {object} Deeds
 * @property {(tab: Tab) => void} tab
 * @property {(change: Partial<import("./list.js").Position>) => void} find
 * @property {(ticked: boolean) => void} tickPage
 * @property {() => void} next
 * @property {() => void} previous
 * @property {(ending: Ending) => void} finish
 * @property {() => void} help
 * @property {() => void} imports
 */

/**
 * Builds the frame.
 * @param {Deeds} deeds
 * @param {HTMLElement} tools what finds rows
 * @param {HTMLElement} bulk what changes many of them
 */
export function buildFrame(deeds, tools, bulk) {
  const tabs = new Map(
    /** @type {Tab[]} */ (["open", "declined", "imported"]).map((tab) => {
      const count = h("span", { class: "badge" });
      const button = h(
        "button",
        { type: "button", class: "tab", data: { tab }, on: { click: () => deeds.tab(tab) } },
        t.tabs[tab],
        " ",
        count,
      );
      return [tab, { button, count }];
    }),
  );
  const title = h("h1", { tabindex: "-1" }, t.title);
  const lead = h("p", { class: "quiet" });
  const imports = h("button", { type: "button", class: "button bare", on: { click: deeds.imports } }, t.imports.button);
  const help = h(
    "button",
    { type: "button", class: "button bare keys-help", on: { click: deeds.help } },
    h("kbd", { "aria-hidden": "true" }, "?"),
    t.keys.button,
  );
  const tickPage = h("input", { type: "checkbox", on: { change: () => deeds.tickPage(tickPage.checked) } });
  const head = h("tr", { role: "row" });
  const rows = h("tbody", { role: "rowgroup" });
  const caption = h("caption", { class: "out-of-sight" });
  const table = h(
    "table",
    { class: "sheet", role: "grid", "aria-multiselectable": "true" },
    caption,
    h("thead", { role: "rowgroup" }, head),
    rows,
  );
  const state = h("div", { class: "sheet-state" });
  const range = h("span", { class: "quiet" });
  const previous = h(
    "button",
    { type: "button", class: "button", on: { click: deeds.previous } },
    icon("left"),
    text.common.previous,
  );
  const next = h(
    "button",
    { type: "button", class: "button", on: { click: deeds.next } },
    text.common.next,
    icon("right"),
  );
  const pageSize = h(
    "select",
    { on: { change: () => deeds.find({ pageSize: Number(pageSize.value) }) } },
    PAGE_SIZES.map((size) => h("option", { value: size }, size)),
  );
  const pager = h(
    "nav",
    { class: "pager", "aria-label": t.pager },
    h("label", { class: "page-size" }, h("span", {}, t.pageSize), pageSize),
    range,
    h("div", { class: "turn" }, previous, next),
  );
  const selected = h("strong", { class: "selected" });
  const saved = h("span", { class: "saved", role: "status" });
  const live = h("div", { class: "out-of-sight", role: "status" });
  const endings = /** @type {Ending[]} */ (["no_import", "revisit", "done"]).map((ending) =>
    h(
      "div",
      { class: "ending" },
      h(
        "button",
        {
          type: "button",
          class: ending === "done" ? "button primary" : "button",
          data: { ending },
          "aria-describedby": `hint-${ending}`,
          on: { click: () => deeds.finish(ending) },
        },
        t.endings[ending],
      ),
      h("small", { id: `hint-${ending}`, class: "quiet" }, t.endingHints[ending]),
    ),
  );
  const progress = h("div", { class: "progress" }, selected, saved);
  const finish = h("div", { class: "endings", role: "group", "aria-label": t.endingsLabel }, endings);
  const footer = h("footer", { class: "sheet-footer" }, h("div", { class: "sheet-width" }, progress, finish));
  const main = h(
    "main",
    { class: "sheet-width", id: "main" },
    h(
      "div",
      { class: "sheet-top" },
      h("div", {}, title, lead, actingLine()),
      h("div", { class: "sheet-more" }, imports, help),
    ),
    h(
      "nav",
      { class: "tabs", "aria-label": t.tabsLabel },
      [...tabs.values()].map(({ button }) => button),
    ),
    tools,
    bulk,
    state,
    table,
    pager,
    live,
  );
  return {
    main,
    title,
    footer,
    tabs,
    lead,
    tickPage,
    head,
    rows,
    caption,
    table,
    state,
    range,
    previous,
    next,
    pageSize,
    pager,
    selected,
    saved,
    live,
    finish,
  };
}
