/**
 * What the button looks like in each state. It shows and asks; what a press does is the element's.
 * @module
 */
import { fill, h, icon } from "../parts/dom.js";
import { isWaiting } from "../service/sync-status.js";
import { text } from "../words/strings.js";
import { sayInstant } from "../words/time.js";
import { panelContents } from "./panel.js";
import { buttonStyle } from "./style.js";
import { otherProblems, waitWords, wordsChangeIn } from "./waits.js";

const t = text.button;
const PANEL_WIDTH = 320;
/** What takes less than this, in seconds, needs no announcement. */
const WORTH_SAYING = 60;

/** @typedef {import("../service/sync-status.js").Status} Status */
/** @typedef {import("./panel.js").Action} Action */
/** @typedef {Status["state"] | "checking" | "unreachable" | "signed_out"} State */

/** @type {Record<State, string>} Icon of each state. */
const ICONS = {
  checking: "sync",
  signed_out: "sync",
  disconnected: "sync",
  syncing: "sync",
  complete: "check",
  contacts_found: "people",
  attention: "alert",
  paused: "clock",
  unreachable: "alert",
};

/** The pill, its panel, its message, and what a screen reader hears. */
export class ButtonView {
  #host;
  #act;
  /** @type {Status | null} */
  #status = null;
  /** @type {State} */
  #state = "checking";
  #found = 0;
  #announced = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #change;

  #label = h("span", { class: "label", part: "label" });
  #main = h("button", { type: "button", class: "main", part: "button" });
  #more = h(
    "button",
    { type: "button", class: "more", part: "menu", "aria-expanded": "false", "aria-controls": "panel" },
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

