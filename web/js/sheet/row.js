/**
 * One Google contact on the import sheet.
 * @module
 */
import { sayType } from "../choice/choice.js";
import { consentFields, typeFields } from "../choice/fields.js";
import { fill, h } from "../parts/dom.js";
import { avatar, longText, spoken } from "../parts/person.js";
import { text } from "../words/strings.js";

const t = text.sheet;
const MANY = 3;
const NOBODY = "none";

/** @typedef {import("./list.js").Row} Row */
/** @typedef {(row: Row, change: Partial<import("../choice/choice.js").Choice>) => void} Choose */
/** @typedef {import("./list.js").Match} Match */
/** @typedef {(row: Row, match: Match, answered: (same: boolean) => void) => void} Compare */
/** @typedef {(other: import("./list.js").AlikeRow) => void} Visit */

/**
 * A row to decide on: tick, contact, type, consent. `choose` is told of every change, `compare` when both sides are to be seen, `visit` when
 * another row is.
 * @param {Row} row
 * @param {Choose} choose
 * @param {Compare} compare
 * @param {Visit} visit
 */
export function decidingRow(row, choose, compare, visit) {
  const name = spoken(row.name);
  const naming = { visible: false, name: (/** @type {string} */ what) => t.typeOf(what, name) };
  const tick = h("input", {
    type: "checkbox",
    id: `pick-${row.id}`,
    checked: row.choice.selected,
    "aria-label": t.pick(name),
  });
  const added = h("p", { class: "quiet small" }, t.alike.asThere);
  const own = h("div", {}, typeCell(row, naming, choose));
  const consent = h(
    "div",
    {},
    consentFields(row.choice.consent, naming, (consent) => choose(row, { consent }), row.withdrawn),
  );
  const showAdded = () => {
    const isAdded = Boolean(row.choice.same_row);
    [added.hidden, own.hidden, consent.hidden] = [!isAdded, isAdded, isAdded];
  };
  const answer = (/** @type {Partial<import("../choice/choice.js").Choice>} */ change) => {
    choose(row, change);
    showAdded();
  };
  showAdded();
  const line = h(
    "tr",
    { role: "row", class: "sheet-row", data: { id: row.id } },
    h("td", { role: "gridcell", class: "cell-pick" }, h("label", { class: "pick" }, tick)),
    h(
      "td",
      { role: "gridcell", class: "cell-who" },
      whoIs(row, tick.id),
      row.problem &&
        h("p", { class: "row-problem small", dir: "auto" }, t.problem(t.finished.failures[row.problem] ?? row.problem)),
      row.matches.length > 0 && duplicates(row, name, choose, compare),
      row.alike
        .filter((other) => other.verdict === "likely" || other.answer)
        .map((other) => alikeRow(row, other, answer, visit)),
    ),
    h("td", { role: "gridcell", class: "cell-reach" }, reach(row)),
    h("td", { role: "gridcell", class: "cell-type" }, own, added),
    h("td", { role: "gridcell", class: "cell-consent" }, consent),
  );
  const show = () => {
    line.classList.toggle("ticked", tick.checked);
    line.setAttribute("aria-selected", String(tick.checked));
  };
  tick.addEventListener("change", () => {
    show();
    choose(row, { selected: tick.checked });
  });
  show();
  return line;
}

/**
 * Contact type and detail, and what is suggested as long as it differs from what is chosen.
 * @param {Row} row
 * @param {import("../choice/fields.js").Naming} naming
 * @param {Choose} choose
 */
function typeCell(row, naming, choose) {
  const holder = h("div", { class: "type-cell" });
  const { suggestion } = row;
  const show = () => {
    const fields = typeFields(row.choice, naming, (change) => {
      choose(row, change);
      hint?.toggleAttribute("hidden", agrees(row));
    });
    const hint =
      suggestion &&
      suggestionChip(suggestion, naming, () => {
        choose(row, { contact_type: suggestion.contact_type, detail: suggestion.detail });
        show();
        holder.querySelector("select")?.focus();
      });
    hint?.toggleAttribute("hidden", agrees(row));
    fill(holder, fields, hint);
  };
  show();
  return holder;
}

