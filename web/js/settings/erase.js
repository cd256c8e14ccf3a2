/**
 * Having everything erased: what it means, the typed confirmation, how it stands, and the proof.
 * @module
 */
import { ask } from "../parts/confirm-dialog.js";
import { fill, h, icon } from "../parts/dom.js";
import { pause, withQuery } from "../service/api.js";
import { caller } from "../service/caller.js";
import { ApiError } from "../service/errors.js";
import { forgetPerson } from "../service/kept.js";
import { text } from "../words/strings.js";
import { HERE, sayInstant, sayTime, sayWeekday } from "../words/time.js";
import { radios } from "./section.js";

const t = text.settings.erase;
const ACCOUNT = "/api/account";
const ERASURE = `${ACCOUNT}/erasure`;
const HASH = "#erasure=";
/** How often it is looked, in milliseconds: while something is deleted, and while all is and time has to pass. */
const SOON = 1500;
const LATER = 10_000;
const STEPS = /** @type {const} */ (["leaving", "erasing", "checking"]);

/**
 * @typedef {object} Erasure as the service shows it
 * @property {string} id
 * @property {"leaving" | "erasing" | "checking" | "done"} state
 * @property {string | null} looks_again_at
 * @property {string | null} done_at
 * @property {{stayed: number, access_left: boolean}} at_google
 * @property {Record<string, number>} erased
 * @property {Record<string, number> | null} found
 * @property {{kept: number, until: string} | null} evidence
 * @property {{what: string, until: string | null}[]} waits
 */

/** @typedef {{erasure: Erasure | null, keeps_evidence_days: number | null}} Account */

/**
 * The erasure that is under way, or the one that this window has seen through.
 * @param {import("../service/api.js").Api} api
 * @returns {Promise<Account>} raises ApiError
 */
export async function account(api) {
  const standing = await api.get(ERASURE);
  const id = location.hash.startsWith(HASH) ? decodeURIComponent(location.hash.slice(HASH.length)) : "";
  if (standing.erasure || !id) return standing;
  try {
    return await api.get(withQuery(ERASURE, { id }));
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return standing;
    throw error;
  }
}

/**
 * Fills the section: what it means, and the button that asks for it.
 * @param {import("../service/api.js").Api} api
 * @param {import("./section.js").Section} section
 * @param {Account} account
 * @param {(account: Account) => void} begun
 */
export function offerErasure(api, section, account, begun) {
  const days = account.keeps_evidence_days;
  const open = h("button", { type: "button", class: "button danger" }, t.open);
  open.addEventListener("click", () => void question(api, days, begun));
  section.body.append(
    h(
      "ul",
      { class: "means" },
      [...t.means, days === null ? t.noEvidence : t.evidence(days)].map((line) => h("li", {}, line)),
    ),
    h("div", {}, open),
  );
}

/** @param {import("../service/api.js").Api} api @param {number | null} days @param {(account: Account) => void} begun */
async function question(api, days, begun) {
  const made = await atGoogle(api);
  const copies = made ? radios("google_copies", t.copies, t.keepOrDelete, "keep") : null;
  ask({
    title: t.title,
    lines: [t.lastWord, days === null ? t.noEvidence : t.evidence(days), ...(made ? [made] : [])],
    body: [copies && copies.element],
    typed: { label: t.type(t.word), word: t.word },
    go: t.go,
    back: text.common.cancel,
    danger: true,
    act: async () =>
      begun(await api.delete(ACCOUNT, { confirm: "erase", google_copies: copies ? copies.value() : "keep" })),
  });
}

/**
 * What the sync has put into Google, in words; "" when there is nothing to choose about. Where nobody can tell it is asked without numbers.
 * @param {import("../service/api.js").Api} api
 */
async function atGoogle(api) {
  try {
    const [{ account: connected }, { at_google: made }] = await Promise.all([
      api.get("/api/sync"),
      api.get("/api/google/connection"),
    ]);
    return connected && made.contacts + made.calendar > 0 ? t.madeAtGoogle(made.contacts, made.calendar) : "";
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return `${t.copies}.`;
  }
}

