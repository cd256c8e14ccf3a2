/**
 * Words of the button, the pop-up and the page after Google.
 * @module
 */
import { number, plural } from "./count.js";

export const button = {
  group: "Google Sync",
  checking: "Google Sync",
  enable: "Enable Google Sync",
  complete: "Complete",
  attention: "Action needed",
  found: (/** @type {number} */ n) => `New Contacts Found (${number(n)})`,
  unreachable: "Google Sync is unreachable",
  signedOut: "Google Sync: signed out",
  syncing: "Syncing",
  phases: /** @type {Record<string, string>} */ ({
    starting: "Starting",
    pulling: "Reading from Google",
    matching: "Matching contacts",
    pushing: "Sending to Google",
    importing: "Importing contacts",
    undoing: "Undoing an import",
  }),
  far: (/** @type {number} */ done, /** @type {number} */ total) => `${number(done)} of ${number(total)}`,
  left: (/** @type {number} */ minutes) =>
    minutes < 90 ? `about ${number(minutes)} min left` : `about ${number(Math.round(minutes / 60))} h left`,
  menu: "Google Sync menu",
  menuNote: "Google Sync menu, with a note",
  details: "Google Sync details",
  connectedAs: "Connected to Google as",
  lastSynced: (/** @type {string} */ when) => `Last synced ${when}`,
  neverSynced: "Not synced yet",
  lastSyncedOf: (/** @type {string} */ what, /** @type {string} */ when) => `${what}: last synced ${when}`,
  neverSyncedOf: (/** @type {string} */ what) => `${what}: not synced yet`,
  syncNow: "Sync now",
  sheet: (/** @type {number} */ n) => (n > 0 ? `Import sheet (${number(n)})` : "Import sheet"),
  review: "Review and activity",
  reviewNow: "Review",
  settings: "Settings",
  settingsNow: "Open the settings",
  chooseNow: "Choose",
  resume: "Resume",
  paused: "Paused",
  pausedSince: (/** @type {string} */ day) => `since ${day}`,
  pausedOf: (/** @type {string} */ what, /** @type {string} */ day) => `${what}: paused since ${day}.`,
  pausedLong: "After seven days, resuming takes longer: Google is then read from the beginning.",
  disconnect: "Disconnect…",
  allowCalendar: "Allow Google Calendar",
  allowContacts: "Allow Google Contacts",
  reconnect: "Reconnect Google",
  justNow: "just now",
  blocked: "Your browser blocked the Google Sync window.",
  blockedSheet: "Your browser blocked the import sheet.",
  blockedReview: "Your browser blocked the review page.",
  blockedSettings: "Your browser blocked the settings page.",
  openHere: "Open it in a new tab",
  windowOpen: "Continue in the window that opened.",
  showWindow: "Show it",
  failed: (/** @type {string} */ why) => `That did not work. ${why}`,
  announce: {
    syncing: "Google Sync is running.",
    waiting: "Google Sync is waiting.",
    complete: "Google Sync is complete.",
    disconnected: "Google Sync is off.",
    paused: "Google Sync is paused.",
  },
};

/** @param {string} time @param {string} day "" for today */
function at(time, day) {
  return day ? `${day} at ${time}` : `at ${time}`;
}

/** With its full stop; "p.m." has one. @param {string} words */
function sentence(words) {
  return words.endsWith(".") ? words : `${words}.`;
}

/** What waits. `why` is the service's word; where a word has no sentence, the problem of that name has one. */
export const waits = {
  /** What the button says of it. @type {Record<string, string>} */
  titles: {
    rate_limited: "Waiting for Google",
    unavailable: "Google does not answer",
    retry: "Trying again",
    in_doubt: "Checking new contacts",
    deferred: "Not everything is sent",
    queued: "Starting",
  },
  otherwise: "Waiting",
  /** @type {Record<string, string>} */
  reasons: {
    rate_limited: "Google asks us to wait.",
    unavailable: "Google does not answer at the moment.",
    retry: "The last attempt did not work.",
    in_doubt: "Google has not confirmed new contacts. We are checking, so that none is doubled.",
    who_is_who: "Your answer on the import sheet says whether they are in Google already.",
    queued: "The first sync has not begun yet.",
  },
  /** @type {Record<string, string>} */
  names: {
    contacts: "Contacts",
    calendar: "Calendar",
    import: "Import",
    undo: "Undoing an import",
    disconnect: "Disconnecting",
    erase: "Erasing everything",
  },
  /** @type {Record<string, (n: number) => string>} */
  many: {
    contacts: (n) => plural(n, "# contact waits", "# contacts wait"),
    calendar: (n) => plural(n, "# appointment waits", "# appointments wait"),
  },
  soon: "in a moment",
  /** A wait with an end. @param {string} time @param {string} day "" for today @returns {string} */
  until: (time, day) => (day ? `until ${day} at ${time}` : `until ${time}`),
  /** An attempt that is made again. @param {string} time @param {string} day @returns {string} */
  again: (time, day) => `next try ${at(time, day)}`,
  /** @param {string} time @param {string} day @returns {string} */
  goesOn: (time, day) => sentence(`The sync goes on ${at(time, day)}`),
  goesOnSoon: "The sync goes on in a moment.",
  /** @param {string} time @param {string} day @returns {string} */
  tries: (time, day) => sentence(`We try again ${at(time, day)}`),
  /** @param {string} time @param {string} day @returns {string} */
  settled: (time, day) => sentence(`This will be settled by ${day ? at(time, day) : time}`),
  settledSoon: "This will be settled in a moment.",
  triesSoon: "We try again in a moment.",
};

