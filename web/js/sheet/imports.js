/**
 * Recent imports, and taking one back.
 * @module
 */
import { ask } from "../parts/confirm-dialog.js";
import { openDialog } from "../parts/dialog.js";
import { fill, h } from "../parts/dom.js";
import { skeletons } from "../parts/loading.js";
import { longText } from "../parts/person.js";
import { pause } from "../service/api.js";
import { ApiError } from "../service/errors.js";
import { text } from "../words/strings.js";
import { sayInstant } from "../words/time.js";

const t = text.sheet.imports;
const POLL = 700;

/** @typedef {{id: string, name: string, reason: string}} Kept */
/** @typedef {{state: "possible" | "running" | "done" | "expired" | "nothing", until?: string | null, undone?: number, kept?: Kept[]}} Undo */
/** @typedef {{id: string, action: string, imported: number, linked: number, created_at: string | null, undo?: Undo}} Run */

/**
 * Lists the imports of the last 30 days.
 * @param {import("../service/api.js").Api} api
 * @param {() => void} changed called when one has been undone
 */
export async function showImports(api, changed) {
  const holder = h("div", { class: "imports" }, skeletons(3));
  openDialog(t.title, [h("p", { class: "quiet" }, t.lead), holder]);
  const load = async () => {
    try {
      const { items } = await api.get("/api/imports");
      fill(holder, items.length > 0 ? h("ul", {}, items.map(line)) : h("p", {}, t.empty));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      fill(holder, h("p", { class: "error", role: "alert" }, error.message));
    }
  };
  /** @param {Run} run */
  const line = (run) => {
    const when = run.created_at ? sayInstant(run.created_at) : "";
    return h(
      "li",
      { data: { import: run.id } },
      h(
        "div",
        {},
        h("strong", {}, when),
        h("div", {}, t.actions[run.action] ?? run.action),
        h("div", { class: "quiet small" }, t.count(run.imported, run.linked)),
        undoState(run.undo),
      ),
      undoButton(api, run, t.undoShort, () => {
        changed();
        void load();
      }),
    );
  };
  await load();
}

/** What came of undoing an import, or how long it is possible. @param {Undo | undefined} undo */
export function undoState(undo) {
  if (!undo) return null;
  const { state, until, undone = 0, kept = [] } = undo;
  const possible = until ? t.until(sayInstant(until, { dateStyle: "long" })) : "";
  /** @type {Partial<Record<Undo["state"], string>>} */
  const counted = { possible, done: t.undone(undone) };
  const words = counted[state] ?? t.states[state] ?? "";
  return h(
    "div",
    { class: "undo-state small", data: { undo: state } },
    words && h("p", { class: "quiet" }, words),
    kept.length > 0 &&
      h(
        "details",
        {},
        h("summary", {}, t.kept(kept.length)),
        h(
          "ul",
          {},
          kept.map(({ name, reason }) =>
            h(
              "li",
              {},
              longText(name || text.common.noName),
              " ",
              h("span", { class: "quiet" }, t.keptReasons[reason] ?? reason),
            ),
          ),
        ),
      ),
  );
}

/**
 * The button that takes an import back, when that is possible.
 * @param {import("../service/api.js").Api} api
 * @param {Pick<Run, "id" | "created_at" | "undo">} run
 * @param {string} words
 * @param {(undo: Undo) => void} undone
 */
export function undoButton(api, run, words, undone) {
  if (run.undo?.state !== "possible") return null;
  const when = run.created_at ? sayInstant(run.created_at) : "";
  const press = () =>
    ask({
      title: t.confirmTitle,
      lines: t.confirmLines,
      go: t.go,
      back: text.common.cancel,
      act: async () => undone(await undo(api, run.id)),
    });
  const label = when && words === t.undoShort ? t.undoOf(when) : null;
  return h("button", { type: "button", class: "button", "aria-label": label, on: { click: press } }, words);
}

/** @param {import("../service/api.js").Api} api @param {string} id @returns {Promise<Undo>} */
async function undo(api, id) {
  const path = `/api/import/${encodeURIComponent(id)}`;
  await api.post(`${path}/undo`, {}, { key: crypto.randomUUID() });
  for (;;) {
    const { undo: now } = await api.get(path);
    if (now.state !== "running") return now;
    await pause(POLL);
  }
}
