/**
 * Words of the import sheet, and of contact types and consent.
 * @module
 */
import { contacts, number } from "./count.js";

export const sheet = {
  title: "Import from Google",
  lead: "Tick who belongs in your CRM. Every choice is saved as you make it.",
  tabs: { open: "To decide", declined: "Declined", imported: "Imported" },
  tabsLabel: "Lists",
  leads: {
    open: "Tick who belongs in your CRM. Every choice is saved as you make it.",
    declined: "These are not offered again, even when they change at Google. Bring one back to decide anew.",
    imported: "These Google contacts are in your CRM and stay in step.",
  },
  search: "Search",
  searchHint: "Search name, e-mail, phone",
  filter: "Show",
  filters: { all: "All contacts", has_email: "With an e-mail", possible_duplicate: "Possible duplicates" },
  columns: {
    pick: "Import",
    who: "Contact",
    reach: "E-mail and phone",
    type: "Type",
    consent: "Consent",
    action: "Action",
  },
  pick: (/** @type {string} */ name) => `Import ${name}`,
  pickPage: "Tick all on this page",
  typeOf: (/** @type {string} */ what, /** @type {string} */ name) => `${what} of ${name}`,
  selected: (/** @type {number} */ n) => `${number(n)} selected`,
  range: (/** @type {number} */ from, /** @type {number} */ to, /** @type {number} */ total) =>
    `${number(from)}–${number(to)} of ${number(total)}`,
  pageSize: "Rows per page",
  pager: "Pages",
  saved: "All choices saved",
  saving: "Saving…",
  notSaved: "Not saved – retrying",
  refused: (/** @type {string} */ why) => `A choice could not be saved: ${why}`,
  finishUnsaved: "Not every choice is saved yet. Please try again when it says that all are saved.",
  duplicate: (/** @type {string} */ reason) => `Possible duplicate: ${reason} as`,
  reasons: /** @type {Record<string, string>} */ ({
    email: "same e-mail",
    phone_and_name: "same phone and name",
    other: "much the same",
  }),
  inCrm: "in your CRM.",
  same: "Same person",
  different: "Different person",
  sameHint: "Will be linked to it, not added again.",
  samePerson: (/** @type {string} */ name) => `Is ${name} the same person?`,
  moreValues: (/** @type {number} */ n) => `${number(n)} more`,
  problem: (/** @type {string} */ why) => `Last time it could not be imported: ${why}`,
  elsewhere: "Some rows were decided in another window. The list is up to date again.",
  restore: "Bring back",
  restoreName: (/** @type {string} */ name) => `Bring back ${name}`,
  restored: (/** @type {string} */ name) => `${name} is back under To decide.`,
  endings: { no_import: "Proceed - No Import", done: "Import Selected - Done", revisit: "Import - Revisit Later" },
  endingsLabel: "Finish",
  endingHints: {
    no_import: "Imports nothing. Every row stays for next time.",
    done: "Imports the ticked. The others are not offered again.",
    revisit: "Imports the ticked. The others come again next time.",
  },
  confirm: {
    no_import: {
      title: "Import nothing for now?",
      lines: (/** @type {number} */ _n, /** @type {number} */ rest) => [
        `Nothing is imported. ${rest === 1 ? "The one contact stays" : `All ${contacts(rest)} stay`} undecided, with your choices, for next time.`,
      ],
      go: () => "Proceed without import",
    },
    done: {
      title: "Import and finish?",
      lines: (/** @type {number} */ n, /** @type {number} */ rest) => [
        n === 0
          ? "Nothing is ticked, so nothing is imported."
          : `${contacts(n)} ${n === 1 ? "is" : "are"} imported into your CRM.`,
        rest === 0
          ? "No contact is declined."
          : `${contacts(rest)} ${rest === 1 ? "is" : "are"} declined and not offered again, even when they change at Google. You find them under Declined and can bring any of them back.`,
      ],
      go: (/** @type {number} */ n, /** @type {number} */ rest) =>
        n === 0
          ? `Decline ${number(rest)}`
          : rest === 0
            ? `Import ${number(n)}`
            : `Import ${number(n)}, decline ${number(rest)}`,
    },
    revisit: {
      title: "Import and revisit later?",
      lines: (/** @type {number} */ n, /** @type {number} */ rest) => [
        n === 0
          ? "Nothing is ticked, so nothing is imported."
          : `${contacts(n)} ${n === 1 ? "is" : "are"} imported into your CRM.`,
        rest === 0
          ? "No contact is left over."
          : `${contacts(rest)} ${rest === 1 ? "stays" : "stay"} undecided and ${rest === 1 ? "comes" : "come"} again next time.`,
      ],
      go: (/** @type {number} */ n) => (n === 0 ? "Revisit later" : `Import ${number(n)}`),
    },
  },
  back: "Go back",
  working: "Importing",
  workingNote: "You may close this window: the import goes on.",
  workingCount: (/** @type {number} */ done, /** @type {number} */ total) =>
    `${number(done)} of ${number(total)}`,
  finished: {
    title: "All done",
    nothing: "Nothing was imported",
    imported: (/** @type {number} */ n) => `${contacts(n)} imported into your CRM.`,
    linked: (/** @type {number} */ n) =>
      `${n === 1 ? "1 of them was" : `${number(n)} of them were`} linked to a contact that you already had.`,
    declined: (/** @type {number} */ n) =>
      `${contacts(n)} declined. You find ${n === 1 ? "it" : "them"} under Declined.`,
    kept: (/** @type {number} */ n) => `${contacts(n)} kept for next time.`,
    failed: (/** @type {number} */ n) => `${contacts(n)} could not be imported`,
    failures: /** @type {Record<string, string>} */ ({
      not_in_google: "It is no longer in Google Contacts.",
      disconnected: "Google was disconnected. The contact is offered again next time.",
    }),
    list: "Back to the list",
    someone: "A contact",
  },
  running: "An import is already running. Here is how far it is.",
  empty: {
    open: ["Nothing to decide", "When Google has contacts that your CRM does not know, they appear here."],
    declined: ["Nobody declined", "Contacts that you leave unticked with Import Selected - Done are kept here."],
    imported: ["Nothing imported yet", "Contacts that you import from Google are listed here."],
    search: ["No match", "No contact in this list fits. Try fewer letters, or show all contacts."],
    syncing: ["Reading your Google contacts", "They appear here as soon as the first ones have arrived."],
  },
  clear: "Show all contacts",
  failedTitle: "The list could not be loaded",
  expired: "Your session has ended. Sign in to the CRM again, then try again here: your choices are kept.",
  noSession: "Open the import sheet from your CRM",
  noSessionWhy:
    "We could not tell who you are. Go back to your CRM, sign in, and open the sheet from the Google Sync button.",
  loaded: (/** @type {number} */ from, /** @type {number} */ to, /** @type {number} */ total) =>
    `Showing contacts ${from} to ${to} of ${total}.`,
};

