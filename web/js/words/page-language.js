/**
 * The language of a page of ours: the one that the button asked for, else the one chosen in the demo CRM, else the browser's. A page imports it
 * before anything that speaks.
 * @module
 */
import { known, locale, speak } from "./language.js";

const KEY = "crmsync.language";

// What the button asked for holds on the way to Google and back, where nothing can be added to the address.
const asked = new URLSearchParams(location.search).get("lang");
if (known([asked])) sessionStorage.setItem(KEY, asked ?? "");
speak([sessionStorage.getItem(KEY), localStorage.getItem(KEY), ...navigator.languages]);
document.documentElement.lang = locale();

/** Speaks another language on all pages of this browser. @param {import("./language.js").Language} wanted */
export function chooseLanguage(wanted) {
  sessionStorage.removeItem(KEY);
  localStorage.setItem(KEY, wanted);
  location.reload();
}
