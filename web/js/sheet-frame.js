/**
 * The fixed parts of the import sheet: tabs, search and filter, table, pager, the three endings. It knows where things are, not what they do.
 * @module
 */
import { h, icon } from "./dom.js";
import { PAGE_SIZES } from "./sheet-list.js";
import { text } from "./strings.js";

const t = text.sheet;

/** @typedef {import("./sheet-list.js").Tab} Tab */
/** @typedef {import("./sheet-finish.js").Ending} Ending */
/**
 * What the person may do.
 * @typedef {object} Deeds
 * @property {(tab: Tab) => void} tab
 * @property {(q: string) => void} search
 * @property {(filter: string) => void} filter
 * @property {() => void} showAll
 * @property {(pageSize: number) => void} pageSize
 * @property {(ticked: boolean) => void} tickPage
 * @property {() => void} next
 * @property {() => void} previous
 * @property {(ending: Ending) => void} finish
 */

const TYPING = 250;

/**
 * Builds the frame.
 * @param {Deeds} deeds
 */
export function buildFrame(deeds) {
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
  const search = h("input", {
    type: "search",
    maxlength: "200",
    placeholder: t.searchHint,
    "aria-label": t.search,
    autocomplete: "off",
    spellcheck: "false",
  });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let typing;
  search.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => deeds.search(search.value.trim()), TYPING);
  });
  const filter = h(
    "select",
    { "aria-label": t.filter, on: { change: () => deeds.filter(filter.value === "all" ? "" : filter.value) } },
    Object.entries(t.filters).map(([value, words]) => h("option", { value }, words)),
  );
  const tickPage = h("input", { type: "checkbox", on: { change: () => deeds.tickPage(tickPage.checked) } });
  const head = h("tr", { role: "row" });
  const rows = h("tbody", { role: "rowgroup" });
  const caption = h("caption", { class: "out-of-sight" });
  const table = h("table", { class: "sheet", role: "table" }, caption, h("thead", { role: "rowgroup" }, head), rows);
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
    { on: { change: () => deeds.pageSize(Number(pageSize.value)) } },
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
    h("div", { class: "sheet-top" }, title, lead),
    h(
      "nav",
      { class: "tabs", "aria-label": t.tabsLabel },
      [...tabs.values()].map(({ button }) => button),
    ),
    h("div", { class: "tools" }, h("div", { class: "search" }, icon("search"), search), filter),
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
    search,
    filter,
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
