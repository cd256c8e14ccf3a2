/**
 * How a line of the agenda looks: time, title, marks.
 * @module
 */
import { h, icon } from "../../parts/dom.js";
import { longText, spoken } from "../../parts/person.js";
import { refusalWords } from "../../words/reports.js";
import { text } from "../../words/strings.js";
import { HERE, sayDate, sayTime, sayZone, shiftDate, today } from "../../words/time.js";

/** @typedef {import("./agenda.js").Line} Line */
/** @typedef {import("./agenda.js").Item} Item */
/**
 * @typedef {object} RowOptions
 * @property {HTMLElement[] | null} [time] in place of the time of the line
 * @property {Node | string | null} [more] a second quiet line
 * @property {{words: string, act: () => void} | null} [action] a button, in place of opening the row
 * @property {() => void} open
 */

/** Whose meeting it is, in a word. @param {{email: string, name: string}} organizer */
export function organizerOf({ email, name }) {
  return spoken(name.trim() || email);
}

/** The title to show. @param {{title: string}} item */
export function titleOf({ title }) {
  return title.trim() || text.appointment.untitled;
}

/**
 * @param {Line} line
 * @param {RowOptions} options
 */
export function appointmentRow({ item, part, parts, whole }, { time, more, action, open }) {
  const t = text.appointment;
  const title = titleOf(item);
  const state = item.status === "confirmed" ? "" : item.status;
  return h(
    "li",
    {
      class: ["row appointment", state, !item.busy && "free", item.response === "declined" && "declined"]
        .filter(Boolean)
        .join(" "),
      data: { id: item.appointment_id },
    },
    h("div", { class: "row-time" }, time ?? timeOf(item, part, parts, whole)),
    h(
      "div",
      { class: "row-main" },
      h("div", { class: "name" }, longText(title), marks(item)),
      item.organizer && h("div", { class: "quiet small" }, longText(t.invitedBy(organizerOf(item.organizer)))),
      item.location && h("div", { class: "quiet small" }, longText(item.location)),
      more && h("div", { class: "quiet small" }, more),
    ),
    h(
      "div",
      { class: "row-state" },
      parts > 1 && !time && h("span", { class: "badge" }, t.dayOf(part, parts)),
      item.response && h("span", { class: "badge" }, t.answered[item.response]),
      state && h("span", { class: "badge" }, t.statuses[/** @type {keyof typeof t.statuses} */ (state)]),
      !item.busy && item.response !== "declined" && h("span", { class: "badge" }, t.free),
      item.sync?.message &&
        h(
          "span",
          { class: "badge warn", title: refusalWords(item.sync.problem, item.sync.message) },
          text.contact.sync.quarantined,
        ),
    ),
    action
      ? h(
          "button",
          {
            type: "button",
            class: "button row-action",
            "aria-label": `${action.words}: ${spoken(title)}`,
            on: { click: action.act },
          },
          action.words,
        )
      : h("button", {
          type: "button",
          class: "row-open",
          "aria-label": `${t.edit}: ${spoken(title)}`,
          on: { click: open },
        }),
  );
}

/** Small marks beside the title: repeats, differs from its series, private. @param {Item} item */
function marks(item) {
  const t = text.appointment;
  const mark = (/** @type {string} */ symbol, /** @type {string} */ words) =>
    h("span", { class: "mark", title: words }, icon(symbol), h("span", { class: "out-of-sight" }, words));
  return [
    item.exception ? mark("changed", t.changedOne) : item.recurring && mark("repeat", t.repeats),
    item.visibility === "private" && mark("lock", t.private),
  ].filter(Boolean);
}

/**
 * When it takes place on this day, in the zone of the person; in the zone it was planned in besides, when its clock is another.
 * @param {Item} item
 * @param {number} part
 * @param {number} parts
 * @param {boolean} whole
 */
function timeOf({ start, end }, part, parts, whole) {
  const t = text.appointment;
  if ("date" in start || "date" in end || whole) return [t.allDay];
  const [from, to] = [sayTime(start.date_time, HERE), sayTime(end.date_time, HERE)];
  const said = parts === 1 ? (from === to ? from : `${from} – ${to}`) : part === 1 ? t.from(from) : t.to(to);
  const here = sayZone(start.date_time, HERE);
  const there = sayZone(start.date_time, start.time_zone);
  const own = [sayTime(start.date_time, start.time_zone), sayTime(end.date_time, start.time_zone)];
  return [
    said,
    there !== here &&
      parts === 1 &&
      h("div", { class: "quiet small" }, `${own[0] === own[1] ? own[0] : own.join(" – ")} ${there}`),
  ];
}

/** The heading of a day: its number large, its words beside. @param {string} day @param {boolean} [ofMonth] */
export function dayHeading(day, ofMonth = false) {
  const t = text.appointment;
  const now = today();
  const near = day === now ? t.today : day === shiftDate(now, 1) ? t.tomorrow : "";
  const year = day.slice(0, 4) === now.slice(0, 4) ? undefined : "numeric";
  const whole = sayDate(day, { weekday: "long", month: "long", day: "numeric", year: "numeric" });
  return h(
    "h2",
    { class: day === now ? "day-head is-today" : "day-head", tabindex: "-1" },
    h("span", { class: "out-of-sight" }, near ? `${near} · ${whole}` : whole),
    h("span", { class: "day-number", "aria-hidden": "true" }, String(Number(day.slice(8)))),
    h(
      "span",
      { class: "day-words", "aria-hidden": "true" },
      h("span", { class: "weekday-name" }, near || sayDate(day, { weekday: "long" })),
      h("span", { class: "quiet small" }, sayDate(day, { month: ofMonth ? "long" : "short", year })),
    ),
  );
}
