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
  filter: "Show only",
  filters: {
    has_email: "Has e-mail",
    has_phone: "Has phone",
    possible_duplicate: "Possible duplicate",
    withdrawn: "Consent withdrawn",
    selected: "Ticked",
    undecided: "Not looked at yet",
  },
  label: "Google label",
  anyLabel: "Any label",
  labelCount: (/** @type {string} */ name, /** @type {number} */ n) => `${name} (${number(n)})`,
  order: "Order",
  orders: { name: "By name", recent: "Recently changed" },
  found: contacts,
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
  duplicate: "Possible duplicate",
  /** Why it may be somebody in the CRM, and what speaks against it. */
  reasons: /** @type {Record<string, string>} */ ({
    email: "same e-mail",
    phone: "same phone",
    shared_email: "an e-mail that others have too",
    shared_phone: "a phone that others have too",
    mailbox: "e-mail of the same mailbox",
    line: "phone on the same line",
    mailbox_alike: "e-mail almost alike",
    number_alike: "phone almost alike",
    name: "same name",
    nickname: "short form of the name",
    initial: "initial of the name",
    slip: "name spelt almost alike",
    part_of_name: "part of the name",
    name_in_other_letters: "name in other letters",
    family_name_changed: "another family name",
    joint_entry: "a couple’s entry",
    birthday: "same birthday",
    address: "same address",
    organization: "same organisation",
    formerly: "it was this contact before",
    other_generation: "but another generation (Sr, Jr)",
    other_birthday: "but another birthday",
    other_middle_name: "but another middle name",
    other_given_name: "but another given name",
    other_name: "but another name",
  }),
  same: "Same person",
  different: "Different person",
  sameAs: (/** @type {string} */ name) => `Same person as ${name}`,
  noneOfThese: "None of these",
  inCrm: "in your CRM",
  inStep: "in your CRM, in step with another Google contact",
  sameHint: "Will be linked to it, not added again.",
  samePerson: (/** @type {string} */ name) => `Is ${name} the same person?`,
  suggestion: {
    mark: "Suggested",
    accept: (/** @type {string} */ words) => `Use suggestion ${words}`,
    because: {
      label: (/** @type {string} */ value) => `From the label “${value}”`,
      organization: (/** @type {string} */ value) => `From the organisation “${value}”`,
    },
  },
  compare: {
    button: "Compare side by side",
    of: (/** @type {string} */ name) => `Compare ${name} side by side`,
    title: "Same person?",
    columns: { field: "Field", crm: "In your CRM", google: "At Google", after: "After linking" },
    marks: {
      none: "",
      crm: "Changes your CRM",
      google: "Changes Google",
      both: "Changes both",
    },
    conflict: "Both sides differ",
    copy: "In step with another Google contact: what this one has more is added to your CRM. Where the two differ, your CRM’s value stays, and the review page offers the other.",
    nothing: "Nothing would change: the two say the same.",
    note: "Nothing happens before you finish the sheet.",
    failed: "Google could not be asked just now.",
  },
  bulk: {
    label: "Change many at once",
    scope: "Change",
    ticked: (/** @type {number} */ n) => `the ${number(n)} ticked`,
    shown: (/** @type {number} */ n) => `the ${number(n)} found`,
    all: (/** @type {number} */ n) => `all ${number(n)}`,
    type: "Set type…",
    consent: "Set consent…",
    suggestions: "Use suggestions",
    tick: "Tick all",
    untick: "Untick all",
    forTicked: (/** @type {number} */ n) => `For all ${contacts(n)} that you ticked, on every page.`,
    forShown: (/** @type {number} */ n) => `For all ${contacts(n)} that are shown now, on every page, ticked or not.`,
    go: (/** @type {number} */ n) => `Change ${contacts(n)}`,
    far: (/** @type {number} */ done, /** @type {number} */ total) => `${number(done)} of ${number(total)}…`,
    done: (/** @type {number} */ n) => `${contacts(n)} changed.`,
    withdrawn: (/** @type {number} */ n) =>
      `${number(n)} of them ${n === 1 ? "has" : "have"} an address for which consent was withdrawn: they need newer consent.`,
  },
  keys: {
    button: "Keyboard shortcuts",
    title: "Keyboard shortcuts",
    lead: "They work while the list has the focus.",
    list: [
      ["↑ ↓ ← →", "Move between rows and columns"],
      ["Space", "Tick or untick"],
      ["Shift + ↑ ↓", "Tick a range"],
      ["Shift + Space", "Tick from the last ticked row to here"],
      ["Enter", "Go into the controls of a cell; Escape goes back"],
      ["1 2 3", "Set the contact type"],
      ["S", "Use the suggested type"],
      ["N / P", "Next or previous page"],
      ["Page Up / Page Down", "Ten rows up or down"],
      ["Home / End", "First or last column; with Ctrl, first or last row"],
      ["/", "Search"],
      ["?", "Show this list"],
    ],
    consentTitle: "What the consents mean",
    consents: [
      ["Express", "The person said yes to your e-mail. It holds until they say no. Keep a note of when and where."],
      [
        "Implied",
        "A deal or contract allows e-mail for two years, an inquiry for six months, counted from its date. Then it lapses by itself.",
      ],
      ["No consent", "Where everyone starts. Your CRM sends them no commercial e-mail."],
      ["Revoked", "The person said no. Your CRM sends them no commercial e-mail until they say yes again."],
    ],
  },
  imports: {
    button: "Recent imports",
    title: "Recent imports",
    lead: "An import can be undone for 30 days.",
    empty: "Nothing was imported in the last 30 days.",
    actions: /** @type {Record<string, string>} */ ({
      done: "Import Selected - Done",
      revisit: "Import - Revisit Later",
      no_import: "Proceed - No Import",
    }),
    count: (/** @type {number} */ imported, /** @type {number} */ linked) =>
      linked > 0 ? `${contacts(imported)} imported, ${number(linked)} linked` : `${contacts(imported)} imported`,
    until: (/** @type {string} */ day) => `Can be undone until ${day}`,
    undo: "Undo this import",
    undoShort: "Undo…",
    undoOf: (/** @type {string} */ when) => `Undo the import of ${when}`,
    confirmTitle: "Undo this import?",
    confirmLines: [
      "Contacts that it created are archived, unless somebody has edited them since.",
      "Links that it made are taken away, and what it merged is put back where it is untouched.",
      "The rows come back to the sheet with your choices. Nothing is deleted at Google.",
    ],
    go: "Undo the import",
    undoing: "Undoing…",
    undone: (/** @type {number} */ n) => `Undone: ${contacts(n)}.`,
    kept: (/** @type {number} */ n) => `${contacts(n)} kept as ${n === 1 ? "it is" : "they are"}`,
    keptReasons: /** @type {Record<string, string>} */ ({
      edited: "Edited since the import.",
      gone: "No longer in the CRM.",
    }),
    states: /** @type {Record<string, string>} */ ({
      running: "Being undone",
      expired: "Can no longer be undone",
      nothing: "Nothing to undo",
    }),
  },
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
  summary: {
    caption: "What will be imported",
    type: (/** @type {string} */ type, /** @type {number} */ n) => `${number(n)} as ${type}`,
    link: (/** @type {number} */ n) =>
      `${number(n)} linked to ${n === 1 ? "a contact" : "contacts"} that you already have`,
    unanswered: (/** @type {number} */ n) =>
      `${contacts(n)} may be somebody in your CRM, and you have not said who ${n === 1 ? "it is" : "they are"}.`,
    later: "Ask me again later; do not import them now",
    asNew: "Add them as new people",
    consents: (/** @type {string} */ consent, /** @type {number} */ n) => `${number(n)} ${consent}`,
    consentTitle: "Consent",
    undecided: (/** @type {number} */ n) =>
      `${contacts(n)} ${n === 1 ? "has no consent decided. It is" : "have no consent decided. They are"} imported with No consent: no e-mail until you record one.`,
    withdrawn: (/** @type {number} */ n) =>
      `${contacts(n)} ${n === 1 ? "has" : "have"} an address for which consent was withdrawn. No e-mail goes there, unless you give newer consent with its source and date.`,
    unproven: (/** @type {number} */ n) =>
      `${contacts(n)} ${n === 1 ? "is" : "are"} not imported and ${n === 1 ? "stays" : "stay"} on the sheet: express consent needs its source and date.`,
  },
  back: "Go back",
  working: "Importing",
  workingNote: "You may close this window: the import goes on.",
  workingCount: (/** @type {number} */ done, /** @type {number} */ total) => `${number(done)} of ${number(total)}`,
  finished: {
    title: "All done",
    nothing: "Nothing was imported",
    imported: (/** @type {number} */ n) => `${contacts(n)} imported into your CRM.`,
    linked: (/** @type {number} */ n) =>
      `${n === 1 ? "1 of them was" : `${number(n)} of them were`} linked to a contact that you already had.`,
    withdrawn: (/** @type {number} */ n) =>
      `${n === 1 ? "1 of them has" : `${number(n)} of them have`} an address for which consent was withdrawn: no e-mail goes there until you record newer consent.`,
    declined: (/** @type {number} */ n) =>
      `${contacts(n)} declined. You find ${n === 1 ? "it" : "them"} under Declined.`,
    kept: (/** @type {number} */ n) => `${contacts(n)} kept for next time.`,
    failed: (/** @type {number} */ n) => `${contacts(n)} could not be imported`,
    failures: /** @type {Record<string, string>} */ ({
      not_in_google: "It is no longer in Google Contacts.",
      disconnected: "Google was disconnected. The contact is offered again next time.",
      undecided: "It may be somebody in your CRM, and you have not said who it is. It is offered again.",
      answer_lapsed: "The contact that you said it is has changed meanwhile. It is offered again.",
      too_large: "With the contact in the CRM it is too large. Shorten the notes there, then import it again.",
      unproven: "Express consent needs its source and date. The contact is offered again next time.",
      internal: "An error on our side kept it out. The contact is offered again next time.",
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
    grade: ["Grade", { A: "A", B: "B", C: "C", D: "D" }],
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
  /** A part of the detail that nobody has chosen yet. */
  unset: { grade: "Not graded", other: "Not chosen" },
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
  unproven: "Unproven: add date and source",
  unprovenMark: "Unproven",
  withdrawn: {
    one: (/** @type {string} */ address, /** @type {string} */ day) => `${address} on ${day}`,
    is: (/** @type {string} */ named) => `Consent was withdrawn: ${named}.`,
    ask: (/** @type {string} */ named) =>
      `Consent was withdrawn: ${named}. No e-mail goes there, unless you give newer consent with its date and source.`,
    freed: (/** @type {string} */ named) => `Newer than the withdrawal (${named}): e-mail is allowed again.`,
  },
  mailOk: "E-mail allowed",
  mailBlocked: "E-mail blocked",
};