/** Whether the row has what is suggested for it. @param {Row} row */
function agrees({ suggestion, choice }) {
  if (!suggestion) return true;
  const same = Object.entries(suggestion.detail).every(([part, value]) => choice.detail[part] === value);
  return same && suggestion.contact_type === choice.contact_type;
}

/**
 * @param {import("./list.js").Suggestion} suggestion
 * @param {import("../choice/fields.js").Naming} naming
 * @param {() => void} accept
 */
function suggestionChip({ contact_type, detail, because, value }, naming, accept) {
  const words = sayType(contact_type, detail);
  return h(
    "button",
    {
      type: "button",
      class: "suggestion",
      "aria-label": naming.name(t.suggestion.accept(words)),
      title: t.suggestion.because[because](value.slice(0, 100)),
      on: { click: accept },
    },
    h("span", { class: "suggestion-mark" }, t.suggestion.mark),
    h("span", { class: "wrap", dir: "auto" }, words),
  );
}

/**
 * A row that is settled: declined ones can be brought back.
 * @param {Row} row
 * @param {((row: Row, button: HTMLButtonElement) => void) | null} restore
 */
export function settledRow(row, restore) {
  const button =
    restore &&
    h("button", { type: "button", class: "button", "aria-label": t.restoreName(spoken(row.name)) }, t.restore);
  button?.addEventListener("click", () => restore?.(row, button));
  return h(
    "tr",
    { role: "row", class: "sheet-row settled", data: { id: row.id } },
    h("td", { role: "gridcell", class: "cell-who" }, whoIs(row)),
    h("td", { role: "gridcell", class: "cell-reach" }, reach(row)),
    button && h("td", { role: "gridcell", class: "cell-action" }, button),
  );
}

/**
 * Picture, name, organisation, labels.
 * @param {Row} row
 * @param {string} [tick] id of the check box that the name is a label of
 */
function whoIs(row, tick) {
  const name = row.name.trim() ? longText(row.name, "name") : h("span", { class: "name quiet" }, text.common.noName);
  // Inside a label, "Show more" would tick the box: only a short name is one.
  const label = tick && !name.querySelector("button") ? h("label", { for: tick }, name) : name;
  return h(
    "div",
    { class: "who" },
    avatar(row.name, row.photo_url),
    h(
      "div",
      { class: "who-text" },
      label,
      row.organization && h("div", { class: "quiet small" }, longText(row.organization)),
      row.labels.length > 0 &&
        h(
          "div",
          { class: "labels" },
          row.labels.map((words) => h("span", { class: "badge", dir: "auto" }, words)),
        ),
    ),
  );
}

/** E-mails and phones; more than a few are folded. @param {Row} row */
function reach(row) {
  const values = [...row.emails, ...row.phones].map((value) => h("li", {}, longText(value)));
  if (values.length === 0) return h("span", { class: "quiet" }, "–");
  if (values.length <= MANY + 1) return h("ul", { class: "reach" }, values);
  const rest = values.slice(MANY);
  for (const item of rest) item.hidden = true;
  const more = h(
    "button",
    { type: "button", class: "link small", "aria-expanded": "false" },
    t.moreValues(rest.length),
  );
  more.addEventListener("click", () => {
    const open = more.getAttribute("aria-expanded") !== "true";
    more.setAttribute("aria-expanded", String(open));
    more.textContent = open ? text.common.less : t.moreValues(rest.length);
    for (const item of rest) item.hidden = !open;
  });
  return h("div", {}, h("ul", { class: "reach" }, values), more);
}

/**
 * Whom in the CRM the row may be and why, and the question who it is.
 * @param {Row} row
 * @param {string} name
 * @param {Choose} choose
 * @param {Compare} compare
 */
