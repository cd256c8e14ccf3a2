/**
 * Words of the review page: what waits for the person, and what the sync did.
 * @module
 */
import { appointment } from "./appointment.js";
import { contacts, number, plural } from "./count.js";
import { contact } from "./crm.js";

/** @param {string} resource @param {number} n */
const records = (resource, n) => (resource === "calendar" ? plural(n, "# appointment", "# appointments") : contacts(n));

/** @param {string} resource */
const place = (resource) => (resource === "calendar" ? "Google Calendar" : "Google Contacts");

/** @typedef {{resource: string, count: number, name: string}} About What a hold is about. */
/**
 * What one answer to a hold says: the button, and the confirmation.
 * @typedef {object} Answer
 * @property {string} button
 * @property {(about: About) => string} title
 * @property {(about: About) => string[]} lines
 * @property {(about: About) => string} go
 */

const stays = "One that was changed on either side since then is left out and synced as usual.";

export const review = {
  title: "Review and activity",
  lead: "What the sync leaves to you, and what it has done.",
  sections: {
    holds: "On hold",
    conflicts: "Different values",
    doubles: "Perhaps twice",
    refused: "Not synced",
    activity: "Activity",
  },
  sectionsLabel: "On this page",
  leads: {
    holds: "These changes look like an accident. Nothing happens until you decide.",
    conflicts: "Both sides changed the same field. One value is in use; you can take the other instead.",
    doubles:
      "These contacts may be one person. One that is new waits here until you say so, and is not sent to Google.",
    refused: "These could not be synced. Each is tried again as soon as it changes, and now and then as it is.",
    activity: "Kept for 30 days.",
  },
  nothing: ["Nothing waits for you", "When the sync is unsure, it asks here before it changes anything."],
  failed: "This could not be loaded",
  more: "Show more",
  older: "Show older",
  namesMore: (/** @type {number} */ n) => `Show all ${number(n)}`,
  namesFewer: "Show fewer",
  gone: "That was settled meanwhile. The page is up to date again.",
  back: "Go back",
};

export const holds = {
  titles: {
    crm: (/** @type {About} */ it) =>
      `${records(it.resource, it.count)} ${it.count === 1 ? "was" : "were"} deleted at Google`,
    google: (/** @type {About} */ it) =>
      `${records(it.resource, it.count)} ${it.count === 1 ? "was" : "were"} archived in the CRM`,
    cleared: (/** @type {About} */ it) => `${it.name} was emptied at Google`,
  },
  reasons: /** @type {Record<string, string>} */ ({
    too_many: "That is more than usual at once.",
    empty_listing: "Google suddenly lists nothing at all, which is more likely a fault than a wish.",
    canon_changed: "The way records are compared has changed since they were last in step, so we ask to be sure.",
    identity_cleared: "Name, organisation, e-mails and phones were all cleared at once.",
  }),
  decided: {
    apply: "Decided. The sync is carrying it out.",
    discard: "Decided. The sync is putting it back.",
  },
  answers: /** @type {Record<string, {apply: Answer, discard: Answer}>} */ ({
    crm: {
      apply: {
        button: "Archive in the CRM",
        title: (it) => `Archive ${records(it.resource, it.count)}?`,
        lines: () => ["They are archived in the CRM, where you can restore each of them.", stays],
        go: (it) => `Archive ${records(it.resource, it.count)}`,
      },
      discard: {
        button: "Keep them",
        title: (it) => `Keep ${records(it.resource, it.count)}?`,
        lines: (it) => [`They stay in the CRM and are added to ${place(it.resource)} again.`, stays],
        go: () => "Keep and add to Google",
      },
    },
    google: {
      apply: {
        button: "Delete at Google",
        title: (it) => `Delete ${records(it.resource, it.count)} at Google?`,
        lines: (it) => [
          `They are deleted from ${place(it.resource)}, which keeps them in its trash for 30 days.`,
          stays,
        ],
        go: (it) => `Delete ${records(it.resource, it.count)}`,
      },
      discard: {
        button: "Leave them at Google",
        title: (it) => `Leave ${records(it.resource, it.count)} at Google?`,
        lines: (it) => [
          `They stay in ${place(it.resource)} and archived in the CRM. From then on the two no longer follow each other.`,
        ],
        go: () => "Leave them there",
      },
    },
    cleared: {
      apply: {
        button: "Clear here too",
        title: (it) => `Clear ${it.name} in the CRM too?`,
        lines: () => [
          "Name, organisation, e-mails and phones are cleared in the CRM.",
          "The activity shows what they were for 30 days.",
        ],
        go: () => "Clear in the CRM",
      },
      discard: {
        button: "Put the values back",
        title: (it) => `Put the values of ${it.name} back?`,
        lines: () => ["Google gets the CRM’s values again. Other changes made at Google are kept."],
        go: () => "Put back at Google",
      },
    },
  }),
  said: "Decided. The sync carries it out now.",
};

