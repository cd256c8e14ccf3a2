/**
 * The reminders of an appointment: the calendar's, its own, or none.
 * @module
 */
import { h } from "../../parts/dom.js";
import { text } from "../../words/strings.js";
import { growingList } from "../controls.js";
import { FormError } from "../dialog.js";

/** @typedef {{method: "popup" | "email", minutes: number}} Reminder */

const LONGEST = 40_320;
const UNITS = [10_080, 1440, 60, 1];

/**
 * @param {Reminder[] | null} reminders null: the calendar's own
 */
export function reminderFields(reminders) {
  const t = text.appointment.reminders;
  const kind = h(
    "select",
    { name: "reminders", value: reminders === null ? "calendar" : reminders.length > 0 ? "own" : "none" },
    /** @type {("calendar" | "own" | "none")[]} */ (["calendar", "own", "none"]).map((value) =>
      h("option", { value }, t[value]),
    ),
  );
  const list = growingList({
    items: reminders && reminders.length > 0 ? reminders : [{ method: "popup", minutes: 30 }],
    line: reminderLine,
    blank: { method: "popup", minutes: 10 },
    label: text.appointment.fields.reminders,
    add: t.add,
    remove: (_, n) => t.remove(n),
  });
  const show = () => (list.element.hidden = kind.value !== "own");
  kind.addEventListener("change", show);
  show();
  return {
    element: h(
      "div",
      { class: "wide reminders" },
      h("label", { class: "field" }, h("span", {}, text.appointment.fields.reminders), kind),
      list.element,
    ),
    /** @returns {Reminder[] | null} */
    read: () => (kind.value === "calendar" ? null : kind.value === "none" ? [] : list.read()),
  };
}

/** @param {Reminder} reminder @param {number} index @returns {import("../controls.js").Line} */
function reminderLine(reminder, index) {
  const t = text.appointment.reminders;
  const n = index + 1;
  const unit = UNITS.find((size) => reminder.minutes % size === 0 && reminder.minutes > 0) ?? 1;
  const method = h(
    "select",
    { name: `reminders.${index}.method`, value: reminder.method, "aria-label": t.method(n) },
    Object.entries(t.methods).map(([value, words]) => h("option", { value }, words)),
  );
  const size = h("input", {
    type: "number",
    name: `reminders.${index}.minutes`,
    min: "0",
    inputmode: "numeric",
    value: String(reminder.minutes / unit),
    "aria-label": t.minutes(n),
  });
  const units = h(
    "select",
    { name: `reminders.${index}.unit`, value: String(unit), "aria-label": t.unit(n) },
    Object.entries(t.units).map(([value, words]) => h("option", { value }, words)),
  );
  return {
    element: h("div", { class: "reminder" }, method, size, units),
    read: () => {
      const minutes = Math.round(Number(size.value)) * Number(units.value);
      if (!(minutes >= 0 && minutes <= LONGEST)) throw new FormError(size.name, t.tooLong);
      return { method: method.value, minutes };
    },
  };
}