  /**
   * @param {HTMLElement} host
   * @param {() => void} press called when the button itself is pressed
   * @param {(action: Action) => void} act called with what was chosen in the panel
   */
  constructor(host, press, act) {
    this.#host = host;
    this.#act = act;
    const root = host.attachShadow({ mode: "open", delegatesFocus: true });
    root.adoptedStyleSheets = [buttonStyle];
    root.append(this.#frame);
    this.#main.addEventListener("click", press);
    this.#more.addEventListener("click", () => this.toggle());
    this.#frame.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      if (this.#panel.hidden) this.say();
      else this.close(true);
    });
  }

  /**
   * Shows a state.
   * @param {State} state
   * @param {Status | null} status
   * @param {number} found how many contacts wait on the import sheet
   */
  show(state, status, found) {
    this.#state = state;
    this.#status = status;
    this.#found = found;
    const moves = status?.state === "syncing" && (state === "syncing" || state === "contacts_found");
    const waits = state === "syncing" && isWaiting(status);
    this.#pill.dataset.state = state;
    this.#pill.toggleAttribute("data-waits", waits);
    this.#main.disabled = state === "checking" || state === "signed_out";
    this.#more.hidden = !status?.account || state === "signed_out";
    const noted = status !== null && otherProblems(status).length > 0;
    this.#more.toggleAttribute("data-note", noted && state !== "attention");
    this.#more.setAttribute("aria-label", noted ? t.menuNote : t.menu);
    const said = words(state, status, found);
    fill(this.#label, said[0], said[1] && h("span", { class: "far" }, said[1]));
    fill(this.#main, icon(waits ? "clock" : ICONS[state]), this.#label);
    const far = moves && (!waits || status?.progress?.total);
    this.#showProgress(far ? (status?.progress ?? null) : undefined);
    this.#changeInTime();
    if (this.#more.hidden) this.#panel.hidden = true;
    if (!this.#panel.hidden) this.#showPanel();
    this.#showExpanded();
    this.#announce();
  }

  /** The words on a wait change as its end comes near, though nothing new is heard. */
  #changeInTime() {
    clearTimeout(this.#change);
    const wait = this.#status && wordsChangeIn(this.#status);
    if (wait !== null) this.#change = setTimeout(() => this.show(this.#state, this.#status, this.#found), wait + 500);
  }

  /**
   * Shows a message beside the button, or takes it away.
   * @param {string} [message]
   * @param {HTMLElement} [extra]
   * @param {() => void} [read] called when the person takes it away
   */
  say(message, extra, read) {
    this.#note.hidden = !message;
    if (!message) return this.#note.replaceChildren();
    this.#align();
    const close = {
      type: "button",
      class: "dismiss",
      "aria-label": text.common.close,
      on: {
        click: () => {
          this.say();
          read?.();
        },
      },
    };
    fill(this.#note, h("p", {}, message, " ", extra), h("button", close, icon("close")));
  }

  /** Opens the panel, or closes it. */
  toggle() {
    if (!this.#panel.hidden || !this.#status?.account) return this.close();
    this.say();
    this.#align();
    this.#panel.hidden = false;
    this.#showPanel();
    this.#showExpanded();
  }

  /** Closes the panel. @param {boolean} [refocus] whether the focus goes back to what opened it */
  close(refocus = false) {
    this.#panel.hidden = true;
    this.#showExpanded();
    if (refocus) (this.#more.hidden ? this.#main : this.#more).focus();
  }

  /** Shows a dialog on top; afterwards the focus is on the button. @param {HTMLDialogElement} dialog */
  showDialog(dialog) {
    this.#frame.append(dialog);
    dialog.addEventListener("close", () => this.#main.focus());
    dialog.showModal();
  }

  /** Lets panel and message open towards the side that has room. */
  #align() {
    this.#frame.classList.toggle("start", this.#host.getBoundingClientRect().right < PANEL_WIDTH + 12);
  }

  /** @param {Status["progress"] | undefined} progress null: at work, no one knows how far */
  #showProgress(progress) {
    this.#track.hidden = progress === undefined;
    const total = progress?.total ?? 0;
    this.#track.toggleAttribute("data-open", total === 0);
    if (progress && total > 0) {
      const percent = Math.min(100, Math.round((100 * progress.done) / total));
      this.#fill.style.width = `${percent}%`;
      this.#track.setAttribute("aria-valuenow", String(percent));
      this.#track.setAttribute("aria-valuetext", words("syncing", this.#status, 0).join(", "));
    } else {
      this.#fill.style.removeProperty("width");
      this.#track.removeAttribute("aria-valuenow");
      this.#track.removeAttribute("aria-valuetext");
    }
  }

  /** Renders the panel; what had the focus keeps it. */
  #showPanel() {
    if (!this.#status) return;
    const focused = /** @type {HTMLElement | null} */ (this.#host.shadowRoot?.activeElement)?.dataset.action;
    fill(this.#panel, panelContents(this.#status, this.#act));
    const again = focused ? this.#panel.querySelector(`[data-action="${focused}"]`) : null;
    /** @type {HTMLElement | null} */ (again)?.focus();
  }

  #showExpanded() {
    const expanded = String(!this.#panel.hidden);
    this.#more.setAttribute("aria-expanded", expanded);
    const opens = !this.#more.hidden && ["syncing", "complete", "attention", "paused"].includes(this.#state);
    if (opens) this.#main.setAttribute("aria-expanded", expanded);
    else this.#main.removeAttribute("aria-expanded");
  }

  /** Says the ends of things, not each tick. */
  #announce() {
    const said = {
      syncing: isWaiting(this.#status) ? t.announce.waiting : t.announce.syncing,
      complete: t.announce.complete,
      disconnected: t.announce.disconnected,
      contacts_found: t.found(this.#found),
      attention: t.attention,
      paused: t.announce.paused,
    }[/** @type {Status["state"]} */ (this.#state)];
    if (!said || said === this.#announced) return;
    if (this.#announced) this.#live.textContent = said;
    this.#announced = said;
  }
}

/**
 * What the button says, in one line or two: how far it is needs a second.
 * @param {State} state
 * @param {Status | null} status
 * @param {number} found
 * @returns {string[]}
 */
function words(state, status, found) {
  if (state === "syncing" && status?.progress) {
    return isWaiting(status) ? waitWords(status) : progressWords(status.progress);
  }
  if (state === "paused" && status) return pausedWords(status);
  const said = {
    checking: t.checking,
    signed_out: t.signedOut,
    disconnected: t.enable,
    syncing: `${t.syncing}…`,
    complete: t.complete,
    contacts_found: t.found(found),
    attention: t.attention,
    paused: t.paused,
    unreachable: t.unreachable,
  };
  return [said[state]];
}

/** Since when all is paused. @param {Status} status */
function pausedWords({ resources }) {
  const times = Object.values(resources).flatMap(({ paused_at: at }) => at ?? []);
  return [t.paused, t.pausedSince(sayInstant(times.sort()[0], { month: "long", day: "numeric" }))];
}

/** @param {NonNullable<Status["progress"]>} progress */
function progressWords({ phase, done, total, seconds_left: left }) {
  const doing = t.phases[phase] ?? t.syncing;
  if (!total) return [`${doing}…`];
  const far = t.far(done, total);
  return [doing, left === null || left < WORTH_SAYING ? far : `${far} · ${t.left(Math.round(left / 60))}`];
}
