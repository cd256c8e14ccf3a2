/**
 * Held deletions and clearings: what, why, and the two answers, each confirmed.
 * @module
 */
import { ask } from "../parts/confirm-dialog.js";
import { fill, h } from "../parts/dom.js";
import { longText, spoken } from "../parts/person.js";
import { text } from "../words/strings.js";

const t = text.holds;
const FEW = 8;
let drawn = 0;

/**
 * @typedef {object} Hold
 * @property {string} id
 * @property {string} digest
 * @property {"contacts" | "calendar"} resource
 * @property {"crm" | "google"} side
 * @property {string} reason
 * @property {{id: string, name: string}[]} items
 * @property {number} count
 * @property {"apply" | "discard" | null} choice
 */

/**
 * The card of a hold. `decide` tells the service; it raises ApiError.
 * @param {Hold} hold
 * @param {(choice: "apply" | "discard") => Promise<void>} decide
 */
export function holdCard(hold, decide) {
  const kind = hold.reason === "identity_cleared" ? "cleared" : hold.side;
  const name = spoken(hold.items[0]?.name ?? "");
  const about = { resource: hold.resource, count: hold.count, name };
  const answers = t.answers[kind];
  drawn += 1;
  const id = `hold-${drawn}`;
  /** @param {"apply" | "discard"} choice */
  const answer = (choice) => {
    const words = answers[choice];
    const press = () =>
      ask({
        title: words.title(about),
        lines: words.lines(about),
        go: words.go(about),
        back: text.review.back,
        danger: choice === "apply",
        act: () => decide(choice),
      });
    return h("button", { type: "button", class: "button", data: { choice }, on: { click: press } }, words.button);
  };
  return h(
    "article",
    { class: "review-card", "aria-labelledby": id, data: { hold: hold.id } },
    h("h3", { id, tabindex: "-1", class: "wrap", dir: "auto" }, t.titles[kind](about)),
    h("p", { class: "quiet" }, t.reasons[hold.reason] ?? ""),
    kind !== "cleared" && names(hold.items),
    hold.choice
      ? h("p", { class: "badge good" }, t.decided[hold.choice])
      : h("div", { class: "card-buttons" }, answer("discard"), answer("apply")),
  );
}

/** @param {Hold["items"]} items */
function names(items) {
  const list = h("ul", { class: "names" });
  const show = (/** @type {number} */ count) =>
    fill(
      list,
      items.slice(0, count).map((item) => h("li", {}, longText(item.name || text.common.noName))),
    );
  show(items.length > FEW + 1 ? FEW : items.length);
  if (items.length <= FEW + 1) return list;
  const more = h(
    "button",
    { type: "button", class: "link", "aria-expanded": "false" },
    text.review.namesMore(items.length),
  );
  more.addEventListener("click", () => {
    const open = more.getAttribute("aria-expanded") !== "true";
    more.setAttribute("aria-expanded", String(open));
    more.textContent = open ? text.review.namesFewer : text.review.namesMore(items.length);
    show(open ? items.length : FEW);
  });
  return h("div", { class: "names-box" }, list, more);
}
