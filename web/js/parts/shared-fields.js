/**
 * What of contacts and appointments may be kept from one side, in words.
 * @module
 */
import { text } from "../words/strings.js";

/** What can be kept from one side; names, titles and times cannot. */
export const CHOICES = {
  contacts: ["emails", "phones", "addresses", "organization", "birthday", "urls", "nickname", "notes"],
  calendar: ["location", "description", "attendees", "reminders"],
};

/** A field in words; what goes together is named together. @param {string} name */
export function fieldWords(name) {
  return text.sharing.together[name] ?? text.values.fields[name];
}
