/**
 * What the button's panel says: who is connected, what needs the person and the click that mends it (once for what it mends together), and
 * the small menu.
 * @module
 */
import { h, icon } from "../parts/dom.js";
import { problemWords } from "../words/reports.js";
import { text } from "../words/strings.js";
import { ago, sayInstant } from "../words/time.js";
import { otherProblems, waitNotes } from "./waits.js";

const t = text.button;
/** From the sixth day on a pause is long: Google keeps the place in its changes for seven. */
const LONG = 5 * 86_400_000;
/** @type {Record<string, "contacts" | "calendar">} */
const PAUSES = { contacts_paused: "contacts", calendar_paused: "calendar" };

/** @typedef {import("../service/sync-status.js").Status} Status */
/** @typedef {"sync" | "sheet" | "disconnect" | "reconnect" | "allow_calendar" | "allow_contacts" | "review" | "settings" | "resume"} Action */

/** @typedef {"reconnect" | "allowCalendar" | "allowContacts" | "reviewNow" | "settingsNow" | "chooseNow" | "resume"} Label */
/** @type {Record<string, [Action, Label]>} What mends a problem: the server's word for it, our action and its label. */
const MENDS = {
  reconnect: ["reconnect", "reconnect"],
  allow_calendar: ["allow_calendar", "allowCalendar"],
  allow_contacts: ["allow_contacts", "allowContacts"],
  review: ["review", "reviewNow"],
  settings: ["settings", "settingsNow"],
  sharing: ["settings", "chooseNow"],
  resume: ["resume", "resume"],
};

/**
 * The contents of the panel.
 * @param {Status} status
 * @param {(action: Action) => void} act
 * @returns {Node[]}
 */
export function panelContents(status, act) {
  /** @param {Action} action @param {string} label @param {string} [kind] */
  const button = (action, label, kind = "") =>
    h("button", { type: "button", class: kind, data: { action }, on: { click: () => act(action) } }, label);
  const told = otherProblems(status);
  const offered = new Set(status.problems.map((problem) => MENDS[problem.action]?.[0]));
  const actions = [...new Set(told.map((problem) => problem.action))];
  const problems = actions.map((action) => {
    const mend = MENDS[action];
    const alike = told.filter((problem) => problem.action === action);
    return h(
      "div",
      { class: "problem" },
      alike.map((problem) => h("p", { dir: "auto" }, pauseWords(problem, status) ?? problemWords(problem, status))),
      mend && button(mend[0], t[mend[1]], "act"),
    );
  });
  return [
    h("h2", {}, t.connectedAs),
    h("p", { class: "quiet", dir: "auto" }, status.account?.email),
    ...lastSynced(status).map((line) => h("p", { class: "quiet" }, line)),
    ...problems,
    ...waitNotes(status).map(({ title, lines }) =>
      h(
        "div",
        { class: "wait" },
        icon("clock"),
        h(
          "div",
          {},
          h("h3", {}, title),
          lines.map((line) => h("p", {}, line)),
        ),
      ),
    ),
    h(
      "div",
      { class: "actions" },
      status.state !== "paused" && button("sync", t.syncNow),
      button("sheet", t.sheet(status.waiting)),
      button("review", t.review),
      !status.granted.calendar && !offered.has("allow_calendar") && button("allow_calendar", t.allowCalendar),
      !status.granted.contacts && !offered.has("allow_contacts") && button("allow_contacts", t.allowContacts),
      button("settings", t.settings),
      button("disconnect", t.disconnect),
    ),
  ];
}

/**
 * What is paused, since when, and that its end should not be put off much longer; null for another problem.
 * @param {import("../service/sync-status.js").Problem} problem
 * @param {Status} status
 */
function pauseWords({ code }, { resources }) {
  const name = PAUSES[code];
  const since = name && resources[name].paused_at;
  if (!since) return null;
  const said = t.pausedOf(text.waits.names[name], sayInstant(since, { month: "long", day: "numeric" }));
  return Date.now() - Date.parse(since) < LONG ? said : `${said} ${t.pausedLong}`;
}

/**
 * When a sync last came to its end: of both together where it is the same in words.
 * @param {Status} status
 */
function lastSynced({ granted, resources }) {
  const names = /** @type {("contacts" | "calendar")[]} */ (["contacts", "calendar"]).filter((name) => granted[name]);
  const times = names.map((name) => resources[name].last_synced_at);
  const whens = times.map((time) => time && ago(time));
  if (new Set(whens).size === 1) return [whens[0] ? t.lastSynced(whens[0]) : t.neverSynced];
  return names.map((name, index) => {
    const when = whens[index];
    return when ? t.lastSyncedOf(text.waits.names[name], when) : t.neverSyncedOf(text.waits.names[name]);
  });
}
