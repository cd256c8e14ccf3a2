/**
 * The part of an appointment's form that says whether and how it repeats.
 * @module
 */
import { fill, h } from "../../parts/dom.js";
import { text } from "../../words/strings.js";
import { shiftMonths } from "../../words/time.js";
import { FormError } from "../dialog.js";
import { sayMonthly, sayRecurrence, sayRule, weekdayName } from "./recurrence-words.js";
import { DAYS, FREQUENCIES, build, nthOfMonth, ownDate, parse, plainRule, weekdayOf } from "./recurrence.js";

/** @typedef {import("../../words/time.js").Moment} Moment */
/** @typedef {import("./recurrence.js").Rule} Rule */

const CUSTOM = "CUSTOM";

/**
 * The fields. `startMoved` is told when the person has changed the start; `read` answers the lines.
 * @param {string[]} lines
 * @param {Moment} first the start that goes with the lines
 */
export function repeatFields(lines, first) {
  const t = text.repeat;
  const known = parse(lines, first);
  let start = first;
  /** @type {Rule | null} */
  let rule = known.rule;
  let touched = false;
  const custom = lines.length > 0 && !rule;
  const kind = h(
    "select",
    { name: "recurrence", value: custom ? CUSTOM : (rule?.freq ?? ""), "aria-describedby": "repeat-words" },
    h("option", { value: "" }, t.never),
    FREQUENCIES.map((freq) => h("option", { value: freq }, t.kinds[freq])),
    custom && h("option", { value: CUSTOM }, t.custom),
  );
  const details = h("div", { class: "repeat-details" });
  const words = h("p", { id: "repeat-words", class: "repeat-words quiet small", "aria-live": "polite" });
  const say = () => {
    const whole = rule ? sayRule(rule, start) : "";
    words.textContent =
      kind.value === CUSTOM
        ? sayRecurrence(lines, first)
        : rule && known.rest.length > 0
          ? `${whole} · ${t.besides(known.rest.length)}`
          : whole;
    words.hidden = !words.textContent;
  };
  /** @param {Partial<Rule>} change @param {boolean} [anew] */
  const change = (change, anew = false) => {
    if (!rule) return;
    rule = { ...rule, ...change };
    touched = true;
    if (anew) show();
    else say();
  };
  const show = () => {
    fill(
      details,
      rule && [everyField(rule, change), ...dayFields(rule, start, change), endFields(rule, start, change)],
    );
    details.hidden = !rule;
    say();
  };
  kind.addEventListener("change", () => {
    touched = true;
    const freq = /** @type {import("./recurrence.js").Frequency} */ (kind.value);
    rule = FREQUENCIES.includes(freq)
      ? { ...plainRule(freq, start), until: rule?.until ?? null, count: rule?.count ?? null }
      : null;
    show();
  });
  show();
  return {
    element: h(
      "div",
      { class: "wide repeat" },
      h("label", { class: "field" }, h("span", {}, t.label), kind),
      details,
      words,
    ),
    /** @param {Moment} moment */
    startMoved: (moment) => {
      if (rule) rule = moved(rule, start, moment);
      start = moment;
      show();
    },
    /** @param {Moment} moment */
    read: (moment) => {
      if (kind.value === CUSTOM) return lines;
      if (!rule) return [];
      const unmoved = JSON.stringify(rule) === JSON.stringify(known.rule) && "date" in moment === "date" in first;
      if (unmoved || (!touched && JSON.stringify(moment) === JSON.stringify(first))) return lines;
      if (rule.freq === "WEEKLY" && rule.days.length === 0) throw new FormError("repeat.days", t.needsDay);
      if (rule.until !== null && (!rule.until || rule.until < ownDate(moment)))
        throw new FormError("repeat.until", t.needsUntil);
      return build(rule, known.rest, moment);
    },
  };
}

/** A rule that said the start's own day goes on to say it. @param {Rule} rule @param {Moment} before @param {Moment} after @returns {Rule} */
function moved(rule, before, after) {
  const alone = rule.days.length === 1 && rule.days[0] === weekdayOf(before);
  const { nth, last } = nthOfMonth(after);
  return {
    ...rule,
    days: alone ? [weekdayOf(after)] : rule.days,
    monthDay: rule.monthDay && rule.monthDay > 0 ? Number(ownDate(after).slice(8)) : rule.monthDay,
    weekday: rule.weekday && { nth: rule.weekday.nth === -1 && last ? -1 : Math.min(nth, 5), day: weekdayOf(after) },
  };
}

