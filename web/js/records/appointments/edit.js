/**
 * Opens appointments for editing: a single one, an occurrence, the rest of a series, or the whole of it. Each is saved in its own way.
 * @module
 */
import { text } from "../../words/strings.js";
import { HERE, sayDate, sayTime, dayOf } from "../../words/time.js";
import { editRecord } from "../dialog.js";
import { appointmentForm, blankAppointment } from "./form.js";
import { isLocked } from "./invitation.js";
import { askScope } from "./scope.js";

const PATH = "/api/appointments";

/** @typedef {import("../../words/time.js").Moment} Moment */
/**
 * What the agenda has on one day or over several: a single appointment, or one occurrence of a series.
 * @typedef {{appointment_id: string, series_id: string | null, original_start: Moment | null, start: Moment, end: Moment, title: string,
 *   location: string, busy: boolean, visibility: string, status: string, recurring: boolean, exception: boolean,
 *   organizer: import("./invitation.js").Organizer | null, response: import("./invitation.js").Answer | null,
 *   sync?: {state: string, problem: string | null, message: string | null}}} Item
 */
/**
 * What was done: the record as it is now, and what to say about it.
 * @typedef {(words: string, record: Record<string, any> | null) => void} Done
 */

/** The path of an appointment. @param {string} id */
export const pathOf = (id) => `${PATH}/${encodeURIComponent(id)}`;

/**
 * A new appointment.
 * @param {import("../../service/api.js").Api} api
 * @param {string} day YYYY-MM-DD
 * @param {Done} done
 */
export function addAppointment(api, day, done) {
  open(api, null, { blank: blankAppointment(day), edit: text.appointment.edit, done });
}

/**
 * Opens what an item of the agenda stands for; asks first what of a series is meant. Raises ApiError.
 * @param {import("../../service/api.js").Api} api
 * @param {Item} item
 * @param {Done} done
 */
export async function editItem(api, item, done) {
  const record = await api.get(pathOf(item.appointment_id));
  if (!item.series_id || !item.original_start) {
    editWhole(api, record, done);
    return;
  }
  const series = item.exception ? await api.get(pathOf(item.series_id)) : record;
  const scope = await askScope(series, sayWhen(item), isLocked(series) ? ["one", "all"] : ["one", "rest", "all"]);
  if (scope === "all") editWhole(api, series, done);
  if (scope === "one") editOne(api, series, item.exception ? record : null, item, done);
  if (scope === "rest") editRest(api, series, item, done);
}

/** A record as it is: a single appointment, a series as a whole, an exception. @param {import("../../service/api.js").Api} api @param {Record<string, any>} record @param {Done} done */
export function editWhole(api, record, done) {
  const t = text.appointment;
  if (record.series_id)
    open(api, record, { edit: t.editOne, done, archive: t.cancelOne, note: t.cancelledNote, one: true });
  else if (record.recurrence.length > 0)
    open(api, record, { edit: t.editSeries, done, archive: t.archiveSeries, note: t.archivedNote });
  else open(api, record, { edit: t.edit, done, archive: t.archive, note: t.archivedNote });
}

/**
 * One occurrence: its exception is made with the first change.
 * @param {import("../../service/api.js").Api} api
 * @param {Record<string, any>} series
 * @param {Record<string, any> | null} exception
 * @param {Item} item
 * @param {Done} done
 */
function editOne(api, series, exception, item, done) {
  const t = text.appointment;
  const original = item.original_start;
  const virtual = { ...series, start: item.start, end: item.end, recurrence: [], sync: null };
  /** @param {Record<string, any>} changes @param {Record<string, any>} known @param {string} key */
  const save = (changes, known, key) =>
    known.series_id
      ? api.patch(pathOf(known.id), changes, known.etag)
      : api.post(PATH, { series_id: series.id, original_start: original, ...changes }, { key });
  open(api, exception ?? virtual, {
    edit: t.editOne,
    archive: t.cancelOne,
    note: t.cancelledNote,
    one: true,
    done,
    save,
    remove: (known, key) =>
      known.series_id ? api.delete(pathOf(known.id)) : save({ status: "cancelled" }, known, key),
  });
}

/**
 * This occurrence and all that follow: a series of its own from the first change on.
 * @param {import("../../service/api.js").Api} api
 * @param {Record<string, any>} series
 * @param {Item} item
 * @param {Done} done
 */
function editRest(api, series, item, done) {
  const t = text.appointment;
  const start = /** @type {Moment} */ (item.original_start);
  const virtual = { ...series, start, end: endOf(series, start), sync: null };
  open(api, virtual, {
    edit: t.editRest,
    archive: t.endHere,
    note: t.endedNote,
    done,
    save: (changes, known, key) =>
      api.post(`${pathOf(known.id)}/split`, { original_start: start, ...changes }, { key }),
    remove: (known, key) => api.post(`${pathOf(known.id)}/end`, { original_start: start }, { key }),
  });
}

/** The end of the occurrence that starts then. @param {Record<string, any>} series @param {Moment} start @returns {Moment} */
function endOf(series, start) {
  if ("date" in start) {
    const length = Date.parse(series.end.date) - Date.parse(series.start.date);
    return { date: new Date(Date.parse(start.date) + length).toISOString().slice(0, 10) };
  }
  const length = Date.parse(series.end.date_time) - Date.parse(series.start.date_time);
  return { date_time: new Date(Date.parse(start.date_time) + length).toISOString(), time_zone: series.end.time_zone };
}

/**
 * @typedef {object} How
 * @property {string} edit the heading
 * @property {string} [archive] the words of the button that removes
 * @property {(title: string) => string} [note] what to say once it is removed
 * @property {Record<string, any>} [blank]
 * @property {boolean} [one]
 * @property {Done} done
 * @property {import("../dialog.js").Editing["save"]} [save]
 * @property {import("../dialog.js").Editing["remove"]} [remove]
 */

/**
 * @param {import("../../service/api.js").Api} api
 * @param {Record<string, any> | null} record
 * @param {How} how
 */
function open(api, record, { edit, archive, note, blank, one, done, save, remove }) {
  const t = text.appointment;
  const fields = /** @type {Record<string, string>} */ (t.fields);
  editRecord(api, {
    path: PATH,
    record,
    build: (appointment) => appointmentForm(api, appointment, { one: one ?? false }),
    blank: blank ?? {},
    words: { fresh: t.fresh, edit, archive: archive ?? t.archive, changed: t.changed },
    done: (event, saved) => {
      const title = saved.title?.trim() || t.untitled;
      const words = event === "saved" ? t.saved(title) : (note ?? t.archivedNote)(title);
      const dropped =
        event === "saved" && saved.dropped_exceptions > 0 ? ` ${t.dropped(saved.dropped_exceptions)}` : "";
      done(words + dropped, event === "saved" ? saved : null);
    },
    save,
    remove,
    keepDraft: (names) => t.overlap(names.map((name) => fields[name] ?? name).join(", ")),
  });
}

/** When an item takes place, in a line. @param {Item} item */
export function sayWhen({ start, end }) {
  const day = sayDate(dayOf(start));
  if ("date" in start || "date" in end) return `${day} · ${text.appointment.allDay}`;
  return `${day} · ${sayTime(start.date_time, HERE)} – ${sayTime(end.date_time, HERE)}`;
}
