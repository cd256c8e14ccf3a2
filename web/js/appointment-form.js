/**
 * The form of an appointment: timed in a zone, or whole days. The end of whole days is exclusive in the record and inclusive here, as people say it.
 * @module
 */
import { h, fill } from "./dom.js";
import { checkBox, growingList, section, textArea, textField } from "./form-parts.js";
import { FormError } from "./record-dialog.js";
import { refusalWords } from "./refusals.js";
import { text } from "./strings.js";
import { HERE, shiftDate, today, wallClock, zoned } from "./time.js";

const t = text.appointment;

/** @typedef {import("./time.js").Moment} Moment */

/** What a new appointment starts from: the next full hour, for an hour. */
export function blankAppointment() {
  const hour = 3_600_000;
  const start = Math.ceil(Date.now() / hour) * hour;
  const moment = (/** @type {number} */ at) => {
    const wall = wallClock(at, HERE);
    return { date_time: zoned(wall.date, wall.time, HERE), time_zone: HERE };
  };
  return {
    title: "",
    start: moment(start),
    end: moment(start + hour),
    location: "",
    description: "",
    attendees: [],
    notify_guests: false,
    busy: true,
    visibility: "default",
    status: "confirmed",
    recurrence: [],
  };
}

/**
 * The form of this appointment.
 * @param {Record<string, any>} appointment
 * @returns {import("./record-dialog.js").RecordForm}
 */
export function appointmentForm(appointment) {
  const title = textField("title", t.fields.title, appointment.title);
  const when = whenFields(appointment.start, appointment.end);
  const location = textField("location", t.fields.location, appointment.location);
  const description = textArea("description", t.fields.description, appointment.description);
  const guests = growingList({
    items: appointment.attendees,
    line: guestLine,
    blank: { email: "" },
    label: t.fields.attendees,
    add: t.addGuest,
    remove: (_, n) => t.removeGuest(n),
  });
  const notify = checkBox("notify_guests", t.fields.notify_guests, appointment.notify_guests);
  const busy = checkBox("busy", t.fields.busy, appointment.busy);
  const hidden = checkBox("visibility", t.fields.visibility, appointment.visibility === "private");
  const status = h(
    "select",
    { name: "status", value: appointment.status },
    Object.entries(t.statuses).map(([value, words]) => h("option", { value }, words)),
  );
  title.element.classList.add("wide");
  location.element.classList.add("wide");
  const element = h(
    "div",
    { class: "sections" },
    appointment.sync?.message &&
      h("p", { class: "banner", role: "note" }, h("span", { dir: "auto" }, refusalWords(appointment.sync.problem, appointment.sync.message))),
    appointment.recurrence?.length > 0 && h("p", { class: "banner", role: "note" }, t.series),
    section(t.groups.what, [title.element, location.element]),
    section(t.groups.when, [when.element]),
    section(t.fields.attendees, [guests.element, notify.element]),
    section(t.groups.more, [
      description.element,
      h("label", { class: "field" }, h("span", {}, t.fields.status), status),
      busy.element,
      hidden.element,
    ]),
  );
  return {
    element,
    read: () => ({
      title: title.input.value,
      ...when.read(),
      location: location.input.value,
      description: description.input.value,
      attendees: guests.read(),
      notify_guests: notify.input.checked,
      busy: busy.input.checked,
      visibility: hidden.input.checked ? "private" : "default",
      status: status.value,
    }),
  };
}

/**
 * Start, end, zone, or whole days.
 * @param {Moment} start
 * @param {Moment} end
 */
function whenFields(start, end) {
  const zone = "time_zone" in start ? start.time_zone : HERE;
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
  allDay.input.addEventListener("change", show);
  // A start that moves past the end takes the end along, as calendars do.
  startDate.input.addEventListener("change", () => {
    if (startDate.input.value > endDate.input.value) endDate.input.value = startDate.input.value;
  });
  show();
  return {
    element: h("div", { class: "wide" }, allDay.element, holder),
    read: () => {
      if (!startDate.input.value || !endDate.input.value) throw new FormError("start", t.needsDates);
      if (allDay.input.checked) {
        if (endDate.input.value < startDate.input.value) throw new FormError("end", t.endsFirst);
        return { start: { date: startDate.input.value }, end: { date: shiftDate(endDate.input.value, 1) } };
      }
      if (!startTime.input.value || !endTime.input.value) throw new FormError("start.time", t.needsDates);
      const [from, to] = [
        zoned(startDate.input.value, startTime.input.value, zones.value),
        zoned(endDate.input.value, endTime.input.value, zones.value),
      ];
      if (Date.parse(to) < Date.parse(from)) throw new FormError("end", t.endsFirst);
      return { start: { date_time: from, time_zone: zones.value }, end: { date_time: to, time_zone: zones.value } };
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

/**
 * @param {{email: string, name?: string, response?: string | null}} guest
 * @param {number} index
 * @returns {import("./form-parts.js").Line}
 */
function guestLine(guest, index) {
  const email = h("input", {
    type: "email",
    name: `attendees.${index}.email`,
    value: guest.email,
    "aria-label": `${t.fields.email} ${index + 1}`,
    placeholder: t.fields.email,
    autocomplete: "off",
  });
  const name = h("input", {
    type: "text",
    name: `attendees.${index}.name`,
    value: guest.name ?? "",
    "aria-label": `${t.fields.name} ${index + 1}`,
    placeholder: t.fields.name,
    dir: "auto",
    autocomplete: "off",
  });
  return {
    element: h("div", { class: "value-line" }, email, name),
    read: () =>
      email.value.trim()
        ? { email: email.value.trim(), name: name.value, ...(guest.response ? { response: guest.response } : {}) }
        : null,
  };
}