/** How an erasure stands, and in the end its proof. It looks again by itself until it is done. */
export class ErasureView {
  #api;
  #title = h("h1", { tabindex: "-1" });
  #lead = h("p", { class: "quiet" });
  #trouble = h("p", { class: "error", role: "alert", hidden: true });
  #body = h("div", { class: "erasure" });
  /** Said by screen readers when it changes. */
  #said = h("p", { class: "out-of-sight", role: "status" });
  element = h("section", { class: "section", data: { section: "erasure" } }, this.#trouble, this.#body, this.#said);
  header = h("header", { class: "settings-top" }, this.#title, this.#lead);

  /** @param {import("../service/api.js").Api} api */
  constructor(api) {
    this.#api = api;
  }

  /** @param {Account} account */
  async follow(account) {
    let erasure = /** @type {Erasure} */ (account.erasure);
    history.replaceState(null, "", HASH + encodeURIComponent(erasure.id));
    forgetPerson(caller.person.sub ?? "");
    this.#show(erasure);
    this.#title.focus();
    while (erasure.state !== "done") {
      await pause(erasure.state === "checking" ? LATER : SOON);
      erasure = (await this.#look(erasure.id)) ?? erasure;
    }
  }

  /** Looks once; null when nothing answered, which it says. @param {string} id */
  async #look(id) {
    try {
      const { erasure } = await this.#api.get(withQuery(ERASURE, { id }));
      this.#complain("");
      this.#show(erasure);
      return /** @type {Erasure} */ (erasure);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#complain(`${error.message} ${t.goesOnWithout}`);
      return null;
    }
  }

  /** @param {string} message */
  #complain(message) {
    if (this.#trouble.textContent !== message) this.#trouble.textContent = message;
    this.#trouble.hidden = !message;
  }

  /** @param {Erasure} erasure */
  #show(erasure) {
    const done = erasure.state === "done";
    document.title = done ? t.done : t.underWay;
    fill(this.#title, done ? t.done : t.underWay);
    fill(this.#lead, done ? t.doneLead(sayInstant(erasure.done_at ?? "")) : t.underWayLead);
    const said = done ? t.done : t.steps[/** @type {"leaving"} */ (erasure.state)];
    if (this.#said.textContent !== said) fill(this.#said, said);
    fill(this.#body, done ? null : steps(erasure), counts(erasure), done ? found(erasure) : null, rest(erasure));
  }
}

/** @param {Erasure} erasure */
function steps(erasure) {
  const now = STEPS.indexOf(/** @type {"leaving"} */ (erasure.state));
  return h(
    "ol",
    { class: "stages" },
    STEPS.map((step, index) =>
      h(
        "li",
        { class: index < now ? "past" : index === now ? "now" : "next", "aria-current": index === now ? "step" : null },
        icon(index < now ? "check" : index === now ? "sync" : "clock"),
        h(
          "div",
          {},
          h("strong", {}, t.steps[step]),
          index === now ? h("p", { class: "quiet small" }, why(erasure)) : null,
        ),
        h("span", { class: "out-of-sight" }, index < now ? t.past : index === now ? t.now : t.next),
      ),
    ),
  );
}

/** What is to be said of the step that is at work. @param {Erasure} erasure */
function why({ state, looks_again_at: at, waits }) {
  if (state === "checking") return t.looksAgain(at === null ? "" : sayTime(at, HERE));
  const until = waits.find(({ what }) => what === "disconnect" || what === "erase")?.until;
  if (until) return t.triesAgain(sayTime(until, HERE), sayWeekday(until));
  return t.why[state === "leaving" ? "leaving" : "erasing"];
}

/** What was deleted, by kind. @param {Erasure} erasure */
function counts({ erased }) {
  const known = Object.keys(t.kinds);
  const rows = Object.entries(erased)
    .sort(([a], [b]) => known.indexOf(a) - known.indexOf(b))
    .map(([kind, count]) => /** @type {[string, number]} */ ([t.kinds[kind] ?? t.otherKind(kind), count]));
  if (rows.length === 0) return null;
  return h(
    "table",
    { class: "counts" },
    h("caption", {}, t.deleted),
    h(
      "tbody",
      {},
      rows.map(([words, count]) => h("tr", {}, h("th", { scope: "row" }, words), h("td", {}, t.number(count)))),
    ),
  );
}

/** What is found of the person now. @param {Erasure} erasure */
function found(erasure) {
  const left = Object.values(erasure.found ?? {}).reduce((sum, count) => sum + count, 0);
  return h(
    "p",
    { class: left ? "banner" : "proof" },
    icon(left ? "alert" : "check"),
    left ? t.foundAgain(left) : t.foundNothing,
  );
}

/** What stays, and by what the record is found. @param {Erasure} erasure */
function rest({ at_google: left, evidence, id }) {
  return h(
    "div",
    { class: "quiet small rest" },
    left.stayed > 0 && h("p", {}, t.stayed(left.stayed)),
    left.access_left && h("p", {}, t.accessLeft),
    evidence && h("p", {}, t.keptEvidence(evidence.kept, sayInstant(evidence.until, { dateStyle: "long" }))),
    h("p", {}, t.record),
    h("p", {}, h("code", { class: "receipt" }, id)),
  );
}