function duplicates(row, name, choose, compare) {
  const several = row.matches.length > 1;
  const hint = h("p", { class: "small" }, t.sameHint);
  const show = () => hint.toggleAttribute("hidden", (row.choice.same_person ?? NOBODY) === NOBODY);
  const radio = (/** @type {string} */ person) =>
    h("input", {
      type: "radio",
      name: `same-${row.id}`,
      value: person,
      checked: row.choice.same_person === person,
      on: {
        change: () => {
          choose(row, { same_person: person });
          show();
        },
      },
    });
  const sideName = (/** @type {Match} */ match) => t.compare.of(several ? `${name} / ${spoken(match.name)}` : name);
  const none = radio(NOBODY);
  const choices = row.matches.map((match) => {
    const same = radio(match.contact_id);
    const side = h("button", { type: "button", class: "link small", "aria-label": sideName(match) }, t.compare.button);
    side.addEventListener("click", () =>
      compare(row, match, (is) => {
        (is ? same : none).click();
        side.focus();
      }),
    );
    return h(
      "li",
      {},
      h("label", { class: "answer" }, same, h("span", {}, several ? t.sameAs(spoken(match.name)) : t.same)),
      h(
        "p",
        { class: "small" },
        !several && [h("strong", {}, longText(match.name)), " "],
        match.linked ? t.inStep : t.inCrm,
      ),
      h("p", { class: "small quiet" }, match.reasons.map((code) => t.reasons[code] ?? code).join(", ")),
      side,
    );
  });
  const whom = row.matches.map((match) => spoken(match.name)).join(", ");
  show();
  return h(
    "fieldset",
    { class: "duplicate" },
    h("legend", { class: "out-of-sight" }, t.samePerson(`${name} / ${whom}`)),
    h("p", { class: "small" }, h("span", { class: "badge warn" }, t.duplicate)),
    h("ul", { class: "answers plain" }, choices),
    h("label", { class: "answer" }, none, h("span", {}, several ? t.noneOfThese : t.different)),
    hint,
  );
}

/**
 * Another row that may be the same person, and the question whether the two are one.
 * @param {Row} row
 * @param {import("./list.js").AlikeRow} other
 * @param {(change: Partial<import("../choice/choice.js").Choice>) => void} answer
 * @param {Visit} visit
 */
function alikeRow(row, other, answer, visit) {
  const words = t.alike;
  const name = spoken(other.name);
  const { same_row: same, other_rows: others = [] } = row.choice;
  const saidThere = other.copy ? words.added : other.answer === "different" && !others.includes(other.id) && words.two;
  const show = h("button", { type: "button", class: "link small", "aria-label": words.showName(name) }, words.show);
  show.addEventListener("click", () => visit(other));
  const hint = h("p", { class: "small", hidden: same !== other.id }, words.hint);
  const radio = (/** @type {boolean} */ one, /** @type {string} */ label) => {
    const input = h("input", {
      type: "radio",
      name: `alike-${row.id}-${other.id}`,
      value: one ? "one" : "two",
      checked: one ? same === other.id : others.includes(other.id),
      on: {
        change: () => {
          const left = (row.choice.other_rows ?? []).filter((id) => id !== other.id);
          const before = row.choice.same_row === other.id ? null : (row.choice.same_row ?? null);
          answer(
            one ? { same_row: other.id, other_rows: left } : { same_row: before, other_rows: [...left, other.id] },
          );
          hint.hidden = !one;
        },
      },
    });
    return h("label", { class: "answer" }, input, h("span", {}, label));
  };
  return h(
    "fieldset",
    { class: "duplicate", data: { alike: other.id } },
    h("legend", { class: "out-of-sight" }, words.question(spoken(row.name), name)),
    h("p", { class: "small" }, h("span", { class: "badge warn" }, words.badge)),
    h("p", { class: "small" }, h("strong", {}, longText(other.name || text.common.noName)), " ", words.otherRow),
    h("p", { class: "small quiet" }, other.reasons.map((code) => t.reasons[code] ?? code).join(", ")),
    show,
    saidThere
      ? h("p", { class: "small" }, h("strong", {}, saidThere), " ", words.there)
      : h("div", { class: "answers" }, radio(true, words.one), radio(false, words.two)),
    !saidThere && hint,
  );
}