export const conflicts = {
  now: "In use now",
  had: { crm: "The CRM had", google: "Google had" },
  keep: "Keep this",
  keepOf: (/** @type {string} */ field, /** @type {string} */ name) => `Keep the value in use: ${field} of ${name}`,
  take: "Use this instead",
  takeOf: (/** @type {string} */ field, /** @type {string} */ name) => `Use the other value: ${field} of ${name}`,
  both: "Keep both",
  bothOf: (/** @type {string} */ field, /** @type {string} */ name) => `Keep both values: ${field} of ${name}`,
  archived: "The record is archived, so its value stays as it is.",
  gone: "The record is gone.",
  dismiss: "Dismiss",
  kept: "The value in use stays.",
  taken: "The other value is in the CRM now and on its way to Google.",
  bothTaken: "Both values are in the CRM now and on their way to Google.",
  changed: "The record has changed meanwhile. Its newer value is shown now; please choose again.",
};

export const doubles = {
  numbered: (/** @type {number} */ n, /** @type {string} */ name) => `${number(n)}. ${name}`,
  pair: (/** @type {string} */ one, /** @type {string} */ other) => `${one} / ${other}`,
  added: (/** @type {string} */ when) => `Added ${when}`,
  waits: "Waits for your answer",
  compare: "Compare and merge",
  compareOf: (/** @type {string} */ names) => `Compare and merge ${names}`,
  apart: "Two people",
  apartOf: (/** @type {string} */ names) => `${names} are two people`,
  apartSaid: "Noted. They are not asked about again.",
  weak: (/** @type {number} */ n) => `Also maybe (${number(n)})`,
  likely: "Show only what is likely",
  none: ["Nobody twice", "No two contacts of your CRM look like one person."],
  google: (/** @type {number} */ n) => `${contacts(n)} twice in Google Contacts`,
  googleLead:
    "Google merges its own contacts. What is merged there stays one pair here; nothing is deleted from your CRM.",
  googleGo: "Merge in Google Contacts",
  copyOf: (/** @type {string} */ name) => `a second one of ${name}`,
  title: "Merge two contacts",
  stays: "Which contact stays?",
  staysHint: "The other one goes into the archive. Its appointments follow, and so does its history.",
  both: "Both",
  consent: "Consent",
  stricter: "The stricter of the two counts. What was recorded of either stays in the history.",
  note: "Nothing is deleted in Google. You can undo this for 30 days.",
  go: "Merge",
  changed: "One of the two has changed meanwhile. Please close this and look again.",
  done: "Merged. The sync takes it to Google.",
  mergedTitle: "Merged lately",
  merged: (/** @type {string} */ other, /** @type {string} */ name) => `${other} into ${name}`,
  undo: "Undo",
  undoOf: (/** @type {string} */ names) => `Undo the merge of ${names}`,
  undone: "Undone. Both contacts are there again.",
  undoneBut: "Undone. What was edited since then stays as it is.",
};

