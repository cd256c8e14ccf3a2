/**
 * Words that every page uses.
 * @module
 */
import { plural } from "./count.js";

export const errors = {
  offline: "The service could not be reached. Check your connection.",
  signedOut: "You are signed out. Sign in to the CRM again.",
  unexpected: "Something went wrong on our side. Try again in a moment.",
  /** What the service said of a refusal. @param {string} _code @param {string} message in English, e.g. of what was sent */
  said: (_code, message) => message,
};

/** Sentences on what the service reports by a code; where one is missing, the service's own sentence is shown. */
export const reports = {
  /** What the button's panel says of the sync. @type {Record<string, (counts: {holds: number, refused: number, conflicts: number, doubles: number}) => string>} */
  problems: {
    reconnect_needed: () => "Google no longer accepts the permission you gave. Reconnect to go on.",
    contacts_not_allowed: () => "Google Contacts is not synced: you have not allowed it. You can at any time.",
    calendar_not_allowed: () => "Google Calendar is not synced: you have not allowed it. You can at any time.",
    deletions_held: ({ holds }) =>
      `${plural(holds, "A deletion waits", "# sets of deletions wait")} for your decision.`,
    records_refused: ({ refused }) => `${plural(refused, "A record", "# records")} could not be sent to Google.`,
    doubles: ({ doubles }) => `${plural(doubles, "A contact is", "# contacts are")} perhaps in your CRM twice.`,
    conflicts: ({ conflicts }) =>
      `${plural(conflicts, "A value differed", "# values differed")} on both sides; you can pick the other one.`,
    rate_limited: () => "Google asks us to wait. The sync goes on by itself.",
    unavailable: () => "Google does not answer at the moment. We keep trying.",
    contacts_paused: () => "Contacts are paused.",
    calendar_paused: () => "Appointments are paused.",
    notes_shared: () =>
      "The notes of your contacts go to Google as well, as until now. You can choose that they stay in the CRM.",
    push_failed: () => "Calendar changes may take a few minutes to appear. We keep trying to speed this up.",
    calendar_gone: () => "The chosen Google calendar can no longer be found. Choose another one.",
    unexpected: () => "Something went wrong on our side. We keep trying.",
    calendar_read_only: () =>
      "The synced Google calendar may only be read by now. Ask its owner to let you change it, or choose another one. Your appointments wait until then.",
    not_a_calendar_user: () =>
      "Your Google account has no calendar yet. Open Google Calendar once; the sync then goes on.",
    api_disabled: () => "Google is switched off for this service. The people who run your CRM have to look into it.",
    domain_policy: () => "The administrator of your Google account does not allow this service. Ask them to allow it.",
  },
  /**
   * A problem that has no sentence of its own.
   * @param {string} message the service's, in English
   * @param {boolean} _passing whether it ends by itself
   */
  otherProblem: (message, _passing) => message,
  /** A refusal of a record that has no sentence of its own. @param {string} message the service's, in English */
  otherRefusal: (message) => message,
  /** Why Google does not take a record. @type {Record<string, string>} */
  refusals: {
    contacts_full: "Your Google account is full: it takes no more than 25,000 contacts. Delete some there.",
    too_large: "It is too large for Google. Shorten its notes or its lists.",
    twice: "It may be in your CRM already. Say on the review page whether the two are one person; it waits until then.",
    who_is_who: "It may be in Google already. Say on the import sheet who it is; it waits until then.",
    attendees_omitted: "Google does not show all of its guests, so they cannot be changed from here.",
    event_ids_taken: "Google keeps deleted copies of this appointment in its way. Make it anew.",
    unusable_recurrence: "Nobody can tell when it repeats. Choose another way for it to repeat.",
    not_an_occurrence: "Its series does not take place then at Google. Change the series instead.",
    loop: "Another program keeps changing it back. Stop that program, then edit the record once.",
    too_many_guests: "Google does not take so many guests for now. Remove some, or invite them there.",
    quota_exceeded: "Google takes no more of this one for now. We try it again more and more rarely.",
    etag_refused: "Google keeps saying that it was changed there meanwhile. We try it again by ourselves.",
    internal: "An error on our side kept it from being synced. We try it again; changing it may help.",
    invalid_argument: "Google finds a value in it invalid. Check its dates, addresses and labels.",
    failed_precondition: "Google finds a value in it invalid. Check its dates, addresses and labels.",
    invalid: "Google finds a value in it invalid. Check its dates, repetition and guests.",
    forbidden: "Google does not let this account change it: somebody else owns it there.",
    forbidden_for_non_organizer: "Only the organiser can change this appointment at Google.",
    permission_denied: "Google does not let this account change it: somebody else owns it there.",
  },
};

/** Whom a window of ours acts for. */
export const acting = {
  as: "For",
  aloneTitle: "Open this window from your CRM",
  alone:
    "Nobody tells this window who is signed in. Go back to your CRM, sign in, and open it there with the Google Sync button.",
  signedOutTitle: "You are signed out",
  signedOut: (/** @type {string} */ name) =>
    `This window was open for ${name}. Sign in to your CRM and open it there again.`,
  nobody: "Sign in to your CRM and open this window there again.",
  otherTitle: "Somebody else is signed in now",
  other: (/** @type {string} */ name) =>
    `This window was open for ${name}, and shows nothing any more. Whoever is signed in now opens one of their own from the CRM.`,
  awayTitle: "Waiting for your CRM",
  away: "The page that opened this window does not say who is signed in. Go back to it; this window then goes on by itself.",
};

export const common = {
  cancel: "Cancel",
  close: "Close",
  closeWindow: "Close window",
  retry: "Try again",
  save: "Save",
  saving: "Saving…",
  loading: "Loading…",
  more: "Show more",
  less: "Show less",
  remove: "Remove",
  noName: "No name",
  noteOf: (/** @type {string} */ line) => `Note: ${line}`,
  bornOn: (/** @type {string} */ day) => `Born ${day}`,
  next: "Next",
  previous: "Previous",
};

/** Fields that are shared together. */
export const sharing = {
  together: /** @type {Record<string, string>} */ ({ organization: "Company and job title" }),
};
