/**
 * Words of the settings page.
 * @module
 */
import { number, plural } from "./count.js";

export const settings = {
  title: "Google Sync settings",
  lead: "Each change is saved at once and applies from the next sync on.",
  saved: "Saved",
  failed: "The settings could not be loaded",
  sync: {
    title: "What is synced",
    lead: "Which way contacts and appointments go.",
    kinds: { contacts: "Contacts", calendar: "Appointments" },
    ways: /** @type {[string, string][]} */ ([
      ["both", "Both ways"],
      ["to_google", "Only from the CRM to Google"],
      ["from_google", "Only from Google to the CRM"],
    ]),
    pause: /** @type {Record<string, string>} */ ({ contacts: "Pause contacts", calendar: "Pause appointments" }),
    resume: /** @type {Record<string, string>} */ ({ contacts: "Resume contacts", calendar: "Resume appointments" }),
    pauseMeans:
      "While something is paused, nothing of it is read or written. Changes on both sides are made up for when you resume; before many deletions we ask you. After seven days, resuming takes longer: Google is read from the beginning.",
    means: /** @type {Record<string, Record<string, string>>} */ ({
      contacts: {
        both: "Your CRM contacts are in Google Contacts, and changes go both ways.",
        to_google:
          "What you change in Google stays there, and does not come into the CRM. What you delete there stays in the CRM and is not added again.",
        from_google: "Nothing is written to Google. What you change there comes in.",
      },
      calendar: {
        both: "Your CRM appointments are in your Google calendar, and changes go both ways.",
        to_google:
          "What you change in Google stays there, and does not come into the CRM. What you delete there stays in the CRM and is not added again.",
        from_google: "Nothing is written to Google. What you change there comes in.",
      },
    }),
  },
  sharing: {
    title: "What of them is shared",
    lead: "Names, titles and times always go along; all else you choose here.",
    always: /** @type {Record<string, string>} */ ({
      contacts: "Name",
      calendar: "Title, time, repetition, availability",
    }),
    ways: /** @type {[string, string][]} */ ([
      ["both", "Both ways"],
      ["to_crm", "Only into the CRM"],
      ["to_google", "Only to Google"],
      ["never", "Never"],
    ]),
    stays: "Contact type, detail and consent never leave the CRM.",
    switched:
      "What is on either side stays there when you stop sharing it. When you share it again, nothing is emptied: where both sides differ, you can pick.",
    told: "The notes of your contacts go to Google, as they have until now. If they are meant for you alone, choose “Only into the CRM” below; what Google has of them stays there.",
    keep: "Go on sharing my notes",
  },
  events: {
    title: "Events made in Google Calendar",
    lead: "What you add on your phone or in Google Calendar itself.",
    choices: /** @type {[string, string, string][]} */ ([
      ["off", "Stay out of the CRM", "Only appointments that began in the CRM are shown there."],
      [
        "busy",
        "Show as busy",
        "The CRM shows that you are busy, and when. Titles, places, notes and guests stay with Google.",
      ],
      ["full", "Show in full", "They become appointments of the CRM, with everything, and changes go both ways."],
    ]),
    show_declined: /** @type {[string, string]} */ ([
      "List invitations that you declined",
      "They leave the time free either way.",
    ]),
  },
  calendar: {
    title: "Which Google calendar",
    lead: "The calendar that your appointments are kept in step with.",
    label: "Calendar",
    main: "Your main calendar.",
    other: "A calendar that you chose before.",
    another: "Choose another calendar…",
    anotherWhy: "Google asks you once whether we may see the list of your calendars.",
    notConnected: "Connect Google Calendar first; you can choose another calendar then.",
    primary: (/** @type {string} */ name) => `Main calendar (${name})`,
    readOnly: (/** @type {string} */ name) => `${name} – you cannot change it`,
    gone: "The one chosen before, which is gone",
    move: (/** @type {string} */ name) => `Use “${name}” from now on?`,
    moves: "Your CRM appointments are added to it.",
    copies: "What shall become of what the sync made in the calendar used so far?",
    keepOrRemove: /** @type {[string, string, string][]} */ ([
      [
        "keep",
        "Leave it as it is",
        "The events stay there and no longer follow the CRM. What came from there stays in the CRM.",
      ],
      [
        "remove",
        "Remove it",
        "The events that the sync made there are deleted, and what it brought into the CRM is archived. What you changed yourself stays.",
      ],
    ]),
    go: "Use this calendar",
  },
  places: {
    title: "Where you are",
    lead: "Telephone numbers without a country code are read as numbers of your country. The time zone says when a day begins.",
    region: "Country",
    zone: "Time zone",
  },
  owners: {
    title: "When both sides changed the same thing",
    lead: "The other value is never lost: you find it under Review and activity, where you can take it instead.",
    sides: /** @type {[string, string, string][]} */ ([
      ["crm", "The CRM wins", ""],
      ["google", "Google wins", ""],
    ]),
    more: "Field by field",
  },
  download: {
    title: "Download everything",
    lead: "All that is kept about you here, as of now. It holds other people’s names and addresses: keep it safe.",
    forms: /** @type {[string, string, string][]} */ ([
      [
        "zip",
        "Download files (ZIP)",
        "For other programs and for you to read: your contacts as vCards, your appointments as a calendar file, tables for a spreadsheet, and one document with everything.",
      ],
      ["json", "Download one document (JSON)", "For programs: everything, in one file."],
    ]),
    working: "The file is being put together. With many contacts this takes a few minutes.",
    saved: (/** @type {string} */ name) => `Saved as ${name}`,
    file: "google-sync",
  },
  erase: {
    title: "Erase everything about you",
    lead: "For whoever leaves for good. To stop syncing only, disconnect from the menu of the button.",
    means: [
      "Syncing stops and our access to your Google account is withdrawn.",
      "Everything kept about you is deleted: your contacts and appointments of this CRM, consents, imports, activity and settings. You cannot take this back; download it first if you want to keep it.",
      "What is in your Google account stays there, unless you choose to delete what this sync added.",
    ],
    noEvidence: "Evidence of your contacts’ consent is deleted, too.",
    evidence: (/** @type {number} */ days) =>
      `Whoever runs your CRM keeps evidence of your contacts’ consent for ${span(days)}, as the law may ask of them: when and how it was given, and a code in place of the address. No names, no notes.`,
    open: "Erase everything…",
    lastWord: "Your contacts, appointments, consents and everything else kept here about you are deleted for good.",
    copies: "What this sync added to Google",
    madeAtGoogle: (/** @type {number} */ people, /** @type {number} */ events) =>
      `This sync added ${plural(people, "# contact", "# contacts")} and ${plural(events, "# appointment", "# appointments")} to your Google account:`,
    keepOrDelete: /** @type {[string, string, string][]} */ ([
      ["keep", "Keep them in Google", ""],
      ["delete", "Delete them from Google", ""],
    ]),
    word: "ERASE",
    type: (/** @type {string} */ word) => `Type ${word} to confirm`,
    go: "Erase everything",
    underWay: "Everything about you is being erased",
    underWayLead: "You may close this window: it goes on by itself. Until it is done nothing can be changed here.",
    done: "Everything about you is erased",
    doneLead: (/** @type {string} */ when) => `Done: ${when}`,
    steps: {
      leaving: "The connection to Google is ended",
      erasing: "Everything kept here is deleted",
      checking: "We look once more",
    },
    past: "Done",
    now: "Under way",
    next: "To come",
    why: {
      leaving: "Copies at Google are dealt with as you chose, and our access is withdrawn.",
      erasing: "Page by page.",
    },
    looksAgain: (/** @type {string} */ time) =>
      `Nothing is left. At ${time} we look again: what was under way when you asked may still come in.`,
    triesAgain: (/** @type {string} */ time, /** @type {string} */ day) =>
      `The last attempt did not work. We try again ${day ? `${day} at ${time}` : `at ${time}`}; after a day we go on without.`,
    goesOnWithout: "The erasure goes on all the same.",
    deleted: "What was deleted",
    number,
    kinds: /** @type {Record<string, string>} */ ({
      contacts: "Contacts",
      appointments: "Appointments",
      links: "Links between the CRM and Google",
      candidates: "Rows of the import sheet",
      sheet: "Pages of the import sheet’s index",
      intents: "Contacts on their way to Google",
      conflicts: "Values that differed",
      holds: "Deletions that waited for you",
      journal: "Entries of activity",
      imports: "Imports",
      consents: "Entries of consent",
      withdrawn: "Lists of addresses for which consent was withdrawn",
      grants: "Permissions from Google",
      offers: "Permissions that nobody took",
      channels: "Announcements of calendar changes",
      oauth_states: "Attempts to connect",
      accounts: "Further Google accounts",
      users: "Your settings and the state of the sync",
    }),
    otherKind: (/** @type {string} */ name) => `Other (${name})`,
    foundNothing: "We have looked again: nothing is found under your name.",
    foundAgain: (/** @type {number} */ n) =>
      `${plural(n, "# new entry is", "# new entries are")} found under your name: you have used the CRM since.`,
    keptEvidence: (/** @type {number} */ n, /** @type {string} */ day) =>
      `Kept as evidence of consent until ${day}: ${plural(n, "# entry", "# entries")}, without names or addresses.`,
    stayed: (/** @type {number} */ n) =>
      plural(
        n,
        "# copy could not be deleted from Google and stays there.",
        "# copies could not be deleted from Google and stay there.",
      ),
    accessLeft:
      "Google could not be told that our access is over. You can end it in your Google account, under connections.",
    record:
      "A record of this erasure is kept: when, and how much of what. It names nobody. By this number it is found:",
  },
};

/** So many days, as people say it. @param {number} days */
function span(days) {
  const years = Math.round(days / 365.25);
  return Math.abs(days - years * 365.25) < 2 ? plural(years, "# year", "# years") : plural(days, "# day", "# days");
}
