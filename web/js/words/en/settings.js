/**
 * Words of the settings page.
 * @module
 */

export const settings = {
  title: "Google Sync settings",
  lead: "Each change is saved at once and applies from the next sync on.",
  saved: "Saved",
  failed: "The settings could not be loaded",
  sync: {
    title: "What goes to Google",
    lead: "Changes made at Google come in either way.",
    push_contacts: /** @type {[string, string]} */ ([
      "Contacts",
      "Your CRM contacts are added to Google Contacts and kept up to date there.",
    ]),
    push_appointments: /** @type {[string, string]} */ ([
      "Appointments",
      "Your CRM appointments are added to your Google calendar and kept up to date there.",
    ]),
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
};