export const connect = {
  page: "Enable Google Sync",
  titles: {
    enable: "Enable Google Sync",
    again: "Reconnect Google",
    more: "Allow the rest",
    list: "See your calendars",
  },
  lead: "Your CRM and your Google account stay in step. Here is what will happen.",
  points: [
    [
      "upload",
      "To Google",
      "Your CRM contacts go to Google Contacts and your CRM appointments to your main Google calendar. A contact that is already there is linked, not added twice.",
    ],
    [
      "download",
      "Back to you",
      "Your Google contacts come back as a list. Nothing enters the CRM before you choose it, row by row.",
    ],
    ["mute", "No mail to guests", "Nobody you meet gets an e-mail because of a sync."],
  ],
  goes: {
    heads: { contacts: "Of each contact", calendar: "Of each appointment", kept: "Stays in the CRM" },
    always: { contacts: "name", calendar: "title, time, repetition, availability" },
    nothing: "nothing",
    neverLeaves: "contact type, detail, consent",
  },
  notes: "Also send the notes of my contacts to Google",
  privacy:
    "In the settings you can choose field by field what is shared, and pause. In the menu of the button you can disconnect at any time.",
  listLead: "Google asks you whether we may see the list of your calendars. Nothing else changes.",
  straightLead: "Google opens in this window, with your account chosen. Your links and choices are kept.",
  enable: "Enable",
  authorizeTitle: "Now Google asks you",
  authorizeLead: "On Google’s own pages:",
  steps: [
    "Choose the account to sync with.",
    "Tick both permissions: contacts and calendar.",
    "Press Allow or Continue.",
  ],
  authorizeNote: "We never see your Google password.",
  authorize: "Authorize",
  trouble: "If Google shows an error",
  troubleLead: "Google’s error pages do not lead back here. Close the window: nothing has changed.",
  troubles: [
    [
      "“Access blocked”, “not verified”",
      "The service does not let your account in yet. Ask the people who run your CRM to add your address.",
    ],
    ["An administrator, an organisation", "Choose an account of your own, or ask that administrator."],
    ["“redirect_uri_mismatch”, “invalid”", "Show it to the people who run your CRM: they can mend it."],
  ],
  busy: "Going to Google…",
  /** @param {number} minutes */
  tooMany: (minutes) =>
    `You have tried many times within a few minutes. You can try again in ${plural(minutes, "a minute", "# minutes")}.`,
  waiting: "One moment…",
  toCrm: "Go to the CRM",
};

export const callback = {
  connected: ["Google Sync is on", "The first sync runs in the background. This window closes by itself."],
  handedOver: [
    "Go back to your CRM",
    "Google has said yes. Your CRM finishes the connection by itself. This window closes.",
  ],
  mayClose: "You may close this window now.",
  partialTitle: "Partly allowed",
  onlyContacts: "Contacts are allowed, Calendar is not: your appointments stay out of Google for now.",
  onlyCalendar:
    "Calendar is allowed, Contacts are not: your contacts stay out of Google for now, and none can be imported.",
  partialHow: "What you allowed works already. You can allow the rest now, or later from the Google Sync menu.",
  allowCalendar: "Allow Calendar too",
  allowContacts: "Allow Contacts too",
  later: "Later",
  denied: [
    "Nothing was connected",
    "You did not allow access, so nothing has changed. You can try again whenever you like.",
  ],
  policy: [
    "Your organisation does not allow this",
    "Whoever manages this Google account lets no program like this one in. Ask them to allow it, or choose an account of your own.",
  ],
  internal: [
    "This account is of another organisation",
    "Google Sync is set up for the accounts of one organisation. Choose your account there, or ask the people who run your CRM to open it to yours.",
  ],
  setup: [
    "Google Sync is not set up yet",
    "Google does not accept this service as it is registered. Nothing has changed. The people who run your CRM have to look into it; then try again.",
  ],
  expired: [
    "This attempt has expired",
    "An attempt holds for ten minutes and works once. Nothing has changed; please start again.",
  ],
  failed: [
    "Google could not be connected",
    "Something went wrong between Google and us. Nothing has changed; please try again.",
  ],
  otherTitle: "This is another Google account",
  other: (/** @type {string} */ email) =>
    `You chose ${email}. So far the CRM was in step with a different account. Starting afresh forgets which contacts were linked to that one and which were declined; nothing is deleted in either account or in the CRM.`,
  otherUnknown: "another account",
  startAfresh: "Start afresh with this account",
  keepOld: "Cancel",
  starting: "Starting…",
  cancelled: ["Nothing has changed", "The account that was connected before stays."],
};
