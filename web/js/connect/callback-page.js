/**
 * The page to which Google leads back: tells the CRM page how it went, says so in words, and closes the window.
 * The service renders the body with `data-outcome`, `data-missing`, `data-email` and `data-pending`; the words are here.
 * @module
 */
import "../words/page-language.js";
import { actForOpener } from "../parts/acting.js";
import { cardButton, showCard } from "../parts/card.js";
import { fill, h } from "../parts/dom.js";
import { Api } from "../service/api.js";
import { ApiError } from "../service/errors.js";
import { caller } from "../service/caller.js";
import { tell } from "../service/messages.js";
import { text } from "../words/strings.js";
import { whenIn } from "../words/time.js";
import { authorize } from "./authorize.js";

const t = text.callback;
const CLOSE_AFTER = 900;
const api = new Api("", caller.token);

/** Tells the others and closes; a window that cannot close itself says that it may be closed. */
function connected() {
  tell({ type: "crmsync:result", outcome: "connected" });
  showCard({ id: "connected", symbol: "check", title: t.connected[0], lead: t.connected[1] });
  setTimeout(() => leave(t.connected[0]), CLOSE_AFTER);
}

/** Connected, and what was being removed after a disconnect is not any more: that is read before the window closes. */
function cameBack() {
  tell({ type: "crmsync:result", outcome: "connected" });
  const { endedTitle: title, ended: lead } = text.departure;
  const close = cardButton(text.common.close, () => leave(title), "primary");
  showCard({ id: "came-back", symbol: "check", title, lead, buttons: [close] });
}

/** @param {string} title */
function leave(title) {
  window.close();
  setTimeout(() => showCard({ id: "may-close", symbol: "check", title, lead: t.mayClose }), 300);
}

/** Google has said yes: whoever began takes it, if that is still who is there. @param {string} pending */
function granted(pending) {
  showCard({ id: "granted", symbol: "sync", title: text.connect.page, lead: text.connect.waiting });
  void actForOpener(() => take(pending), handOver);
}

/** @param {string} pending */
async function take(pending) {
  try {
    const taken = await confirm(pending);
    if (taken.outcome === "other_account") otherAccount(taken.email ?? "", pending);
    else took(taken);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 410) await lookWhoTook();
    else if (!caller.over) refused("failed");
  }
}

/**
 * What the service says when it has taken it.
 * @param {{outcome: string, missing: string[], email: string | null, until: string | null, ended_clean_up: boolean}} taken
 */
function took({ outcome, missing, email, until, ended_clean_up: ended }) {
  if (outcome === "waiting") waits({ email: "", until: until ?? "", next: email ?? "" });
  else if (outcome === "partial") partial(missing.join());
  else if (ended) cameBack();
  else connected();
}

/** The account before is cleaned up first. @param {{email: string, until: string, next: string}} departure */
function waits({ email, until, next }) {
  tell({ type: "crmsync:result", outcome: "waiting" });
  const { before, next: words, nextTitle } = text.departure;
  showCard({
    id: "waits",
    symbol: "clock",
    title: nextTitle,
    lead: whenIn(until, (time, day) => words(email || before, next || t.otherUnknown, time, day)),
    buttons: [cardButton(text.common.close, () => leave(nextTitle), "primary")],
  });
}

/** There is nothing to take: the attempt is over, or the page that opened us was faster, or we were, and were not told. */
async function lookWhoTook() {
  const { account, granted, departure } = await api.get("/api/sync");
  if (!account && departure?.next) waits(departure);
  else if (!account) refused("expired");
  else if (granted.contacts && granted.calendar) connected();
  else partial(granted.contacts ? "calendar" : "contacts");
}

/** @param {string} pending @param {boolean} [afresh] */
function confirm(pending, afresh = false) {
  return api.post("/api/google/connect/confirm", { pending, afresh });
}

/** Google's pages have cut our tie to the page that opened us: that page goes on. */
function handOver() {
  showCard({ id: "handed-over", symbol: "check", title: t.handedOver[0], lead: t.handedOver[1] });
  setTimeout(() => leave(t.handedOver[0]), CLOSE_AFTER);
}

/** @param {string} missing "calendar" or "contacts" */
function partial(missing) {
  tell({ type: "crmsync:result", outcome: "partial" });
  const calendar = missing !== "contacts";
  const error = errorLine();
  showCard({
    id: "partial",
    symbol: "alert",
    warn: true,
    title: t.partialTitle,
    lead: calendar ? t.onlyContacts : t.onlyCalendar,
    body: [h("p", {}, t.partialHow), error],
    buttons: [
      cardButton(t.later, () => leave(t.partialTitle)),
      cardButton(
        calendar ? t.allowCalendar : t.allowContacts,
        (button) => attempt(button, error, () => authorize(api)),
        "primary",
      ),
    ],
  });
}

/** Why nothing was connected. */
const REFUSALS = /** @type {const} */ (["denied", "policy", "internal", "setup", "expired", "failed"]);

/** @param {typeof REFUSALS[number]} outcome */
function refused(outcome) {
  tell({ type: "crmsync:result", outcome: outcome });
  const [title, lead] = t[outcome];
  const error = errorLine();
  showCard({
    id: outcome,
    symbol: outcome === "denied" ? "close" : "alert",
    warn: outcome !== "denied",
    title,
    lead,
    body: [error],
    buttons: [
      cardButton(text.common.close, () => leave(title)),
      cardButton(text.common.retry, (button) => attempt(button, error, () => authorize(api)), "primary"),
    ],
  });
}

/**
 * Another Google account than before: nothing is stored until the person says so.
 * @param {string} email
 * @param {string} pending
 */
function otherAccount(email, pending) {
  const error = errorLine();
  const start = async () => {
    took(await confirm(pending, true));
  };
  const keep = () => {
    tell({ type: "crmsync:result", outcome: "denied" });
    leave(t.cancelled[0]);
  };
  showCard({
    id: "other_account",
    symbol: "people",
    warn: true,
    title: t.otherTitle,
    lead: t.other(email || t.otherUnknown),
    body: [error],
    buttons: [
      cardButton(t.keepOld, keep),
      cardButton(t.startAfresh, (button) => attempt(button, error, start, t.starting), "primary"),
    ],
  });
}

function errorLine() {
  return h("p", { class: "error", role: "alert", hidden: true });
}

/**
 * @param {HTMLButtonElement} button
 * @param {HTMLElement} error
 * @param {() => Promise<void>} work
 * @param {string} [busy]
 */
async function attempt(button, error, work, busy = text.connect.busy) {
  const label = button.textContent ?? "";
  button.disabled = true;
  button.textContent = busy;
  error.hidden = true;
  try {
    await work();
  } catch (caught) {
    if (!(caught instanceof ApiError)) throw caught;
    error.textContent = caught.message;
    error.hidden = false;
    button.disabled = false;
    button.textContent = label;
    button.focus();
  }
}

function show() {
  const { outcome = "failed", pending = "" } = document.body.dataset;
  fill(document.body, h("main", { class: "card-page", id: "main" }));
  if (outcome === "granted" || outcome === "other_account") granted(pending);
  else refused(REFUSALS.find((each) => each === outcome) ?? "failed");
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", show, { once: true });
else show();