export const choice = {
  type: "Contact type",
  types: { lead: "Lead", contact: "Contact", business: "Business Contact" },
  details: {
    temperature: ["Temperature", { new: "New", hot: "Hot", warm: "Warm", cold: "Cold" }],
    horizon: [
      "Time horizon",
      {
        unknown: "Unknown",
        lt1m: "< 1 month",
        lt3m: "< 3 months",
        lt6m: "< 6 months",
        lt1y: "< 1 year",
        lt2y: "< 2 years",
        lt3y: "< 3 years",
        lt5y: "< 5 years",
        lt7y: "< 7 years",
      },
    ],
    transaction: ["Transaction", { buyer: "Buyer", seller: "Seller", both: "Buyer & Seller", unknown: "Unknown" }],
    grade: ["Grade", { "": "Not graded", A: "A", B: "B", C: "C", D: "D" }],
    category: [
      "Category",
      {
        agent: "Agent",
        lawyer: "Lawyer",
        mover: "Mover",
        stager: "Stager",
        lender: "Lender",
        inspector: "Inspector",
        other: "Other",
      },
    ],
  },
  /** Shorter option words where the row has little room; the label of the control says the rest. */
  short: { horizon: { unknown: "Any time" }, transaction: { unknown: "Buy or sell?" } },
  consent: "Consent",
  consents: { express: "Express", implied: "Implied", none: "No consent", revoked: "Revoked" },
  consentMeans: {
    express: "Said yes to e-mail. It does not lapse.",
    implied: "A recent deal or inquiry allows e-mail for a while.",
    none: "No e-mail may be sent.",
    revoked: "Has said no. No e-mail may be sent.",
  },
  basis: "Basis",
  bases: { "": "Choose a basis", transaction: "Transaction or contract", inquiry: "Inquiry" },
  obtained: "Date",
  source: "Source",
  sourceHint: "e.g. open house",
  note: "Note",
  evidence: "Evidence",
  evidenceOf: (/** @type {string} */ name) => `Evidence of consent of ${name}`,
  expires: (/** @type {string} */ date) => `Lapses on ${date}`,
  lapsed: (/** @type {string} */ date) => `Lapsed on ${date}: no e-mail`,
  dateMissing: "Add basis and date",
  mailOk: "E-mail allowed",
  mailBlocked: "E-mail blocked",
};
