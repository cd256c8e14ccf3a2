/**
 * Words of leaving a Google account: what it is about in numbers, and what is told of it afterwards.
 * @module
 */
import { contacts, plural } from "./count.js";

/** @param {number} n */
const appointments = (n) => plural(n, "# appointment", "# appointments");

/** @param {number} people @param {number} events */
const both = (people, events) =>
  [people && contacts(people), events && appointments(events)].filter(Boolean).join(" and ");

/** @param {string} time @param {string} day "" for today */
const by = (time, day) => (day ? `by ${day} at ${time}` : `by ${time}`);

/** @param {"contacts" | "calendar"} what @param {number} n @param {string} where */
const stays = (what, n, where) =>
  `${what === "contacts" ? contacts(n) : appointments(n)} ${n === 1 ? "stays" : "stay"} ${where}`;

export const disconnect = {
  title: "Disconnect Google?",
  lead: "Syncing stops at once. Our access to your Google account is withdrawn, within a day at the latest. Nothing that you made yourself is deleted.",
  /** @param {number} people @param {number} events @returns {string} */
  atGoogle: (people, events) => `${both(people, events)} that this sync put into Google`,
  googleKeep: "Keep in Google",
  googleDelete: "Delete from Google",
  /** @param {number} people @param {number} events @returns {string} */
  inCrm: (people, events) => `${both(people, events)} that came from Google into the CRM`,
  crmKeep: "Keep in the CRM",
  crmArchive: "Archive in the CRM",
  /** @param {number} n @returns {string} */
  notImported: (n) =>
    plural(
      n,
      "# Google contact that was not imported is deleted here within a day. Only what you decided about it is remembered.",
      "# Google contacts that were not imported are deleted here within a day. Only what you decided about them is remembered.",
    ),
  confirm: "Disconnect",
  busy: "Disconnecting…",
};

/** What is said of an account that was left. */
export const departure = {
  /** @param {string} time @param {string} day @returns {string} */
  running: (time, day) => `What you chose is being removed now; all is over ${by(time, day)} at the latest`,
  nextTitle: "This account comes next",
  /** @param {string} email @param {string} next @param {string} time @param {string} day @returns {string} */
  next: (email, next, time, day) =>
    `First what you chose for ${email} is removed, with the access to it. Then ${next} is connected by itself, ${by(time, day)} at the latest`,
  before: "the account before",
  /** @param {string} email @returns {string} */
  left: (email) => `Not everything could be removed for ${email}:`,
  /** @param {"contacts" | "calendar"} what @param {number} n @returns {string} */
  atGoogle: (what, n) => stays(what, n, "in Google"),
  /** @param {"contacts" | "calendar"} what @param {number} n @returns {string} */
  inCrm: (what, n) => stays(what, n, "in the CRM"),
  /** @type {Record<string, string>} */
  reasons: {
    edited: "changed there since the last sync",
    no_grant: "our access had ended already",
    deadline: "Google did not answer for a day",
    too_large: "too large to be written again",
    internal: "a fault of ours",
  },
  otherwise: "Google refuses it",
  accessLeft:
    "Google could not be told that our access is over. You can end it in your Google account, under connections.",
  endedTitle: "Google Sync is on again",
  ended:
    "What was being removed after you disconnected stays from here on. What is gone already comes back with the sync.",
};
