/**
 * The form of an appointment, of an occurrence, or of a series.
 * @module
 */
import { h } from "../../parts/dom.js";
import { refusalWords } from "../../words/reports.js";
import { text } from "../../words/strings.js";
import { HERE, today, wallClock, zoned } from "../../words/time.js";
import { checkBox, section, textArea, textField } from "../controls.js";
import { answerFields, isLocked } from "./invitation.js";
import { guestFields, contactFields } from "./people.js";
import { reminderFields } from "./reminders.js";
import { repeatFields } from "./repeat.js";
import { whenFields } from "./when.js";

/**
 * What a new appointment starts from: the next full hour, for an hour; on another day the same hour.
 * @param {string} [day] YYYY-MM-DD
 */
export function blankAppointment(day = today()) {
  const hour = 3_600_000;
  const next = Math.ceil(Date.now() / hour) * hour;
  const start = day > today() ? Date.parse(zoned(day, wallClock(next, HERE).time, HERE)) : next;
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
    reminders: null,
    contact_ids: [],
  };
}

/**
 * The form of this appointment.
 * @param {import("../../service/api.js").Api} api
 * @param {Record<string, any>} appointment
 * @param {{one?: boolean}} [options] one: a single occurrence of a series, which does not repeat by itself
 * @returns {import("../dialog.js").RecordForm}
 */
export function appointmentForm(api, appointment, { one = false } = {}) {
  const t = text.appointment;
  const title = textField("title", t.fields.title, appointment.title);
  const repeats = one ? null : repeatFields(appointment.recurrence ?? [], appointment.start);
  const when = whenFields(appointment.start, appointment.end, (start) => repeats?.startMoved(start));
  const location = textField("location", t.fields.location, appointment.location);
  const description = textArea("description", t.fields.description, appointment.description);
  const guests = guestFields(appointment.attendees, appointment.notify_guests);
  const reminders = reminderFields(appointment.reminders);
  const contacts = contactFields(api, appointment.contact_ids);
  const busy = checkBox("busy", t.fields.busy, appointment.busy);
  const hidden = checkBox("visibility", t.fields.visibility, appointment.visibility === "private");
  const status = h(
    "select",
    { name: "status", value: appointment.status },
    Object.entries(t.statuses).map(([value, words]) => h("option", { value }, words)),
  );
  title.element.classList.add("wide");
  location.element.classList.add("wide");
  const refusal = appointment.sync?.message && refusalWords(appointment.sync.problem, appointment.sync.message);
  const locked = isLocked(appointment);
  const answer = answerFields(appointment, locked ? [reminders.element] : []);
  const organizers = [
    section(t.groups.what, [title.element, location.element]),
    section(t.groups.when, [when.element, repeats && repeats.element, !locked && reminders.element]),
    section(t.fields.attendees, guests.elements),
    section(t.groups.more, [
      description.element,
      h("label", { class: "field" }, h("span", {}, t.fields.status), status),
      busy.element,
      hidden.element,
    ]),
  ];
  for (const each of organizers) each.disabled = locked;
  const [what, times, people, more] = organizers;
  const element = h(
    "div",
    { class: "sections" },
    refusal && h("p", { class: "banner", role: "note" }, h("span", { dir: "auto" }, refusal)),
    answer?.element,
    what,
    times,
    people,
    section(t.fields.contact_ids, [contacts.element]),
    more,
  );
  return {
    element,
    read: () => {
      const own = { ...answer?.read(), reminders: reminders.read(), contact_ids: contacts.read() };
      if (locked) return own;
      const { start, end } = when.read();
      return {
        ...own,
        title: title.input.value,
        start,
        end,
        ...(repeats ? { recurrence: repeats.read(start) } : {}),
        location: location.input.value,
        description: description.input.value,
        ...guests.read(),
        busy: busy.input.checked,
        visibility: hidden.input.checked ? "private" : "default",
        status: status.value,
      };
    },
  };
}
