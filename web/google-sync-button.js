/**
 * `<google-sync-button>`: the one element that a host page embeds. See docs/embed.md.
 * @module
 */
import { Api } from "./js/api.js";
import { disconnectDialog } from "./js/disconnect-dialog.js";
import { fill, h, icon } from "./js/dom.js";
import { ApiError } from "./js/errors.js";
import { ConnectWindow, openWindow } from "./js/popup.js";
import { answerWindows } from "./js/session.js";
import { text } from "./js/strings.js";
import { buttonStyle } from "./js/sync-button-style.js";
import { panelContents } from "./js/sync-panel.js";
import { StatusPoller } from "./js/sync-status.js";

/** @typedef {import("./js/sync-status.js").Status} Status */
/** @typedef {import("./js/sync-panel.js").Action} Action */

const t = text.button;
/** The service is where this file comes from, whatever page embeds it. */
const SERVICE = new URL(import.meta.url).origin;
const PANEL_WIDTH = 320;

/** @type {Record<string, string>} Icon of each state. */
const ICONS = {
  disconnected: "sync",
  syncing: "sync",
  complete: "check",
  contacts_found: "people",
  attention: "alert",
  unreachable: "alert",
  signed_out: "sync",
  checking: "sync",
};

/**
 * Shows the state of the sync and opens its windows.
 *
 * The page gives the caller's ID token by the `tokenProvider` property (a function that answers a token, or a promise of one) or by the `token`
 * attribute. After every change of the status it dispatches `google-sync-status` with the status as `detail`.
 */
