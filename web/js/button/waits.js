/**
 * What the button and its panel say of what waits: why, how much, and until when.
 * @module
 */
import { problemWords } from "../words/reports.js";
import { text } from "../words/strings.js";
import { timeAndDay } from "../words/time.js";

const t = text.waits;

/** @typedef {import("../service/sync-status.js").Status} Status */
/** @typedef {import("../service/sync-status.js").Wait} Wait */

/** A wait that ends within so many milliseconds ends in a moment: nobody has to look at the clock for it. */
const MOMENT = 60_000;
/** What Google or the clock ends; after any other reason something is tried again. */
const ENDING = new Set(["rate_limited", "in_doubt"]);

/**
 * The end of a wait as its words want it.
 * @param {Wait} wait
 * @param {(time: string, day: string) => string} at the words for a time that is worth saying
 * @param {string} soon for one that is not, or that nobody knows
 */
function end({ until }, at, soon) {
  if (until === null || Date.parse(until) - Date.now() < MOMENT) return soon;
  return at(...timeAndDay(until));
}

/**
 * The two lines of the button while nothing is at work: of the wait that ends last, for until then not all is complete.
 * @param {Status} status
 * @returns {string[]}
 */
export function waitWords(status) {
  const wait = status.waits.reduce((a, b) => ((b.until ?? "") > (a.until ?? "") ? b : a));
  const title = t.titles[wait.why] ?? t.otherwise;
  const far = status.progress?.total ? text.button.far(status.progress.done, status.progress.total) : "";
  const many = far || (wait.count === null ? "" : t.many[wait.what](wait.count));
  const ends = end(wait, ENDING.has(wait.why) ? t.until : t.again, wait.until === null ? "" : t.soon);
  const second = joined([many, ends]);
  return second ? [title, second] : [`${title}…`];
}

/** Milliseconds until the words on what waits are others, or null. @param {Status} status */
export function wordsChangeIn(status) {
  const ahead = status.waits
    .map(({ until }) => (until === null ? 0 : Date.parse(until) - MOMENT - Date.now()))
    .filter((time) => time > 0);
  return ahead.length ? Math.min(...ahead) : null;
}

/**
 * What the panel says: what waits for one reason until one time is said together.
 * @param {Status} status
 * @returns {{title: string, lines: string[]}[]}
 */
export function waitNotes(status) {
  /** @type {Map<string, Wait[]>} */
  const alike = new Map();
  for (const wait of status.waits) {
    const key = `${wait.why} ${noteEnd(wait)}`;
    alike.set(key, [...(alike.get(key) ?? []), wait]);
  }
  return [...alike.values()].map((waits) => ({
    title: joined(waits.map(({ what, count }) => (count === null ? t.names[what] : t.many[what](count)))),
    lines: [reason(status, waits[0].why), noteEnd(waits[0])].filter(Boolean),
  }));
}

/** Why it waits; "" where a problem that needs the person says so already. @param {Status} status @param {string} why */
function reason(status, why) {
  const problem = status.problems.find(({ action, code }) => action === "wait" && code === why);
  return t.reasons[why] ?? (problem ? problemWords(problem, status) : "");
}

/** @param {string[]} words */
function joined(words) {
  return words.filter(Boolean).join("\u00a0· ");
}

/** @param {Wait} wait */
function noteEnd(wait) {
  if (wait.why === "queued" || wait.why === "who_is_who") return "";
  if (wait.why === "rate_limited") return end(wait, t.goesOn, t.goesOnSoon);
  return wait.why === "in_doubt" ? end(wait, t.settled, t.settledSoon) : end(wait, t.tries, t.triesSoon);
}

/**
 * The problems that have to be said besides what waits: what is said there with its end is not said without it once more.
 * @param {Status} status
 */
export function otherProblems(status) {
  const said = new Set(status.waits.map(({ why }) => why));
  return status.problems.filter(({ action, code }) => action !== "wait" || !said.has(code));
}
