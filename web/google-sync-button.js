/**
 * `<google-sync-button>`: the one element that a host page embeds. See docs/embed.md.
 * @module
 */
import { Attempt } from "./js/button/attempt.js";
import { deedDialog } from "./js/button/deed-dialog.js";
import { departureNote, runningWords } from "./js/button/departure.js";
import { disconnectDialog } from "./js/button/disconnect-dialog.js";
import { ButtonView } from "./js/button/view.js";
import { h } from "./js/parts/dom.js";
import { ConnectWindow, openWindow, windowName } from "./js/parts/windows.js";
import { Answering } from "./js/service/answering.js";
import { Api, withQuery } from "./js/service/api.js";
import { claims } from "./js/service/claims.js";
import { ApiError } from "./js/service/errors.js";
import { hear } from "./js/service/messages.js";
import { isMoving, isWaiting, StatusPoller } from "./js/service/sync-status.js";
import { language, speak } from "./js/words/language.js";
import { text } from "./js/words/strings.js";

const t = text.button;
/** The service is where this file comes from, whatever page embeds it. */
const SERVICE = new URL(import.meta.url).origin;

/** @typedef {import("./js/service/sync-status.js").Status} Status */
/** @typedef {import("./js/button/panel.js").Action} Action */
/** @typedef {import("./js/service/answering.js").TokenProvider} TokenProvider */

/**
 * Shows the state of the sync and opens its windows.
 *
 * The page gives the caller's ID token by the `tokenProvider` property (a function that answers a token, or a promise
 * of one) or by the `token` attribute. After every change of the status it dispatches `google-sync-status` with the
 * status as `detail`.
 */
