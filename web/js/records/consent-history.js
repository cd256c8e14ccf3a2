/**
 * Every change of a contact's consent, as evidence: what, when, by whom, and where it came from.
 * @module
 */
import { openDialog } from "../parts/dialog.js";
import { fill, h } from "../parts/dom.js";
import { skeletons } from "../parts/loading.js";
import { longText } from "../parts/person.js";
import { saveFile } from "../parts/save-file.js";
import { ApiError } from "../service/errors.js";
import { text } from "../words/strings.js";
import { sayDate, sayInstant } from "../words/time.js";

const t = text.consents;

/** @typedef {import("../choice/choice.js").Consent & {expires_on?: string | null, evidence?: "proven" | "unproven"}} Consent */
/** @typedef {{at: string, by: string | null, origin: string, before: Consent | null, after: Consent | null}} Entry */

/**
 * Shows a contact's history of consent, newest first, with a file to keep.
 * @param {import("../service/api.js").Api} api
 * @param {{id: string}} contact
 */
export async function showConsentHistory(api, contact) {
  const path = `/api/contacts/${encodeURIComponent(contact.id)}/consents`;
  const holder = h("div", { class: "consent-history" }, skeletons(3));
  const error = h("p", { class: "error", role: "alert", hidden: true });
  /** @param {() => Promise<void>} work */
  const attempt = async (work) => {
    error.hidden = true;
    try {
      await work();
    } catch (caught) {
      if (!(caught instanceof ApiError)) throw caught;
      error.textContent = caught.message;
      error.hidden = false;
    }
  };
  const save = h("button", { type: "button", class: "button", disabled: true }, t.download);
  save.addEventListener("click", () => attempt(async () => saveFile(await api.file(`${path}?format=csv`), t.file)));
  openDialog(t.title, [h("p", { class: "quiet" }, t.lead), holder, error], { buttons: [save] });
  await attempt(async () => {
    const { items } = await api.get(path);
    save.disabled = items.length === 0;
    fill(holder, items.length > 0 ? h("ol", {}, items.map(entry)) : h("p", {}, t.empty));
  });
  for (const skeleton of holder.querySelectorAll(".skeletons")) skeleton.remove();
}

/** @param {Entry} entry */
function entry({ at, by, origin, before, after }) {
  return h(
    "li",
    {},
    h("p", {}, h("strong", {}, says(before)), " → ", h("strong", {}, says(after))),
    details(after),
    h(
      "p",
      { class: "quiet small" },
      h("time", { datetime: at }, sayInstant(at)),
      " · ",
      t.origins[origin] ?? origin,
      by && by !== origin && ` · ${text.contact.recordedBy} `,
      by && by !== origin && h("bdi", {}, by),
    ),
  );
}

/** @param {Consent | null} consent */
function says(consent) {
  return text.choice.consents[consent?.status ?? "none"];
}

/** Basis, date, source and note. @param {Consent | null} consent */
function details(consent) {
  if (!consent) return null;
  const { basis, obtained_on, expires_on, source, note, evidence } = consent;
  const facts = [
    evidence === "unproven" && text.choice.unprovenMark,
    basis && text.choice.bases[basis],
    obtained_on && sayDate(obtained_on),
    expires_on && text.choice.expires(sayDate(expires_on)),
  ].filter(Boolean);
  return h(
    "div",
    { class: "small" },
    facts.length > 0 && h("p", {}, facts.join(" · ")),
    source && h("p", {}, longText(source)),
    note && h("p", {}, longText(note)),
  );
}
