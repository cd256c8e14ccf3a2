/**
 * The CRM's appointments: an agenda by days that goes as far either way as one likes, a search, and the archive.
 * @module
 */
import { h, icon } from "../../parts/dom.js";
import { loader, stateBox, whilePending } from "../../parts/loading.js";
import { spoken } from "../../parts/person.js";
import { searchField } from "../../parts/search-field.js";
import { addAppointment, editItem, editWhole, pathOf } from "../../records/appointments/edit.js";
import { sayRecurrence } from "../../records/appointments/recurrence-words.js";
import { ApiError } from "../../service/errors.js";
import { text } from "../../words/strings.js";
import { dayOf, sayDate, shiftDate, today } from "../../words/time.js";
import { byDays, lastDayOf, loadAgenda } from "./agenda.js";
import { appointmentRow, dayHeading, titleOf } from "./row.js";

const PATH = "/api/appointments";
const PAGE = 500;
const WEEKS = 28;
/** How far a step looks for the next appointment, in days, one after the other. */
const STEPS = [WEEKS, 91, 366];

/** @typedef {import("./agenda.js").Item} Item */
/** @typedef {import("./agenda.js").Line} Line */
/** @typedef {Omit<Item, "appointment_id" | "recurring" | "exception"> & {id: string} & Record<string, any>} Appointment */
/** @typedef {"agenda" | "cancelled" | "archived"} View */

/**
 * The page of appointments. `refresh` loads it anew without a flicker.
 * @param {import("../../service/api.js").Api} api
 * @param {(words: string) => void} say
 * @param {() => void} changed called after a record was saved, archived or restored
 */