/** @typedef {(change: Partial<Rule>, anew?: boolean) => void} Change */

/** @param {Rule} rule @param {Change} change */
function everyField(rule, change) {
  const t = text.repeat;
  const input = h("input", {
    type: "number",
    name: "repeat.interval",
    min: "1",
    max: "999",
    value: String(rule.interval),
    inputmode: "numeric",
  });
  input.addEventListener("input", () =>
    change({ interval: Math.min(999, Math.max(1, Math.round(Number(input.value)) || 1)) }),
  );
  return h("label", { class: "field every" }, h("span", {}, t.everyLabel[rule.freq]), input);
}

/** @param {Rule} rule @param {Moment} start @param {Change} change @returns {HTMLElement[]} */
function dayFields(rule, start, change) {
  const t = text.repeat;
  if (rule.freq === "WEEKLY") {
    const boxes = DAYS.map((day) => {
      const input = h("input", {
        type: "checkbox",
        name: `repeat.days.${day}`,
        checked: rule.days.includes(day),
        "aria-label": weekdayName(day),
      });
      return {
        day,
        input,
        element: h(
          "label",
          { class: "weekday", title: weekdayName(day) },
          input,
          h("span", { "aria-hidden": "true" }, weekdayName(day, "short")),
        ),
      };
    });
    for (const { input } of boxes)
      input.addEventListener("change", () =>
        change({ days: boxes.filter((box) => box.input.checked).map((box) => box.day) }),
      );
    return [
      h(
        "fieldset",
        { class: "weekdays wide" },
        h("legend", {}, t.onLabel),
        boxes.map(({ element }) => element),
      ),
    ];
  }
  if (rule.freq !== "MONTHLY") return [];
  const { nth, last } = nthOfMonth(start);
  const day = weekdayOf(start);
  /** @type {Pick<Rule, "weekday" | "monthDay">[]} */
  const choices = [{ weekday: null, monthDay: Number(ownDate(start).slice(8)) }];
  if (shiftMonths(ownDate(start), 1).slice(8) !== ownDate(start).slice(8) || last || rule.monthDay === -1)
    choices.push({ weekday: null, monthDay: -1 });
  if (nth < 5) choices.push({ weekday: { nth, day }, monthDay: null });
  if (last) choices.push({ weekday: { nth: -1, day }, monthDay: null });
  const key = (/** @type {Pick<Rule, "weekday" | "monthDay">} */ { weekday, monthDay }) =>
    JSON.stringify([weekday?.nth, weekday?.day, monthDay]);
  if (!choices.some((choice) => key(choice) === key(rule)))
    choices.push({ weekday: rule.weekday, monthDay: rule.monthDay });
  const select = h(
    "select",
    { name: "repeat.monthly", value: key(rule) },
    choices.map((choice) => h("option", { value: key(choice) }, sayMonthly(choice, start))),
  );
  select.addEventListener("change", () => change(choices.find((choice) => key(choice) === select.value) ?? {}));
  return [h("label", { class: "field" }, h("span", {}, t.onLabel), select)];
}

/** @param {Rule} rule @param {Moment} start @param {Change} change */
function endFields(rule, start, change) {
  const t = text.repeat;
  const kind = rule.count ? "count" : rule.until === null ? "never" : "until";
  const select = h(
    "select",
    { name: "repeat.end", value: kind },
    Object.entries(t.ends).map(([value, words]) => h("option", { value }, words)),
  );
  select.addEventListener("change", () =>
    change(
      {
        never: { until: null, count: null },
        until: { until: shiftMonths(ownDate(start), 3), count: null },
        count: { until: null, count: 10 },
      }[/** @type {"never" | "until" | "count"} */ (select.value)],
      true,
    ),
  );
  const until = h("input", { type: "date", name: "repeat.until", value: rule.until ?? "", min: ownDate(start) });
  until.addEventListener("input", () => change({ until: until.value }));
  const count = h("input", {
    type: "number",
    name: "repeat.count",
    min: "1",
    max: "999",
    value: String(rule.count ?? 10),
    inputmode: "numeric",
  });
  count.addEventListener("input", () =>
    change({ count: Math.min(999, Math.max(1, Math.round(Number(count.value)) || 1)) }),
  );
  return h(
    "div",
    { class: "ends wide" },
    h("label", { class: "field" }, h("span", {}, t.endLabel), select),
    kind === "until" && h("label", { class: "field" }, h("span", {}, t.untilLabel), until),
    kind === "count" && h("label", { class: "field" }, h("span", {}, t.countLabel), count),
  );
}
