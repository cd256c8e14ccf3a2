/**
 * What the sync did: its runs, newest first, each with the records it changed.
 * @module
 */
import { fill, h } from "../parts/dom.js";
import { fieldName, sayValue } from "../parts/field-values.js";
import { stateBox } from "../parts/loading.js";
import { longText, spoken } from "../parts/person.js";
import { locale } from "../words/language.js";
import { text } from "../words/strings.js";
import { ago } from "../words/time.js";

const t = text.activity;
const FEW = 5;
const FIELDS = 3;
/** Their before and after is the whole record: that it happened says enough. */
const WHOLE = new Set([
  ...["create_remote", "recreate_remote", "delete_remote", "archive_local", "import", "adopt"],
  ...["merge", "merge_away", "unmerge", "repoint"],
]);

/**
 * @typedef {object} Change
 * @property {"crm" | "google"} side
 * @property {string} action
 * @property {string | null} record_id
 * @property {string | null} [record_name]
 * @property {Record<string, any> | null} before
 * @property {Record<string, any> | null} after
 */
/** @typedef {{run: string, resource: string, reason: string, at: string, changes: Change[]}} Entry */
/** @typedef {{id: string, name: string, resource: string}} Subject One record that the activity is narrowed to. */

/**
 * The runs. `narrow` is called with the record that was pressed.
 * @param {Entry[]} entries one for each commit, newest first
 * @param {Subject | null} subject
 * @param {(subject: Subject | null) => void} narrow
 * @returns {Node[]}
 */
export function runs(entries, subject, narrow) {
  const chip = subject && chipOf(subject, narrow);
  if (entries.length === 0) {
    const words = subject ? t.emptyOf : t.empty;
    return [...(chip ? [chip] : []), stateBox("no-activity", "sync", words[0], words[1])];
  }
  /** @type {Entry[]} */
  const gathered = [];
  for (const entry of entries) {
    const last = gathered.at(-1);
    const kept = subject ? entry.changes.filter((change) => change.record_id === subject.id) : entry.changes;
    if (last?.run === entry.run) last.changes = [...last.changes, ...kept];
    else gathered.push({ ...entry, changes: kept });
  }
  return [...(chip ? [chip] : []), ...gathered.map((entry) => runCard(entry, subject, narrow))];
}

/** @param {Subject} subject @param {(subject: Subject | null) => void} narrow */
function chipOf(subject, narrow) {
  const all = { type: "button", class: "link", on: { click: () => narrow(null) } };
  return h(
    "div",
    { class: "narrowed" },
    h("strong", { class: "wrap", dir: "auto" }, t.only(spoken(subject.name))),
    h("button", all, t.all),
  );
}

/** @param {Entry} entry @param {Subject | null} subject @param {(subject: Subject | null) => void} narrow */
function runCard(entry, subject, narrow) {
  const kind = t.kinds[entry.resource] ?? entry.resource;
  const reason = t.reasons[entry.reason];
  const list = h("ul", { class: "changes" });
  const show = (/** @type {Change[]} */ changes) =>
    fill(
      list,
      changes.map((change) => line(change, entry.resource, subject, narrow)),
    );
  const { changes } = entry;
  const folded = changes.length > FEW + 1;
  show(folded ? changes.slice(0, FEW) : changes);
  const more = folded && h("button", { type: "button", class: "link" }, t.more(changes.length - FEW));
  if (more) {
    more.addEventListener("click", () => {
      show(changes);
      more.remove();
      /** @type {HTMLElement | null} */ (list.children[FEW].querySelector("button"))?.focus();
    });
  }
  return h(
    "article",
    { class: "review-card run", data: { run: entry.run } },
    h(
      "h3",
      { tabindex: "-1" },
      reason ? `${kind} · ${reason}` : kind,
      h(
        "time",
        { class: "quiet small", datetime: entry.at, title: new Date(entry.at).toLocaleString(locale()) },
        ago(entry.at),
      ),
    ),
    list,
    more,
  );
}

/**
 * @param {Change} change
 * @param {string} resource
 * @param {Subject | null} subject
 * @param {(subject: Subject | null) => void} narrow
 */
function line(change, resource, subject, narrow) {
  const kind = resource === "calendar" ? "calendar" : "contacts";
  const name = change.record_name ?? t.someone[kind];
  const { record_id: id } = change;
  const press = { type: "button", class: "link subject", "aria-label": t.onlyOf(spoken(name)) };
  const who =
    id && !subject
      ? h("button", { ...press, dir: "auto", on: { click: () => narrow({ id, name, resource: kind }) } }, spoken(name))
      : longText(name, "subject");
  return h(
    "li",
    {},
    h(
      "div",
      { class: "change-head" },
      who,
      h("span", { class: "quiet" }, t.actions[change.action] ?? t.actions[change.side]),
    ),
    details(change).map((words) => h("div", { class: "small wrap", dir: "auto" }, words)),
  );
}

/** @param {Change} change @returns {string[]} */
function details({ action, before, after }) {
  if (WHOLE.has(action)) return [];
  const fields = Object.keys(after ?? before ?? {});
  const said = fields.slice(0, FIELDS).map((field) => {
    const now = sayValue(field, after?.[field]);
    if (!before) return t.value(fieldName(field), now);
    return t.change(fieldName(field), sayValue(field, before[field]), now);
  });
  return fields.length > FIELDS ? [...said, t.moreFields(fields.length - FIELDS)] : said;
}