export function appointmentList(api, say, changed) {
  const t = text.appointment;
  /** @type {View} */
  let view = "agenda";
  let q = "";
  let from = today();
  let to = shiftDate(from, WEEKS);
  /** Whether the last step found nothing, by direction. */
  let [noneBefore, noneAfter] = [false, false];
  const holder = h("div", { class: "list agenda" });
  const run = loader(holder, t.failed);
  const refresh = (quietly = true) => run(load, quietly);
  const lookAgain = whilePending(holder, () => void refresh());

  const load = () => (q ? loadFound() : view === "archived" ? loadArchived() : loadDays());

  async function loadDays() {
    const items = await loadAgenda(api, from, to, view === "cancelled");
    lookAgain(items);
    const days = byDays(items, from, to);
    const now = today();
    if (days.length > 0 && from <= now && now < to && !days.some(([day]) => day === now)) {
      days.push([now, []]);
      days.sort(([a], [b]) => (a < b ? -1 : 1));
    }
    const shown = days.length > 0 ? days.map(daySection) : [stateBox("empty", "calendar", t.empty[0], t.empty[1])];
    return [step(-1), ...shown, step(1)];
  }

  /** @param {[string, Line[]]} day */
  function daySection([day, lines]) {
    return h(
      "section",
      { class: "day", data: { day } },
      dayHeading(day),
      lines.length > 0
        ? h(
            "ul",
            { class: "rows" },
            lines.map((line) => agendaRow(line)),
          )
        : h("p", { class: "quiet nothing" }, t.nothingToday),
    );
  }

  /** @param {Line} line */
  function agendaRow(line) {
    const { item } = line;
    const cancelled = item.status === "cancelled";
    return appointmentRow(line, {
      open: () => void edit(item),
      action: cancelled ? { words: t.restore, act: () => void bringBack(item) } : null,
    });
  }

  /** The button that shows more, with what the last press did not find. @param {1 | -1} way */
  function step(way) {
    const [words, symbol] = way < 0 ? [t.earlier, "up"] : [t.later, "down"];
    const none =
      way < 0
        ? noneBefore && t.nothingBefore(sayDate(shiftDate(from, 366)))
        : noneAfter && t.nothingAfter(sayDate(shiftDate(to, -367)));
    const button = h("button", { type: "button", class: "button step" }, icon(symbol), words);
    button.addEventListener("click", async () => {
      button.disabled = true;
      await reach(way);
      /** @type {HTMLElement | null} */ (
        holder.querySelector(way < 0 ? ".step" : ".agenda-step:last-child .step")
      )?.focus({ preventScroll: true });
    });
    return h("div", { class: "agenda-step" }, none && h("p", { class: "quiet small", role: "status" }, none), button);
  }

  /** Goes on in one direction until there is something, a year at most. @param {1 | -1} way */
  async function reach(way) {
    const [first, last] = [from, to];
    const height = document.documentElement.scrollHeight;
    const top = window.scrollY;
    try {
      let found = false;
      for (const days of STEPS) {
        if (way < 0) from = shiftDate(first, -days);
        else to = shiftDate(last, days);
        const [start, end] = way < 0 ? [from, first] : [last, to];
        found = (await loadAgenda(api, start, end, view === "cancelled")).some(
          (item) => lastDayOf(item) >= start && dayOf(item.start) < end,
        );
        if (found) break;
      }
      if (way < 0) noneBefore = !found;
      else noneAfter = !found;
    } catch (error) {
      [from, to] = [first, last];
      if (!(error instanceof ApiError)) throw error;
      say(error.message);
    }
    await refresh();
    // What is read stays where it is when earlier days come above it.
    if (way < 0) window.scrollTo({ top: top + document.documentElement.scrollHeight - height });
  }

  /** Turns to a day. @param {string} day @param {boolean} [quietly] */
  async function jump(day, quietly = false) {
    [from, to] = [day, shiftDate(day, WEEKS)];
    [noneBefore, noneAfter] = [false, false];
    date.value = day;
    await refresh(quietly);
  }

  async function loadFound() {
    const found = await everyPage({ q });
    lookAgain(found);
    const living = found.filter(({ series_id: id, status }) => !id || status !== "cancelled");
    if (living.length === 0) return [stateBox("search", "search", t.emptySearch[0], t.emptySearch[1])];
    return [
      h(
        "ul",
        { class: "rows" },
        living.map((record) => recordRow(record, null)),
      ),
    ];
  }

  async function loadArchived() {
    const archived = await everyPage({ archived: true });
    const whole = archived.filter(({ series_id: id }) => !id);
    if (whole.length === 0) return [stateBox("archived", "calendar", t.emptyArchive[0], t.emptyArchive[1])];
    return [
      h(
        "ul",
        { class: "rows" },
        whole.map((record) => recordRow(record, { words: t.restore, act: () => void restore(record.id, record) })),
      ),
    ];
  }

  /** @param {{q: string} | {archived: boolean}} asked @returns {Promise<Appointment[]>} */
  async function everyPage(asked) {
    const all = [];
    /** @type {string | null} */
    let token = null;
    do {
      const page = await api.search(PATH, { ...asked, page_size: PAGE, page_token: token });
      all.push(...page.items);
      token = page.next_page_token;
    } while (token);
    return all;
  }

  /** A record by itself, with its date. @param {Appointment} record @param {{words: string, act: () => void} | null} action */
  function recordRow(record, action) {
    const recurring = record.recurrence.length > 0;
    const item = /** @type {Item} */ ({
      ...record,
      appointment_id: record.id,
      recurring,
      exception: Boolean(record.series_id),
    });
    return appointmentRow(
      { item, part: 1, parts: 1, whole: "date" in record.start },
      {
        time: [h("span", {}, sayDate(dayOf(record.start)))],
        more: recurring ? sayRecurrence(record.recurrence, record.start) : null,
        action,
        open: () => void openRecord(record),
      },
    );
  }

  /** @param {Appointment} record */
  async function openRecord(record) {
    await attempt(async () => editWhole(api, await api.get(pathOf(record.id)), done));
  }

  /** @param {Item} item */
  async function edit(item) {
    await attempt(() => editItem(api, item, done));
  }

  /** @param {() => Promise<void>} work */
  async function attempt(work) {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      say(error.message);
    }
  }

  /** @type {import("../../records/appointments/edit.js").Done} */
  function done(words, record) {
    say(spoken(words));
    const day = record && dayOf(record.start);
    const out =
      day &&
      !q &&
      view !== "archived" &&
      !record.recurrence?.length &&
      (lastDayOf(/** @type {any} */ (record)) < from || day >= to);
    void (out ? jump(day, true) : refresh());
    changed();
  }

  /** What was cancelled takes place again. @param {Item} item */
  async function bringBack(item) {
    await attempt(async () => {
      if (item.exception) await api.post(`${pathOf(item.appointment_id)}/restore`, {}, { key: crypto.randomUUID() });
      else {
        const record = await api.get(pathOf(item.appointment_id));
        await api.patch(pathOf(record.id), { status: "confirmed" }, record.etag);
      }
      say(t.restoredNote(spoken(titleOf(item))));
    });
    await refresh();
    changed();
  }

  /** @param {string} id @param {{title: string}} record */
  async function restore(id, record) {
    await attempt(async () => {
      await api.post(`${pathOf(id)}/restore`, {}, { key: crypto.randomUUID() });
      say(t.restoredNote(spoken(titleOf(record))));
    });
    await refresh();
    changed();
  }

  const search = searchField({ label: t.search }, (typed) => {
    q = typed;
    arrange();
    void refresh();
  });
  const show = h(
    "select",
    { "aria-label": t.show },
    /** @type {View[]} */ (["agenda", "cancelled", "archived"]).map((value) => h("option", { value }, t.views[value])),
  );
  show.addEventListener("change", () => {
    view = /** @type {View} */ (show.value);
    arrange();
    void refresh(false);
  });
  const date = h("input", {
    type: "date",
    value: from,
    "aria-label": t.jump,
    title: t.jump,
    min: "1900-01-01",
    max: "2200-01-01",
  });
  date.addEventListener("change", () => date.value && date.checkValidity() && void jump(date.value));
  const now = h("button", { type: "button", class: "button", on: { click: () => void jump(today()) } }, t.today);
  const add = h(
    "button",
    { type: "button", class: "button primary", on: { click: () => addAppointment(api, from, done) } },
    icon("plus"),
    t.add,
  );
  const jumping = h("div", { class: "jump" }, now, date);
  const arrange = () => (jumping.hidden = Boolean(q) || view === "archived");
  const element = h(
    "section",
    { "aria-label": text.crm.appointments },
    h("div", { class: "tools" }, search.element, show, jumping, add),
    holder,
  );
  void refresh(false);
  return { element, refresh };
}
