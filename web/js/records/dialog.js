/**
 * The dialog in which a record of the CRM is added or changed: what a contact and an appointment have in common.
 * @module
 */
import { byId, fill, h, icon } from "../parts/dom.js";
import { ApiError } from "../service/errors.js";
import { text } from "../words/strings.js";

/**
 * A form of one record. `read` answers the whole record as the service takes it, or raises FormError. `reconsider` answers what is said of a
 * refusal that the person may overrule, and how; null for any other.
 * @typedef {object} RecordForm
 * @property {HTMLElement} element
 * @property {() => Record<string, any>} read
 * @property {(error: ApiError) => Overruling | null} [reconsider]
 */
/** @typedef {{message: string, go: string, query: string}} Overruling `query` goes with the address when the record is saved all the same. */
/**
 * @typedef {object} Editing
 * @property {string} path of the collection, e.g. "/api/contacts"
 * @property {Record<string, any> | null} record null for a new one
 * @property {(record: Record<string, any>) => RecordForm} build
 * @property {Record<string, any>} blank what a new one starts from
 * @property {{fresh: string, edit: string, archive: string, changed: string}} words
 * @property {(event: "saved" | "archived", record: Record<string, any>) => void} done
 * @property {(changes: Record<string, any>, record: Record<string, any>, key: string) => Promise<Record<string, any>>} [save] how
 *   the changed fields of a record are saved, when not by a PATCH
 * @property {(record: Record<string, any>, key: string) => Promise<any>} [remove] what the archive button does, when not a DELETE
 * @property {(fields: string[]) => string} [keepDraft] what was entered is kept when the record was changed meanwhile: what to say about
 *   fields that were changed on both sides
 */

/** Something in the form is not right; `field` names the control. */
export class FormError extends Error {
  /** @param {string} field @param {string} message */
  constructor(field, message) {
    super(message);
    this.field = field;
  }
}

/**
 * Opens the dialog.
 * @param {import("../service/api.js").Api} api
 * @param {Editing} editing
 */
export function editRecord(api, { path, record, build, blank, words, done, save: saveAs, remove, keepDraft }) {
  const key = crypto.randomUUID();
  let current = record;
  /** @type {RecordForm} */
  let fields;
  /** @type {Record<string, any>} */
  let before;
  const holder = h("div", { class: "record-fields" });
  const error = h("p", { class: "error", role: "alert", hidden: true });
  const save = h("button", { type: "submit", class: "button primary" }, text.common.save);
  const overrule = h("button", { type: "button", class: "button", hidden: true });
  let query = "";
  const cancel = h(
    "button",
    { type: "button", class: "button", on: { click: () => dialog.close() } },
    text.common.cancel,
  );
  const archive = record && h("button", { type: "button", class: "button danger archive" }, words.archive);
  const close = h(
    "button",
    {
      type: "button",
      class: "button bare square",
      "aria-label": text.common.close,
      on: { click: () => dialog.close() },
    },
    icon("close"),
  );
  const form = h(
    "form",
    { novalidate: true },
    h("header", { class: "record-head" }, h("h2", { id: "record-title" }, record ? words.edit : words.fresh), close),
    holder,
    h(
      "footer",
      { class: "record-foot" },
      error,
      h("div", { class: "dialog-buttons" }, archive, cancel, overrule, save),
    ),
  );
  const dialog = h("dialog", { class: "record", "aria-labelledby": "record-title" }, form);

  /** @param {Record<string, any>} changes @param {Record<string, any>} known */
  const change = async (changes, known) => {
    if (Object.keys(changes).length === 0) return known;
    if (saveAs) return saveAs(changes, known, key);
    return api.patch(`${path}/${encodeURIComponent(known.id)}${query}`, changes, known.etag);
  };
  /** @param {Record<string, any>} value */
  const show = (value) => {
    fields = build(value);
    fill(holder, fields.element);
    before = current ? fields.read() : {};
  };
  /** Shows a record that was changed meanwhile, with what was entered where that is to be kept. @param {Record<string, any>} newer */
  const meet = (newer) => {
    const old = before;
    const draft = keepDraft ? difference(old, fields.read()) : {};
    current = newer;
    show(newer);
    if (!keepDraft || Object.keys(draft).length === 0) return "";
    fields = build({ ...newer, ...draft });
    fill(holder, fields.element);
    const both = Object.keys(draft).filter((name) => JSON.stringify(before[name]) !== JSON.stringify(old[name]));
    return both.length > 0 ? keepDraft(both) : "";
  };
  /** @param {string} message @param {string} [field] */
  const complain = (message, field) => {
    for (const marked of form.querySelectorAll("[aria-invalid]")) marked.removeAttribute("aria-invalid");
    error.textContent = message;
    error.hidden = false;
    const control = field ? controlOf(form, field) : null;
    control?.setAttribute("aria-invalid", "true");
    control?.focus();
  };
  /** @param {() => Promise<void>} work */
  const attempt = async (work) => {
    save.disabled = true;
    save.textContent = text.common.saving;
    error.hidden = overrule.hidden = true;
    try {
      await work();
      dialog.close();
    } catch (caught) {
      const refused = caught instanceof ApiError ? caught : null;
      const overruling = refused && fields.reconsider?.(refused);
      if (overruling) {
        complain(overruling.message, refused.field);
        overrule.textContent = overruling.go;
        overrule.hidden = false;
        overrule.onclick = () => {
          query = overruling.query;
          form.requestSubmit();
        };
      } else if (caught instanceof ApiError && caught.status === 409 && caught.body?.error?.current?.id) {
        complain([words.changed, meet(caught.body.error.current)].join(" "));
      } else if (caught instanceof ApiError || caught instanceof FormError) {
        complain(caught.message, caught.field);
      } else {
        throw caught;
      }
    } finally {
      query = "";
      save.disabled = false;
      save.textContent = text.common.save;
    }
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void attempt(async () => {
      const now = fields.read();
      const changes = current ? difference(before, now) : now;
      const saved = current ? await change(changes, current) : await api.post(`${path}${query}`, changes, { key });
      done("saved", saved);
    });
  });
  archive?.addEventListener(
    "click",
    () =>
      void attempt(async () => {
        const archived = /** @type {Record<string, any>} */ (current);
        await (remove ? remove(archived, key) : api.delete(`${path}/${encodeURIComponent(archived.id)}`));
        done("archived", archived);
      }),
  );
  dialog.addEventListener("close", () => dialog.remove());
  show(record ?? blank);
  byId("dialogs").append(dialog);
  dialog.showModal();
  /** @type {HTMLElement | null} */ (holder.querySelector("input:enabled, select:enabled"))?.focus();
}

/**
 * What was changed, and only that is sent: the rest may have moved on at Google meanwhile.
 * @param {Record<string, any>} before
 * @param {Record<string, any>} now
 */
function difference(before, now) {
  return Object.fromEntries(
    Object.entries(now).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name])),
  );
}

/**
 * The control that a field of an error body names, e.g. `emails[1].value`, or the nearest that contains it.
 * @param {HTMLFormElement} form
 * @param {string} field
 * @returns {HTMLElement | null}
 */
function controlOf(form, field) {
  const plain = field.replace(/\[(\d+)\]/g, ".$1");
  for (let name = plain; name; name = name.slice(0, Math.max(0, name.lastIndexOf(".")))) {
    const control = form.querySelector(`[name="${CSS.escape(name)}"], [name^="${CSS.escape(name)}."]`);
    if (control) return /** @type {HTMLElement} */ (control);
  }
  return null;
}