export class GoogleSyncButton extends HTMLElement {
  static observedAttributes = ["token"];
  /** @type {TokenProvider | null} */
  #provider = null;
  #api = new Api(SERVICE, async (renew) => (await this.#token(renew)) ?? null);
  #window = new ConnectWindow();
  #attempt = new Attempt(
    this.#api,
    () => this.#window.visible,
    (pending, taken) => this.#take(pending, taken),
  );
  /** @type {ButtonView | null} */
  #made = null;
  #poller = new StatusPoller(
    this.#api,
    (status, error) => this.#receive(status, error),
    () => this.#window.pending,
  );
  /** @type {ApiError | null} */
  #error = null;
  #reported = false;
  /** How many contacts the last sync found: what the button goes on to offer while the next one is at work. */
  #offered = 0;
  /** What was said last of an account that was left. */
  #told = "null";
  /** Whether the message beside the button is about a window, and ends with it. */
  #waiting = false;
  #answering = new Answering(SERVICE, (renew = false) => this.#token(renew));
  #silence = () => {};
  /** Who was signed in when the token was asked for last: null for nobody, undefined before. @type {string | null | undefined} */
  #sub;

  connectedCallback() {
    this.#answering.start();
    this.#silence = hear(SERVICE, (message) => this.#hear(message));
    document.addEventListener("pointerdown", this.#pressedElsewhere);
    this.#render();
    this.#poller.start();
  }

  disconnectedCallback() {
    this.#answering.stop();
    this.#silence();
    this.#attempt.end();
    document.removeEventListener("pointerdown", this.#pressedElsewhere);
    this.#poller.stop();
  }

  /**
   * @param {string} _name
   * @param {string | null} before
   * @param {string | null} now
   */
  attributeChangedCallback(_name, before, now) {
    if (before !== now) this.#changeCaller();
  }

  /** @param {TokenProvider | null} provider */
  set tokenProvider(provider) {
    this.#provider = provider;
    this.#changeCaller();
  }

  get tokenProvider() {
    return this.#provider;
  }

  /** What is known of the sync, or null. @returns {Status | null} */
  get status() {
    return this.#poller.status;
  }

  /** Made when it is first needed in the page: only then is the language known, from the nearest `lang`. */
  get #view() {
    if (!this.#made) {
      speak([/** @type {HTMLElement | null} */ (this.closest("[lang]"))?.lang]);
      this.#made = new ButtonView(
        this,
        () => this.#press(),
        (action) => this.#act(action),
      );
    }
    return this.#made;
  }

  /** Asks the service for the status now, for instance after the host has saved a record. */
  refresh() {
    this.#poller.now();
  }

  /** The token of whoever is signed in now; a host may change that without telling us. @param {boolean} renew */
  async #token(renew) {
    const token = (this.#provider ? await this.#provider(renew) : this.getAttribute("token")) || null;
    const sub = token === null ? null : (claims(token).sub ?? "");
    const changed = this.#sub !== undefined && this.#sub !== sub;
    this.#sub = sub;
    if (changed) this.#changeCaller();
    return token;
  }

  /** Nothing of the person before goes on: not what is shown, and no window. */
  #changeCaller() {
    this.#answering.changed();
    this.#window.close();
    this.#attempt.end();
    this.#reported = false;
    this.#told = "null";
    this.#offered = 0;
    this.#error = null;
    this.#poller.reset();
    if (!this.isConnected) return;
    this.#view.say();
    this.#view.close();
    this.#render();
    this.#poller.start();
  }

  /** @param {Status | null} status @param {ApiError | null} error */
  #receive(status, error) {
    this.#error = error;
    if (status && !isMoving(status)) {
      this.#offered = status.state === "contacts_found" || isWaiting(status) ? status.waiting : 0;
    }
    this.#render();
    if (!status || error) return;
    this.#tellDeparture();
    if (status.account) void this.#reportLogin();
    const event = new CustomEvent("google-sync-status", { detail: status, bubbles: true, composed: true });
    this.dispatchEvent(event);
  }

  /** Tells the service once per page that its user is here, so that a sync brings both sides in step. */
  async #reportLogin() {
    if (this.#reported) return;
    this.#reported = true;
    try {
      await this.#askForSync("login");
      this.#poller.now();
    } catch (error) {
      // The schedule catches up on a login that could not be reported.
      if (!(error instanceof ApiError)) throw error;
    }
  }

  /** A running sync is joined, so that asking again after a failure is safe. @param {"login" | "manual"} reason */
  #askForSync(reason) {
    return this.#api.post("/api/sync", { reason }, { key: crypto.randomUUID() });
  }

  /** @param {import("./js/service/messages.js").Message} message */
  #hear(message) {
    if (message.type === "crmsync:attempt") return this.#attempt.begin(String(message.pending));
    if (message.type === "crmsync:result") {
      this.#attempt.end();
      this.#window.settle();
      this.#endWaiting();
    }
    this.#poller.now();
  }

  /**
   * Google has granted what the pop-up could not take.
   * @param {string} pending
   * @param {import("./js/button/attempt.js").Taken} taken
   */
  #take(pending, { outcome, email, ended_clean_up: ended }) {
    this.#window.settle();
    this.#endWaiting();
    if (outcome === "other_account") this.#askAfresh(pending, email ?? text.callback.otherUnknown);
    else if (ended) this.#view.say(text.departure.ended);
    this.#poller.now();
  }

  /** @param {string} pending @param {string} email of another account than before */
  #askAfresh(pending, email) {
    const dialog = deedDialog({
      title: text.callback.otherTitle,
      lead: text.callback.other(email),
      go: text.callback.startAfresh,
      busy: text.callback.starting,
      act: async () => {
        await this.#api.post("/api/google/connect/confirm", { pending, afresh: true });
        this.#poller.now();
      },
    });
    this.#view.showDialog(dialog);
  }

  #endWaiting() {
    if (this.#waiting) this.#view.say();
    this.#waiting = false;
  }

  get #state() {
    if (this.#error?.status === 401) return "signed_out";
    if (this.#error) return "unreachable";
    const state = this.#poller.status?.state ?? "checking";
    // A press that was on its way when a sync began must still open the sheet.
    return isMoving(this.#poller.status) && this.#offered ? "contacts_found" : state;
  }

  /** Whether nothing can be synced before the person has connected anew. */
  get #isDead() {
    return this.#poller.status?.problems.some((problem) => problem.action === "reconnect") ?? false;
  }

  #render() {
    const state = this.#state;
    const connected = state === "syncing" || state === "complete" || state === "contacts_found" || state === "paused";
    if (connected && !this.#window.visible) this.#endWaiting();
    this.#view.show(state, this.#poller.status, this.#offered);
  }

  #press() {
    const state = this.#state;
    if (state === "disconnected") this.#connect();
    else if (state === "contacts_found") this.#openSheet();
    else if (state === "unreachable") this.#poller.now();
    else this.#view.toggle();
  }

  /** @param {Action} action */
  #act(action) {
    this.#view.close(true);
    if (action === "sync" && this.#isDead) this.#connect("reconnect");
    else if (action === "sync") void this.#syncNow();
    else if (action === "sheet") this.#openSheet();
    else if (action === "review") this.#openReview();
    else if (action === "settings") this.#openSettings();
    else if (action === "resume") void this.#resume();
    else if (action === "disconnect") void this.#disconnect();
    else this.#connect(action);
  }

  /** @param {string} [purpose] what the pop-up is for: "reconnect", "allow_calendar" or "allow_contacts" */
  #connect(purpose) {
    const url = withQuery(`${SERVICE}/connect.html`, { for: purpose, lang: language() });
    this.#waiting = true;
    if (this.#window.open(url, windowName("connect", this.#sub))) {
      const show = { type: "button", class: "link", on: { click: () => this.#window.show() } };
      this.#view.say(t.windowOpen, h("button", show, t.showWindow));
      this.#watchWindow();
    } else {
      this.#view.say(t.blocked, this.#plainLink(url));
    }
    this.#poller.now();
  }

  /** Takes the message away when the person closes the window midway. */
  #watchWindow() {
    const watch = setInterval(() => {
      if (this.#window.visible) return;
      clearInterval(watch);
      this.#endWaiting();
      this.#poller.now();
    }, 500);
  }

  #openSheet() {
    this.#openPage("import.html", windowName("import", this.#sub), t.blockedSheet);
  }

  #openReview() {
    this.#openPage("review.html", windowName("review", this.#sub), t.blockedReview);
  }

  #openSettings() {
    this.#openPage("settings.html", windowName("settings", this.#sub), t.blockedSettings);
  }

  /** @param {string} page @param {string} name @param {string} blocked what is said when the browser refuses */
  #openPage(page, name, blocked) {
    const url = withQuery(`${SERVICE}/${page}`, { lang: language() });
    if (openWindow(url, name)) this.#view.say();
    else this.#view.say(blocked, this.#plainLink(url));
  }

  /**
   * A link that needs no pop-up permission, and whose tab can still ask us who is calling.
   * @param {string} href
   */
  #plainLink(href) {
    const click = () => {
      this.#window.expect();
      this.#poller.now();
    };
    return h("a", { href, target: "_blank", rel: "opener", on: { click } }, t.openHere);
  }

  /** What is paused goes on. */
  async #resume() {
    try {
      await this.#api.patch("/api/settings", { paused: { contacts: false, calendar: false } });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#view.say(t.failed(error.message));
    }
    this.#poller.now();
  }

  async #syncNow() {
    try {
      await this.#askForSync("manual");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#view.say(t.failed(error.message));
    }
    this.#poller.now();
  }

  async #disconnect() {
    try {
      const made = await this.#api.get("/api/google/connection");
      this.#view.showDialog(disconnectDialog(made, (choice) => this.#leave(choice)));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#view.say(t.failed(error.message));
    }
  }

  /** @param {import("./js/button/disconnect-dialog.js").Choice} choice */
  async #leave(choice) {
    const left = await this.#api.delete("/api/google/connection", choice);
    this.#view.say(runningWords(left, choice.google_copies !== "keep" || choice.crm_copies !== "keep"));
    this.#poller.now();
  }

  /** Says once what there is to say of an account that was left. */
  #tellDeparture() {
    const departure = this.#poller.status?.departure ?? null;
    const key = JSON.stringify(departure);
    if (key === this.#told) return;
    this.#told = key;
    const note = departureNote(departure);
    if (!note) return;
    this.#view.say(note.message, note.more, note.over ? () => void this.#hasRead() : undefined);
  }

  async #hasRead() {
    try {
      await this.#api.delete("/api/google/connection/report");
      this.#poller.now();
    } catch (error) {
      // It is told once more with the next page.
      if (!(error instanceof ApiError)) throw error;
    }
  }

  /** @param {Event} event */
  #pressedElsewhere = (event) => {
    if (!event.composedPath().includes(this)) this.#view.close();
  };
}

if (!customElements.get("google-sync-button")) customElements.define("google-sync-button", GoogleSyncButton);