export const refused = {
  edit: "Edit",
  editOf: (/** @type {string} */ name) => `Edit ${name}`,
  saved: "Saved. The sync tries it again.",
  take: "Take Google’s",
  takeOf: (/** @type {string} */ name) => `Take Google’s version of ${name}`,
  taken: "Done. What Google has is on its way.",
  again: "Try again",
  againOf: (/** @type {string} */ name) => `Try ${name} again`,
  tried: "We are trying it again now.",
  atGoogle: { contacts: "A contact in Google Contacts", calendar: "An appointment in Google Calendar" },
};

export const activity = {
  empty: ["Nothing has happened yet", "What the sync changes on either side is listed here, newest first."],
  emptyOf: ["Nothing in the last 30 days", "The sync has not changed this record."],
  only: (/** @type {string} */ name) => `Only ${name}`,
  onlyOf: (/** @type {string} */ name) => `Show only what happened to ${name}`,
  all: "Show everything",
  someone: { contacts: "A contact", calendar: "An appointment" },
  kinds: /** @type {Record<string, string>} */ ({
    contacts: "Contacts",
    calendar: "Appointments",
    import: "Import",
    connection: "Connection",
  }),
  reasons: /** @type {Record<string, string>} */ ({
    login: "at sign-in",
    manual: "Sync now",
    change: "after a change in the CRM",
    connect: "first sync",
    push: "after a change at Google",
    schedule: "by schedule",
    conflict: "your choice",
    done: "import sheet",
    revisit: "import sheet",
    merge: "contacts merged",
    unmerge: "merge undone",
    undo: "import undone",
  }),
  actions: /** @type {Record<string, string>} */ ({
    create_remote: "Added to Google",
    recreate_remote: "Added to Google again",
    update_remote: "Changed at Google",
    delete_remote: "Deleted at Google",
    archive_local: "Archived in the CRM",
    restore_local: "Restored in the CRM",
    adopt: "Linked with its Google contact",
    link: "Linked with its Google contact",
    import: "Imported into the CRM",
    detach: "No longer synced",
    pick: "Other value picked",
    leave: "Value in use kept",
    archive: "Archived in the CRM",
    part: "No longer linked with its Google contact",
    merge: "Another contact was merged into it",
    merge_away: "Merged into another contact",
    repoint: "Now with the merged contact",
    unmerge: "Merge undone",
    crm: "Changed in the CRM",
    google: "Changed at Google",
  }),
  more: (/** @type {number} */ n) => `Show ${number(n)} more`,
  /** A field's change. @param {string} field @param {string} before @param {string} after */
  change: (field, before, after) => `${field}: ${before} → ${after}`,
  /** A field's new value. @param {string} field @param {string} after */
  value: (field, after) => `${field}: ${after}`,
  moreFields: (/** @type {number} */ n) => plural(n, "and # more field", "and # more fields"),
};

export const values = {
  nothing: "nothing",
  fields: /** @type {Record<string, string>} */ ({
    ...contact.fields,
    urls: "Web address",
    addresses: "Address",
    title: appointment.fields.title,
    description: appointment.fields.description,
    location: appointment.fields.location,
    attendees: appointment.fields.attendees,
    when: "Time",
    recurrence: "Repetition",
    reminders: "Reminders",
    visibility: "Visibility",
    busy: "Availability",
    status: appointment.fields.status,
    organizer: appointment.fields.organizer,
    response: appointment.fields.response,
  }),
  words: /** @type {Record<string, string>} */ ({
    default: "Default",
    private: "Private",
    confirmed: appointment.statuses.confirmed,
    tentative: appointment.statuses.tentative,
    cancelled: appointment.statuses.cancelled,
    true: "Busy",
    false: "Free",
  }),
  until: (/** @type {string} */ from, /** @type {string} */ to) => `${from} – ${to}`,
  minutes: (/** @type {number} */ n) => plural(n, "# minute before", "# minutes before"),
};
