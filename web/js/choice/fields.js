/**
 * The controls for contact type with detail and for consent with evidence, as the sheet's rows and the contact form use them.
 * @module
 */
import { fill, h } from "../parts/dom.js";
import { text } from "../words/strings.js";
import { sayDate, today } from "../words/time.js";
import {
  CONSENTS,
  detailOf,
  detailOptions,
  grants,
  isProven,
  lapse,
  tidyConsent,
  unmet,
  withdrawnOn,
} from "./choice.js";
import { defaultOf, partWords, partsOf, typeIds, typeWords } from "./types.js";

const t = text.choice;

/** @typedef {import("./choice.js").Choice} Choice */
/**
 * How controls are named: in a form by a visible label, in a row by an unseen one that includes whose row it is.
 * @typedef {object} Naming
 * @property {boolean} visible
 * @property {(what: string) => string} name
 */

/**
 * A select, labelled as `naming` says.
 * @param {string} label
 * @param {[string, string][]} options value and words
 * @param {string} value
 * @param {Naming} naming
 * @param {(value: string) => void} change
 */
export function choose(label, options, value, naming, change) {
  const select = h(
    "select",
    { value, on: { change: () => change(select.value) }, "aria-label": naming.visible ? null : naming.name(label) },
    options.map(([option, words]) => h("option", { value: option }, words)),
  );
  return naming.visible ? h("label", { class: "field" }, h("span", {}, label), select) : select;
}

/**
 * Contact type and its detail. The detail follows the type; `change` gets both.
 * @param {Pick<Choice, "contact_type" | "detail">} choice
 * @param {Naming} naming
 * @param {(changed: Pick<Choice, "contact_type" | "detail">) => void} change
 */
export function typeFields(choice, naming, change) {
  let { contact_type, detail } = choice;
  const parts = h("div", { class: "detail-parts" });
  const show = () => {
    parts.dataset.type = contact_type;
    fill(
      parts,
      partsOf(contact_type).map((part) => {
        const options = detailOptions(contact_type, part, !naming.visible);
        const value = detail[part] ?? defaultOf(contact_type, part);
        return choose(partWords(contact_type, part), options, value, naming, (value) => {
          detail = detailOf(contact_type, { ...detail, [part]: value });
          change({ contact_type, detail });
        });
      }),
    );
  };
  const type = choose(
    t.type,
    typeIds().map((value) => [value, typeWords(value)]),
    contact_type,
    naming,
    (value) => {
      contact_type = value;
      detail = detailOf(contact_type);
      show();
      change({ contact_type, detail });
    },
  );
  show();
  return h("div", { class: "type-fields" }, type, parts);
}

/**
 * Consent and its evidence. Evidence is asked for when there is something to prove; in a row it can be folded away.
 * @param {import("./choice.js").Consent} given
 * @param {Naming} naming
 * @param {(consent: import("./choice.js").Consent) => void} change gets a tidy consent
 * @param {import("./choice.js").Withdrawn[]} [withdrawn] addresses that it is about, for which consent was withdrawn
 */
