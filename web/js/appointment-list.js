/**
 * The CRM's appointments, by day.
 * @module
 */
import { withQuery } from "./api.js";
import { appointmentForm, blankAppointment } from "./appointment-form.js";
import { h, icon } from "./dom.js";
import { ApiError } from "./errors.js";
import { loader, stateBox, whilePending } from "./list-page.js";
import { longText, spoken } from "./person.js";
import { editRecord } from "./record-dialog.js";
import { refusalWords } from "./refusals.js";
import { text } from "./strings.js";
import { HERE, dayOf, sayDate, sayTime, sayZone, shiftDate, today } from "./time.js";

const t = text.appointment;
const PATH = "/api/appointments";
const PAGE = 500;

/** @typedef {Record<string, any>} Appointment */
/** @typedef {"upcoming" | "past" | "archived"} View */

/**
 * The page of appointments. `refresh` loads it anew without a flicker.
 * @param {import("./api.js").Api} api
 * @param {(words: string) => void} say
 * @param {() => void} changed called after a record was saved, archived or restored
 */
export function appointmentList(api, say, changed) {
  /** @type {View} */
  let view = "upcoming";
  const holder = h("div", { class: "list" });
  const run = loader(holder, t.failed);
  const refresh = (quietly = true) => run(load, quietly);
  const lookAgain = whilePending(holder, () => void refresh());

  async function load() {
    /** @type {Appointment[]} */
    const all = [];
    /** @type {string | null} */
    let token = null;
    do {
      const page = await api.get(
        withQuery(PATH, { archived: view === "archived" ? "true" : "", page_size: PAGE, page_token: token }),
      );
      all.push(...page.items);
      token = page.next_page_token;
    } while (token);
    lookAgain(all);
    const days = byDay(all.filter(fits));
    if (days.length === 0) return [emptyState()];
    return days.map(([day, appointments]) =>
      h("section", { class: "day" }, h("h2", {}, dayName(day)), h("ul", { class: "rows" }, appointments.map(row))),
    );
  }

  /** @param {Appointment} appointment */
  function fits(appointment) {
    return view === "archived" || lastDay(appointment) >= today() === (view === "upcoming");
  }

  /** @param {Appointment[]} appointments @returns {[string, Appointment[]][]} */
  function byDay(appointments) {
    const days = Map.groupBy(appointments, (appointment) => dayOf(appointment.start));
    const sorted = [...days].sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [, list] of sorted) list.sort((a, b) => instant(a) - instant(b));
    return view === "upcoming" ? sorted : sorted.reverse();
  }

  function emptyState() {
    const words = { upcoming: t.empty, past: t.emptyPast, archived: t.emptyArchive }[view];
    return stateBox(view, "calendar", words[0], words[1]);
  }

  /** @param {Appointment} appointment */
  function row(appointment) {
    const title = appointment.title.trim() || t.untitled;
    const marks = [
      appointment.recurrence?.length > 0 && t.repeats,
      appointment.status !== "confirmed" && t.statuses[/** @type {keyof typeof t.statuses} */ (appointment.status)],
    ];
    return h(
      "li",
      { class: "row appointment", data: { id: appointment.id } },
      h("div", { class: "row-time" }, timeOf(appointment)),
      h(
        "div",
        { class: "row-main" },
        h("div", { class: "name" }, longText(title)),
        appointment.location && h("div", { class: "quiet small" }, longText(appointment.location)),
      ),
      h(
        "div",
        { class: "row-state" },
        marks.map((mark) => mark && h("span", { class: "badge" }, mark)),
        appointment.sync?.message &&
          h("span", { class: "badge warn", title: refusalWords(appointment.sync.problem, appointment.sync.message) }, text.contact.sync.quarantined),
      ),
      view === "archived"
        ? h(
            "button",
            {
              type: "button",
              class: "button row-action",
              "aria-label": `${t.restore}: ${spoken(title)}`,
              on: { click: () => void restore(appointment) },
            },
            t.restore,
          )
        : h("button", {
            type: "button",
            class: "row-open",
            "aria-label": `${t.edit}: ${spoken(title)}`,
            on: { click: () => edit(appointment) },
          }),
    );
  }

  /** @param {Appointment | null} appointment */
  function edit(appointment) {
    editRecord(api, {
      path: PATH,
      record: appointment,
      build: appointmentForm,
      blank: blankAppointment(),
      words: t,
      done: (event, record) => {
        say((event === "saved" ? t.saved : t.archivedNote)(spoken(record.title || t.untitled)));
        void refresh();
        changed();
      },
    });
  }

  /** @param {Appointment} appointment */
  async function restore(appointment) {
    try {
      await api.post(`${PATH}/${encodeURIComponent(appointment.id)}/restore`, {}, { key: crypto.randomUUID() });
      say(t.restoredNote(spoken(appointment.title || t.untitled)));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      say(error.message);
    }
    await refresh();
    changed();
  }

  const show = h(
    "select",
    { "aria-label": t.show },
    /** @type {View[]} */ (["upcoming", "past", "archived"]).map((value) => h("option", { value }, t[value])),
  );
  show.addEventListener("change", () => {
    view = /** @type {View} */ (show.value);
    void refresh(false);
  });
  const add = h(
    "button",
    { type: "button", class: "button primary", on: { click: () => edit(null) } },
    icon("plus"),
    t.add,
  );
  const element = h(
    "section",
    { "aria-label": text.crm.appointments },
    h("div", { class: "tools" }, show, add),
    holder,
  );
  void refresh(false);
  return { element, refresh };
}

/** The last day on which an appointment still takes place. @param {Appointment} appointment */
function lastDay({ start, end }) {
  return "date" in end ? shiftDate(end.date, -1) : dayOf(end.date_time > start.date_time ? end : start);
}

/** @param {Appointment} appointment */
function instant({ start }) {
  return Date.parse("date" in start ? start.date : start.date_time);
}

/** @param {string} day */
function dayName(day) {
  const said = sayDate(day, { weekday: "long", month: "long", day: "numeric", year: "numeric" });
  if (day === today()) return `${t.today} · ${said}`;
  return day === shiftDate(today(), 1) ? `${t.tomorrow} · ${said}` : said;
}

/** When it takes place, in the zone it was planned in; that zone is named when it is not this browser's. @param {Appointment} appointment */
function timeOf({ start, end }) {
  if ("date" in start) {
    const last = shiftDate(end.date, -1);
    return [t.allDay, last > start.date && h("div", { class: "quiet small" }, t.until(sayDate(last)))];
  }
  const [from, to] = [sayTime(start.date_time, start.time_zone), sayTime(end.date_time, end.time_zone)];
  return [
    `${from} – ${to}`,
    start.time_zone !== HERE && h("div", { class: "quiet small" }, sayZone(start.date_time, start.time_zone)),
  ];
}
