/**
 * When an appointment takes place: days, or times in a zone. The end of whole days is exclusive in the record and inclusive here, as people say it.
 * @module
 */
import { fill, h } from "../../parts/dom.js";
import { text } from "../../words/strings.js";
import { HERE, shiftDate, today, wallClock, zoned } from "../../words/time.js";
import { checkBox } from "../controls.js";
import { FormError } from "../dialog.js";

/** @typedef {import("../../words/time.js").Moment} Moment */

/**
 * Start, end, zone, or whole days.
 * @param {Moment} start
 * @param {Moment} end
 * @param {(start: Moment) => void} moved called with a start that the person has changed
 */
export function whenFields(start, end, moved) {
  const t = text.appointment;
  const zone = "time_zone" in start ? start.time_zone : HERE;
  const endZone = "time_zone" in end ? end.time_zone : zone;
  const allDay = checkBox("all_day", t.fields.all_day, "date" in start);
  const part = (
    /** @type {string} */ name,
    /** @type {"date" | "time"} */ type,
    /** @type {string} */ label,
    /** @type {string} */ value,
  ) => {
    const input = h("input", { type, name, value, required: true });
    const words = h("span", {}, label);
    return { input, words, element: h("label", { class: "field" }, words, input) };
  };
  const first = wallOf(start, zone, "09:00");
  const last = "date" in end ? { date: shiftDate(end.date, -1), time: "10:00" } : wallOf(end, zone, "10:00");
  const [startDate, startTime] = [
    part("start", "date", `${t.fields.start}: ${t.fields.date}`, first.date),
    part("start.time", "time", `${t.fields.start}: ${t.fields.time}`, first.time),
  ];
  const [endDate, endTime] = [
    part("end", "date", "", last.date),
    part("end.time", "time", `${t.fields.end}: ${t.fields.time}`, last.time),
  ];
  const zones = h(
    "select",
    { name: "time_zone", value: zone },
    zoneNames(zone).map((name) => h("option", { value: name }, name.replaceAll("_", " "))),
  );
  const zoneField = h("label", { class: "field zone" }, h("span", {}, t.fields.time_zone), zones);
  const holder = h("div", { class: "when" });
  const show = () => {
    const whole = allDay.input.checked;
    holder.classList.toggle("whole", whole);
    endDate.words.textContent = whole ? t.fields.lastDay : `${t.fields.end}: ${t.fields.date}`;
    fill(
      holder,
      startDate.element,
      !whole && startTime.element,
      endDate.element,
      !whole && endTime.element,
      !whole && zoneField,
    );
  };
  /** @returns {Moment | null} */
  const startNow = () => {
    if (!startDate.input.value) return null;
    if (allDay.input.checked) return { date: startDate.input.value };
    if (!startTime.input.value) return null;
    return { date_time: zoned(startDate.input.value, startTime.input.value, zones.value), time_zone: zones.value };
  };
  /** The distance between start and end, which a moved start keeps. */
  let length = span();
  function span() {
    return (
      Date.parse(`${endDate.input.value}T${endTime.input.value || "00:00"}Z`) -
      Date.parse(`${startDate.input.value}T${startTime.input.value || "00:00"}Z`)
    );
  }
  const follow = () => {
    const begin = Date.parse(`${startDate.input.value}T${startTime.input.value || "00:00"}Z`);
    if (Number.isNaN(begin) || Number.isNaN(length) || length < 0) return;
    const then = new Date(begin + length).toISOString();
    endDate.input.value = then.slice(0, 10);
    if (!allDay.input.checked) endTime.input.value = then.slice(11, 16);
  };
  const tell = () => {
    const now = startNow();
    if (now) moved(now);
  };
  allDay.input.addEventListener("change", () => {
    show();
    tell();
  });
  for (const { input } of [startDate, startTime]) {
    input.addEventListener("change", () => {
      follow();
      tell();
    });
  }
  for (const { input } of [endDate, endTime]) input.addEventListener("change", () => (length = span()));
  zones.addEventListener("change", tell);
  show();
  return {
    element: h("div", { class: "wide" }, allDay.element, holder),
    /** @returns {{start: Moment, end: Moment}} */
    read: () => {
      const from = startNow();
      if (!startDate.input.value || !endDate.input.value) throw new FormError("start", t.needsDates);
      if (!from || (!allDay.input.checked && !endTime.input.value)) throw new FormError("start.time", t.needsDates);
      if ("date" in from) {
        if (endDate.input.value < from.date) throw new FormError("end", t.endsFirst);
        return { start: from, end: { date: shiftDate(endDate.input.value, 1) } };
      }
      // An end that was planned in a zone of its own stays in it as long as nobody chooses another.
      const own = zones.value === zone ? endZone : zones.value;
      const instant = zoned(endDate.input.value, endTime.input.value, zones.value);
      if (Date.parse(instant) < Date.parse(from.date_time)) throw new FormError("end", t.endsFirst);
      const wall = wallClock(Date.parse(instant), own);
      return { start: from, end: { date_time: zoned(wall.date, wall.time, own), time_zone: own } };
    },
  };
}

/** @param {Moment} moment @param {string} zone @param {string} time for whole days that become timed */
function wallOf(moment, zone, time) {
  if ("date" in moment) return { date: moment.date || today(), time };
  return wallClock(Date.parse(moment.date_time), zone);
}

/** The zones to choose from; the record's own is among them whatever the browser knows. @param {string} own */
function zoneNames(own) {
  const names = Intl.supportedValuesOf("timeZone");
  return names.includes(own) ? names : [own, ...names];
}
