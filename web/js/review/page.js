/**
 * The review page: what waits for the person, and what the sync did.
 * @module
 */
import "../words/page-language.js";
import { actForOpener, actingLine } from "../parts/acting.js";
import { byId, fill, h } from "../parts/dom.js";
import { stateBox } from "../parts/loading.js";
import { editWhole } from "../records/appointments/edit.js";
import { BLANK_CONTACT, contactForm } from "../records/contact-form.js";
import { editRecord } from "../records/dialog.js";
import { Api } from "../service/api.js";
import { ApiError } from "../service/errors.js";
import { caller } from "../service/caller.js";
import { tell } from "../service/messages.js";
import { isMoving, StatusPoller } from "../service/sync-status.js";
import { text } from "../words/strings.js";
import { runs } from "./activity.js";
import { conflictCard } from "./conflicts.js";
import { DoublesSection } from "./doubles-section.js";
import { holdCard } from "./holds.js";
import { refusedCard } from "./refused.js";
import { Section } from "./section.js";

const t = text.review;
const WORDS = 6000;
const ATTENTION = 20_000;

class Review {
  #api = new Api("", caller.token);
  /** @type {import("./activity.js").Subject | null} */
  #subject = null;
  #holds = new Section(this.#api, {
    name: "holds",
    path: "/api/holds",
    draw: (items) => items.map((hold) => holdCard(hold, (choice) => this.#decide(hold, choice))),
  });
  #conflicts = new Section(this.#api, {
    name: "conflicts",
    path: "/api/conflicts",
    draw: (items) => items.map((conflict) => conflictCard(conflict, (choice) => this.#pick(conflict, choice))),
  });
  #doubles = new DoublesSection(this.#api, async (words) => {
    this.#say(words);
    await this.#after(this.#doubles);
  });
  #refused = new Section(this.#api, {
    name: "refused",
    path: "/api/problems",
    draw: (items) =>
      items.map((record) =>
        refusedCard(
          record,
          () => this.#edit(record),
          (choice) => this.#settleRefused(record, choice),
        ),
      ),
  });
  #activity = new Section(this.#api, {
    name: "activity",
    path: "/api/activity",
    more: t.older,
    query: () => this.#narrowed(),
    draw: (items) => runs(items, this.#subject, (subject) => void this.#narrow(subject)),
  });
  #nothing = h("div", { class: "nothing", hidden: true }, stateBox("nothing", "check", t.nothing[0], t.nothing[1]));
  #jumps = h(
    "nav",
    { class: "jumps", "aria-label": t.sectionsLabel, hidden: true },
    this.#sections.map((section) => section.link),
  );
  #poller = new StatusPoller(
    this.#api,
    (status) => this.#syncSays(status),
    () => Date.now() < this.#attentive || this.#holds.items.some((hold) => hold.choice !== null),
  );
  #synced = "";
  /** @type {number | undefined} How many contacts wait, for they may be there twice. */
  #asked;
  /** Until when the sync that follows what the person did is waited for, in milliseconds. */
  #attentive = 0;

  constructor() {
    document.title = t.title;
    fill(
      byId("main"),
      h(
        "header",
        { class: "review-top" },
        h("h1", { tabindex: "-1" }, t.title),
        h("p", { class: "quiet" }, t.lead),
        actingLine(),
      ),
      this.#jumps,
      this.#nothing,
      this.#sections.map((section) => section.element),
    );
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") void this.#load();
    });
    void this.#load().then(() => this.#poller.start());
  }

  get #sections() {
    return [this.#holds, this.#doubles, this.#conflicts, this.#refused, this.#activity];
  }

  async #load() {
    await Promise.all(this.#sections.map((section) => section.load()));
    const waits = this.#sections.slice(0, -1).some((section) => !section.element.hidden);
    [this.#nothing.hidden, this.#jumps.hidden] = [waits, !waits];
  }

  /** After a sync the page shows what came of it. @param {import("../service/sync-status.js").Status | null} status */
  #syncSays(status) {
    const { state, changed_at: at, holds, conflicts, refused } = status ?? {};
    const mark = JSON.stringify([state, at, holds, conflicts, refused, status?.doubles]);
    if (this.#asked !== status?.doubles) this.#doubles.restart();
    this.#asked = status?.doubles;
    if (this.#synced && mark !== this.#synced) {
      tell({ type: "crmsync:changed" });
      if (!isMoving(status)) void this.#load();
    }
    this.#synced = mark;
  }

  /** @param {import("./holds.js").Hold} hold @param {"apply" | "discard"} choice */
  async #decide(hold, choice) {
    const path = `/api/holds/${encodeURIComponent(hold.id)}`;
    const done = await this.#settled(() => this.#api.post(path, { choose: choice, digest: hold.digest }));
    if (done) this.#say(text.holds.said);
    await this.#after(this.#holds);
  }

  /** @param {import("./conflicts.js").Conflict} conflict @param {import("./conflicts.js").Choice} choice */
  async #pick(conflict, choice) {
    const body = { choose: choice, ...(conflict.digest ? { digest: conflict.digest } : {}) };
    const path = `/api/conflicts/${encodeURIComponent(conflict.id)}`;
    try {
      const done = await this.#settled(() => this.#api.post(path, body));
      const { kept, taken, bothTaken } = text.conflicts;
      if (done) this.#say(choice === "both" ? bothTaken : choice === conflict.lost_side ? taken : kept);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#say(error.status === 409 ? text.conflicts.changed : error.message);
    }
    await this.#after(this.#conflicts);
  }

  /**
   * Whether it was done here; false when it was settled elsewhere already.
   * @param {() => Promise<any>} call
   */
  async #settled(call) {
    try {
      await call();
      return true;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
      this.#say(t.gone);
      return false;
    }
  }

  /** @param {Section | DoublesSection} section where the person was */
  async #after(section) {
    tell({ type: "crmsync:changed" });
    this.#attentive = Date.now() + ATTENTION;
    await this.#load();
    if (section.element.hidden) /** @type {HTMLElement} */ (byId("main").querySelector("h1")).focus();
    else section.focus();
    this.#poller.now();
  }

  /** @param {import("./refused.js").Refused} record @param {"again" | "google"} choice */
  async #settleRefused(record, choice) {
    const path = `/api/problems/${encodeURIComponent(record.id)}`;
    try {
      const done = await this.#settled(() => this.#api.post(path, { choose: choice }));
      if (done) this.#say(choice === "again" ? text.refused.tried : text.refused.taken);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#say(error.message);
    }
    await this.#after(this.#refused);
  }

  /** @param {{record_id: string, resource: string}} record */
  async #edit({ record_id: id, resource }) {
    const contact = resource === "contacts";
    const path = contact ? "/api/contacts" : "/api/appointments";
    try {
      const record = await this.#api.get(`${path}/${encodeURIComponent(id)}`);
      const done = () => {
        this.#say(text.refused.saved);
        void this.#after(this.#refused);
      };
      if (contact)
        editRecord(this.#api, { path, record, build: contactForm, blank: BLANK_CONTACT, words: text.contact, done });
      else editWhole(this.#api, record, done);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#say(error.message);
    }
  }

  /** @returns {Record<string, string>} */
  #narrowed() {
    if (!this.#subject) return {};
    return { [this.#subject.resource === "calendar" ? "appointment_id" : "contact_id"]: this.#subject.id };
  }

  /** @param {import("./activity.js").Subject | null} subject */
  async #narrow(subject) {
    this.#subject = subject;
    this.#activity.restart();
    await this.#activity.load();
    this.#activity.focus();
  }

  /** @param {string} words */
  #say(words) {
    byId("toast").textContent = words;
    setTimeout(() => byId("toast").textContent === words && byId("toast").replaceChildren(), WORDS);
  }
}

void actForOpener(() => void new Review());
