/**
 * Addresses for which consent was withdrawn, and who carries them; a list of them taken in from a mail program, and given out.
 * @module
 */
import { ask } from "../parts/confirm-dialog.js";
import { h } from "../parts/dom.js";
import { loader, stateBox } from "../parts/loading.js";
import { longText, spoken } from "../parts/person.js";
import { saveFile } from "../parts/save-file.js";
import { withQuery } from "../service/api.js";
import { ApiError } from "../service/errors.js";
import { text } from "../words/strings.js";
import { sayInstant } from "../words/time.js";

const t = text.consents.withdrawn;
const PATH = "/api/consents/withdrawn";
/** Characters of a list that are sent at once. */
const PART = 400_000;

/** @typedef {{id: string, name: string, archived: boolean, can_email: boolean}} Carrier */
/** @typedef {{address: string, at: string, contacts: Carrier[]}} Withdrawn */
/** @typedef {{addresses: number, new: number, known: number, dated: number, skipped: number}} Counts */

/**
 * The section. `refresh` loads it anew without a flicker.
 * @param {import("../service/api.js").Api} api
 * @param {(words: string) => void} say
 * @param {(id: string) => void} edit opens a contact
 */
export function withdrawnList(api, say, edit) {
  let pages = 1;
  const holder = h("div", { class: "list" });
  const run = loader(holder, t.failed);
  const refresh = (quietly = true) => run(load, quietly);

  async function load() {
    /** @type {Withdrawn[]} */
    const items = [];
    let [others, total] = [0, 0];
    /** @type {string | null} */
    let token = null;
    for (let page = 0; page < pages; page += 1) {
      const answer = await api.get(withQuery(PATH, { page_token: token }));
      items.push(...answer.items);
      others += answer.others;
      total = answer.total;
      token = answer.next_page_token;
      if (!token) break;
    }
    download.disabled = total === 0;
    if (total === 0) return [stateBox("empty", "check", t.none[0], t.none[1])];
    const press = () => {
      pages += 1;
      void refresh();
    };
    return [
      h("p", { class: "quiet small count" }, t.total(total)),
      items.length > 0 && h("ul", { class: "rows" }, items.map(row)),
      others > 0 && h("p", { class: "quiet small others" }, t.others(others)),
      token && h("button", { type: "button", class: "button", on: { click: press } }, t.more),
    ].filter((each) => each instanceof Node);
  }

  /** @param {Withdrawn} withdrawn */
  function row({ address, at, contacts }) {
    return h(
      "li",
      { class: "row withdrawn", data: { address } },
      h("div", { class: "row-main" }, h("div", { class: "name" }, longText(address))),
      h("div", { class: "small" }, contacts.map(carrier)),
      h("div", { class: "quiet small" }, t.on(sayInstant(at, { dateStyle: "medium" }))),
    );
  }

  /** @param {Carrier} contact */
  function carrier({ id, name, archived, can_email }) {
    const words = spoken(name);
    return h(
      "div",
      {},
      archived
        ? h("span", { class: "quiet", dir: "auto" }, t.archived(words))
        : h("button", { type: "button", class: "link wrap", on: { click: () => edit(id) } }, words),
      can_email && h("span", { class: "badge" }, t.allowed),
    );
  }

  const download = h("button", { type: "button", class: "button", disabled: true }, t.download);
  download.addEventListener("click", async () => {
    try {
      saveFile(await api.file(`${PATH}?format=csv`), t.file);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      say(error.message);
    }
  });
  const add = h("button", { type: "button", class: "button" }, t.add);
  add.addEventListener("click", () =>
    takeIn(api, (count) => {
      say(t.added(count));
      void refresh();
    }),
  );
  void refresh(false);
  return {
    element: h(
      "section",
      { class: "withdrawn-list", "aria-labelledby": "withdrawn-title" },
      h("h2", { id: "withdrawn-title" }, t.title),
      h("p", { class: "quiet consents-lead" }, t.lead),
      h("div", { class: "section-actions" }, add, download),
      holder,
    ),
    refresh,
  };
}

/**
 * Asks for a list, says what it would do, and does it when the person agrees.
 * @param {import("../service/api.js").Api} api
 * @param {(addresses: number) => void} done
 */
function takeIn(api, done) {
  const file = h("input", { type: "file", accept: ".csv,.txt,text/csv,text/plain" });
  const list = h("textarea", { rows: "5", dir: "ltr", spellcheck: "false", placeholder: "name@example.com" });
  const counted = h("p", { class: "small", role: "status" });
  let asked = 0;
  const count = async () => {
    asked += 1;
    const mine = asked;
    counted.textContent = t.counting;
    try {
      const counts = await send(api, list.value, true);
      if (mine === asked) counted.textContent = counts.addresses > 0 ? t.counted(counts) : t.nothing;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (mine === asked) counted.textContent = error.message;
    }
  };
  file.addEventListener("change", async () => {
    const [chosen] = file.files ?? [];
    if (!chosen) return;
    list.value = await chosen.text();
    await count();
  });
  list.addEventListener("change", () => void count());
  ask({
    title: t.addTitle,
    lines: t.addLines,
    body: [
      h("label", { class: "field" }, h("span", {}, t.chooseFile), file),
      h("label", { class: "field" }, h("span", {}, t.paste), list),
      counted,
    ],
    go: t.go,
    back: text.common.cancel,
    act: async () => {
      const { addresses } = await send(api, list.value, false);
      if (addresses === 0) throw new ApiError(400, "invalid_request", t.nothing);
      done(addresses);
    },
  });
}

/**
 * Sends a list, in parts when it is long. Raises ApiError.
 * @param {import("../service/api.js").Api} api
 * @param {string} list
 * @param {boolean} dry whether it is only counted
 * @returns {Promise<Counts>}
 */
async function send(api, list, dry) {
  /** @type {Counts} */
  const sum = { addresses: 0, new: 0, known: 0, dated: 0, skipped: 0 };
  for (const csv of partsOf(list)) {
    /** @type {Counts} */
    const counts = await api.post(PATH, { csv, dry_run: dry });
    for (const name of /** @type {(keyof Counts)[]} */ (Object.keys(sum))) sum[name] += counts[name];
  }
  return sum;
}

/** A list in parts that can be sent, each under its header. @param {string} list */
function partsOf(list) {
  if (list.length <= PART) return [list];
  const [first, ...lines] = list.split("\n");
  const header = first.includes("@") ? "" : `${first}\n`;
  const parts = [];
  let part = header || `${first}\n`;
  for (const line of lines) {
    if (part.length + line.length > PART) {
      parts.push(part);
      part = header;
    }
    part += `${line}\n`;
  }
  return [...parts, part];
}