export function consentFields(given, naming, change, withdrawn = []) {
  let consent = { ...given };
  const meaning = h("p", { class: "consent-meaning small" });
  const notice = h("p", { class: "consent-meaning small wrap", hidden: withdrawn.length === 0 });
  const evidence = h("div", { class: "evidence-fields" });
  const fold = naming.visible
    ? evidence
    : h(
        "details",
        { class: "evidence" },
        h("summary", { "aria-label": naming.name(t.evidence) }, t.evidence),
        evidence,
      );

  /** @param {Partial<import("./choice.js").Consent>} part */
  const update = (part) => {
    consent = { ...consent, ...part };
    say();
    change(tidyConsent(consent));
  };
  const say = () => {
    const left = unmet(consent, withdrawn, naming.visible);
    // Where an address stays withdrawn, the notice says what may be sent.
    const [words, kind] = left.length > 0 && isProven(consent) ? ["", ""] : meaningOf(consent, naming.visible);
    meaning.textContent = words;
    meaning.hidden = words === "";
    meaning.className = `consent-meaning small ${kind}`;
    notice.textContent = noticeOf(consent, withdrawn, left);
    notice.className = `consent-meaning small wrap ${left.length > 0 ? "warn" : ""}`;
  };
  const show = () => {
    fold.hidden = consent.status === "none";
    fill(
      evidence,
      consent.status === "implied" &&
        choose(t.basis, Object.entries(t.bases), consent.basis ?? "", named, (value) =>
          update({ basis: /** @type {any} */ (value || null) }),
        ),
      field(
        t.obtained,
        h("input", { type: "date", max: today(), min: "1900-01-01", value: consent.obtained_on ?? "" }),
        (value) => update({ obtained_on: value || null }),
      ),
      field(
        t.source,
        h("input", { type: "text", maxlength: "200", value: consent.source ?? "", placeholder: t.sourceHint }),
        (value) => update({ source: value }),
      ),
      field(t.note, h("input", { type: "text", maxlength: "1000", value: consent.note ?? "" }), (value) =>
        update({ note: value }),
      ),
    );
  };
  const status = choose(
    t.consent,
    CONSENTS.map((value) => [value, t.consents[value]]),
    consent.status,
    naming,
    (value) => {
      update({ status: /** @type {import("./choice.js").ConsentStatus} */ (value) });
      show();
      if (fold instanceof HTMLDetailsElement) fold.open = grants(consent);
    },
  );
  say();
  show();
  return h("div", { class: "consent-fields" }, status, meaning, notice, fold);
}

/** Evidence is always labelled visibly: its fields are too many to guess. @type {Naming} */
const named = { visible: true, name: (what) => what };

/**
 * @param {string} label
 * @param {HTMLInputElement} input
 * @param {(value: string) => void} change
 */
function field(label, input, change) {
  // A date is only whole, and text only finished, when the field says "change"; typing alone would save half a word.
  input.addEventListener("change", () => input.checkValidity() && change(input.value));
  return h("label", { class: "field" }, h("span", {}, label), input);
}

/**
 * What a consent means for e-mail, and whether that is good, bad or unfinished.
 * @param {import("./choice.js").Consent} consent
 * @param {boolean} long
 * @returns {[string, "" | "ok" | "warn"]}
 */
function meaningOf(consent, long) {
  const expires = lapse(consent);
  if (consent.status === "implied" && !expires)
    return [long ? `${t.consentMeans.implied} ${t.dateMissing}.` : t.dateMissing, "warn"];
  if (consent.status === "express" && !isProven(consent))
    return [long ? `${t.consentMeans.express} ${t.unproven}.` : t.unproven, "warn"];
  if (expires) return expires <= today() ? [t.lapsed(sayDate(expires)), "warn"] : [t.expires(sayDate(expires)), "ok"];
  if (long) return [t.consentMeans[consent.status], ""];
  return consent.status === "express" ? [t.mailOk, "ok"] : [t.mailBlocked, ""];
}

/**
 * What is said of addresses for which consent was withdrawn: that it was, what is asked of a consent that is no newer, or that this one is.
 * @param {import("./choice.js").Consent} consent
 * @param {import("./choice.js").Withdrawn[]} withdrawn
 * @param {import("./choice.js").Withdrawn[]} left those for which the consent is no newer
 */
function noticeOf(consent, withdrawn, left) {
  if (withdrawn.length === 0) return "";
  const told = left.length > 0 ? left : withdrawn;
  const named = told
    .map((each) => t.withdrawn.one(each.address, sayDate(withdrawnOn(each), { dateStyle: "medium" })))
    .join(", ");
  if (left.length > 0) return t.withdrawn.ask(named);
  return grants(consent) ? t.withdrawn.freed(named) : t.withdrawn.is(named);
}