export class GoogleSyncButton extends HTMLElement {
  static observedAttributes = ["token"];
  /** @type {import("./js/session.js").TokenProvider | null} */
  #provider = null;
  #api = new Api(SERVICE, async () => (await this.#token()) ?? null);
  #window = new ConnectWindow();
  #poller = new StatusPoller(
    this.#api,
    (status, error) => this.#receive(status, error),
    () => this.#window.pending,
  );
  /** @type {ApiError | null} */
  #error = null;
  #reported = false;
  #announced = "";
  #silence = () => {};

  #label = h("span", { class: "label", part: "label" });
  #main = h("button", { type: "button", class: "main", part: "button", on: { click: () => this.#press() } });
  #more = h(
    "button",
    {
      type: "button",
      class: "more",
      part: "menu",
      "aria-label": t.menu,
      "aria-expanded": "false",
      "aria-controls": "panel",
      on: { click: () => this.#toggle() },
    },
    icon("down"),
  );
  #fill = h("div", { class: "fill" });
  #track = h("div", { class: "track", role: "progressbar", "aria-label": t.syncing, hidden: true }, this.#fill);
  #pill = h(
    "div",
    { class: "pill", part: "pill", role: "group", "aria-label": t.group },
    this.#main,
    this.#more,
    this.#track,
  );
  #panel = h("div", {
    class: "panel",
    id: "panel",
    part: "panel",
    role: "region",
    "aria-label": t.details,
    hidden: true,
  });
  #note = h("div", { class: "note", part: "note", role: "status", hidden: true });
  #live = h("div", { class: "hidden", role: "status" });
  #frame = h("div", { class: "frame" }, this.#pill, this.#note, this.#panel, this.#live);

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open", delegatesFocus: true });
    root.adoptedStyleSheets = [buttonStyle];
    root.append(this.#frame);
    this.#frame.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      if (!this.#panel.hidden) this.#toggle(false, true);
      else this.#say();
    });
  }

  connectedCallback() {
    this.#silence = answerWindows(
      SERVICE,
      () => this.#token(),
      (message) => this.#hear(message),
    );
    document.addEventListener("pointerdown", this.#clickedElsewhere);
    this.#render();
    this.#poller.start();
  }

  disconnectedCallback() {
    this.#silence();
    document.removeEventListener("pointerdown", this.#clickedElsewhere);
    this.#poller.stop();
  }

  attributeChangedCallback() {
    this.#changeCaller();
  }

  /** @param {import("./js/session.js").TokenProvider | null} provider */
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

  /** Asks the service for the status now, for instance after the host has saved a record. */
  refresh() {
    this.#poller.now();
  }

  async #token() {
    return this.#provider ? this.#provider() : this.getAttribute("token");
  }

  #changeCaller() {
    this.#reported = false;
    this.#error = null;
    this.#poller.reset();
    this.#say();
    this.#toggle(false);
    this.#render();
    if (this.isConnected) this.#poller.start();
  }

  /** @param {Status | null} status @param {ApiError | null} error */
  #receive(status, error) {
    this.#error = error;
    if (status?.account && !error) {
      if (this.#window.pending && !this.#window.visible) this.#window.settle();
      this.#reportLogin();
    }
    this.#render();
    if (status && !error)
      this.dispatchEvent(new CustomEvent("google-sync-status", { detail: status, bubbles: true, composed: true }));
  }

  /** Tells the service once per page that its user is here, so that a sync brings both sides in step. */
  async #reportLogin() {
    if (this.#reported) return;
    this.#reported = true;
    try {
      await this.#api.post("/api/sync", { reason: "login" }, { key: crypto.randomUUID() });
      this.#poller.now();
    } catch (error) {
      // The schedule catches up on a login that could not be reported.
      if (!(error instanceof ApiError)) throw error;
    }
  }

  /** @param {import("./js/session.js").Message} message */
  #hear(message) {
    if (message.type !== "crmsync:result" && message.type !== "crmsync:changed") return;
    if (message.outcome && message.outcome !== "partial") this.#say();
    this.#poller.now();
  }

  get #state() {
    if (this.#error?.status === 401) return "signed_out";
    if (this.#error) return "unreachable";
    return this.#poller.status?.state ?? "checking";
  }

  #press() {
    const state = this.#state;
    if (state === "disconnected") this.#connect();
    else if (state === "contacts_found") this.#openSheet();
    else if (state === "unreachable") this.#poller.now();
    else this.#toggle();
  }

  /** @param {string} [purpose] what the pop-up is for: "reconnect", "allow_calendar" or "allow_contacts" */
  #connect(purpose) {
    const url = `${SERVICE}/connect.html${purpose ? `?for=${purpose}` : ""}`;
    if (this.#window.open(url)) {
      this.#say(
        t.windowOpen,
        h("button", { type: "button", class: "link", on: { click: () => this.#window.show() } }, t.showWindow),
      );
    } else {
      this.#say(
        t.blocked,
        this.#plainLink(url, () => this.#window.expect()),
      );
    }
    this.#poller.now();
  }

  #openSheet() {
    const url = `${SERVICE}/import.html`;
    if (openWindow(url, "crmsync-import")) this.#say();
    else this.#say(t.blockedSheet, this.#plainLink(url));
  }

  /** A link that needs no pop-up permission, and whose tab can still ask us who is calling. @param {string} href @param {() => void} [followed] */
  #plainLink(href, followed) {
    const click = () => {
      followed?.();
      this.#poller.now();
    };
    return h("a", { href, target: "_blank", rel: "opener", on: { click } }, t.openHere);
  }

  /** @param {Action} action */
  #act(action) {
    this.#toggle(false, true);
    if (action === "sync")
      void this.#attempt(() => this.#api.post("/api/sync", { reason: "manual" }, { key: crypto.randomUUID() }));
    else if (action === "sheet") this.#openSheet();
    else if (action === "disconnect") this.#disconnect();
    else this.#connect(action);
  }

  /** @param {() => Promise<any>} work */
  async #attempt(work) {
    try {
      await work();
      this.#poller.now();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#say(t.failed(error.message));
    }
  }

  #disconnect() {
    const dialog = disconnectDialog(async (choice) => {
      await this.#api.delete("/api/google/connection", choice);
      this.#poller.now();
    });
    this.#frame.append(dialog);
    dialog.addEventListener("close", () => this.#main.focus());
    dialog.showModal();
  }

  /** Shows a message beside the button, or takes it away. @param {string} [message] @param {HTMLElement} [extra] */
  #say(message, extra) {
    this.#note.hidden = !message;
    if (!message) return this.#note.replaceChildren();
    this.#align();
    const dismiss = h(
      "button",
      { type: "button", class: "dismiss", "aria-label": text.common.close, on: { click: () => this.#say() } },
      icon("close"),
    );
    fill(this.#note, h("p", {}, message, " ", extra), dismiss);
  }

  /** @param {boolean} [open] @param {boolean} [refocus] */
  #toggle(open = Boolean(this.#panel.hidden), refocus = false) {
    this.#panel.hidden = !open || !this.#poller.status?.account;
    if (!this.#panel.hidden) {
      this.#say();
      this.#align();
      this.#renderPanel();
    } else if (refocus) {
      (this.#more.hidden ? this.#main : this.#more).focus();
    }
    this.#renderExpanded();
  }

  /** @param {Event} event */
  #clickedElsewhere = (event) => {
    if (!this.#panel.hidden && !event.composedPath().includes(this)) this.#toggle(false);
  };

  /** Lets panel and message open towards the side that has room. */
  #align() {
    this.#frame.classList.toggle("start", this.getBoundingClientRect().right < PANEL_WIDTH + 12);
  }

  #render() {
    const state = this.#state;
    const status = this.#poller.status;
    this.#pill.dataset.state = state;
    this.#main.disabled = state === "checking" || state === "signed_out";
    this.#more.hidden = !status?.account || state === "signed_out";
    this.#label.textContent = this.#words(state, status);
    fill(this.#main, icon(ICONS[state]), this.#label);
    this.#renderProgress(state === "syncing" ? status?.progress : undefined);
    if (this.#more.hidden) this.#panel.hidden = true;
    if (!this.#panel.hidden) this.#renderPanel();
    if (status?.account && !this.#window.visible && this.#note.querySelector(".link, a")) this.#say();
    this.#renderExpanded();
    this.#announce(state, status);
  }

  /** @param {string} state @param {Status | null} status */
  #words(state, status) {
    if (state === "syncing" && status?.progress) {
      const { phase, done, total } = status.progress;
      return t.progress(t.phases[phase] ?? t.syncing, done, total);
    }
    const words = {
      disconnected: t.enable,
      syncing: `${t.syncing}…`,
      complete: t.complete,
      contacts_found: t.found(status?.waiting ?? 0),
      attention: t.attention,
      unreachable: t.unreachable,
      signed_out: t.signedOut,
    };
    return words[/** @type {keyof typeof words} */ (state)] ?? t.checking;
  }

  /** @param {Status["progress"] | undefined} progress */
  #renderProgress(progress) {
    this.#track.hidden = progress === undefined;
    const total = progress?.total ?? 0;
    this.#track.toggleAttribute("data-open", total === 0);
    if (progress && total > 0) {
      const percent = Math.min(100, Math.round((100 * progress.done) / total));
      this.#fill.style.width = `${percent}%`;
      this.#track.setAttribute("aria-valuenow", String(percent));
      this.#track.setAttribute("aria-valuetext", this.#label.textContent ?? "");
    } else {
      this.#fill.style.removeProperty("width");
      this.#track.removeAttribute("aria-valuenow");
      this.#track.removeAttribute("aria-valuetext");
    }
  }

  #renderPanel() {
    const status = this.#poller.status;
    if (!status) return;
    const focused = /** @type {HTMLElement | null} */ (this.shadowRoot?.activeElement)?.dataset.action;
    fill(
      this.#panel,
      panelContents(status, (action) => this.#act(action)),
    );
    /** @type {HTMLElement | null} */ (
      focused ? this.#panel.querySelector(`[data-action="${focused}"]`) : null
    )?.focus();
  }

  #renderExpanded() {
    const expanded = String(!this.#panel.hidden);
    this.#more.setAttribute("aria-expanded", expanded);
    if (this.#more.hidden || this.#state === "contacts_found") this.#main.removeAttribute("aria-expanded");
    else this.#main.setAttribute("aria-expanded", expanded);
  }

  /** Says the ends of things, not each tick. @param {string} state @param {Status | null} status */
  #announce(state, status) {
    const words = {
      syncing: t.announce.syncing,
      complete: t.announce.complete,
      disconnected: t.announce.disconnected,
      contacts_found: t.found(status?.waiting ?? 0),
      attention: t.attention,
    };
    const said = words[/** @type {keyof typeof words} */ (state)];
    if (!said || said === this.#announced) return;
    if (this.#announced) this.#live.textContent = said;
    this.#announced = said;
  }
}

if (!customElements.get("google-sync-button")) customElements.define("google-sync-button", GoogleSyncButton);
