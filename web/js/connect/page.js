/**
 * The pop-up: says what will happen, then leads to Google.
 * @module
 */
import "../words/page-language.js";
import { actForOpener, actingLine } from "../parts/acting.js";
import { cardButton, showCard } from "../parts/card.js";
import { fill, h, icon } from "../parts/dom.js";
import { CHOICES, fieldWords } from "../parts/shared-fields.js";
import { Api } from "../service/api.js";
import { ApiError } from "../service/errors.js";
import { caller } from "../service/caller.js";
import { text } from "../words/strings.js";
import { authorize } from "./authorize.js";

const t = text.connect;
const api = new Api("", caller.token);

/** Purposes for which nothing new is asked of somebody who has read it all before. @type {Record<string, string>} */
const KNOWN = { reconnect: t.titles.again, allow_calendar: t.titles.more, allow_contacts: t.titles.more };

/** The ways on which something leaves the CRM. */
const GOES = new Set(["both", "to_google"]);

function begin() {
  const purpose = new URLSearchParams(location.search).get("for") ?? "";
  if (purpose === "calendar_list") askForList();
  else if (KNOWN[purpose]) goStraight(KNOWN[purpose]);
  else void explain();
}

/** Says what will happen, and what goes to Google, before anything does. */
async function explain() {
  try {
    showExplanation(await api.get("/api/settings"));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const again = cardButton(text.common.retry, () => void explain(), "primary");
    showCard({ id: "failed", symbol: "alert", title: t.titles.enable, lead: error.message, buttons: [again] });
  }
}

/** @param {{directions: Record<string, string>, sharing: Record<string, string>}} settings */
function showExplanation({ directions, sharing }) {
  const going = { ...sharing };
  const lists = h("div", { class: "goes" });
  const list = () => fill(lists, leaving(directions, going));
  const points = t.points.map(([symbol, head, body]) =>
    h("li", {}, icon(symbol), h("strong", {}, head), h("p", {}, body), symbol === "upload" && lists),
  );
  const notes = h("input", { type: "checkbox", name: "notes", checked: GOES.has(sharing.notes) });
  notes.addEventListener("change", () => {
    going.notes = notes.checked ? "both" : "to_crm";
    list();
  });
  list();
  const error = h("p", { class: "error", role: "alert", hidden: true });
  /** @param {HTMLButtonElement} button */
  const enable = async (button) => {
    try {
      if (going.notes !== sharing.notes) await api.patch("/api/settings", { sharing: going });
      askForAuthorization();
    } catch (caught) {
      if (!(caught instanceof ApiError)) throw caught;
      error.textContent = caught.message;
      error.hidden = false;
      button.focus();
    }
  };
  showCard({
    id: "explain",
    symbol: "sync",
    title: t.titles.enable,
    lead: t.lead,
    body: [
      h("ul", { class: "points" }, points),
      h("label", { class: "choice-line" }, notes, h("span", {}, t.notes)),
      h("p", { class: "quiet small" }, t.privacy),
      actingLine(),
      error,
    ],
    buttons: [cardButton(text.common.cancel, cancel), cardButton(t.enable, enable, "primary")],
  });
}

/**
 * What goes to Google of each contact and appointment, and what does not.
 * @param {Record<string, string>} directions
 * @param {Record<string, string>} sharing
 */
function leaving(directions, sharing) {
  const kinds = /** @type {(keyof typeof CHOICES)[]} */ (["contacts", "calendar"]);
  const kept = [...CHOICES.contacts, ...CHOICES.calendar].filter((name) => !GOES.has(sharing[name]));
  const words = (/** @type {string[]} */ names) => names.map((name) => inSentence(fieldWords(name)));
  const lines = kinds.map((kind) => {
    if (directions[kind] === "from_google") return [t.goes.heads[kind], t.goes.nothing];
    const names = CHOICES[kind].filter((name) => GOES.has(sharing[name]));
    return [t.goes.heads[kind], [t.goes.always[kind], ...words(names)].join(", ")];
  });
  lines.push([t.goes.heads.kept, [...words(kept), t.goes.neverLeaves].join(", ")]);
  return h("dl", { class: "small" }, lines.map(([head, said]) => [h("dt", {}, head), h("dd", {}, said)]).flat());
}

/** @param {string} words */
function inSentence(words) {
  return words.charAt(0).toLocaleLowerCase() + words.slice(1);
}

/** Leads to Google by itself; only a failure needs the person. @param {string} title */
function goStraight(title) {
  const error = h("p", { class: "error", role: "alert", hidden: true });
  const go = cardButton(t.authorize, (button) => leave(button, error), "primary");
  showCard({
    id: "straight",
    symbol: "hand",
    title,
    lead: t.straightLead,
    body: [h("p", { class: "quiet small" }, t.authorizeNote), actingLine(), error],
    buttons: [cardButton(text.common.cancel, cancel), go],
  });
  void leave(go, error);
}

/** Asks for one more permission, without the steps of the first time. */
function askForList() {
  const error = h("p", { class: "error", role: "alert", hidden: true });
  const go = (/** @type {HTMLButtonElement} */ button) => leave(button, error, ["calendar_list"]);
  showCard({
    id: "list",
    symbol: "calendar",
    title: t.titles.list,
    lead: t.listLead,
    body: [h("p", { class: "quiet small" }, t.authorizeNote), actingLine(), error],
    buttons: [cardButton(text.common.cancel, cancel), cardButton(t.authorize, go, "primary")],
  });
}

function askForAuthorization() {
  const error = h("p", { class: "error", role: "alert", hidden: true });
  showCard({
    id: "authorize",
    symbol: "hand",
    title: t.authorizeTitle,
    lead: t.authorizeLead,
    body: [
      h(
        "ol",
        { class: "steps" },
        t.steps.map((step) => h("li", {}, step)),
      ),
      h("p", { class: "quiet small" }, t.authorizeNote),
      trouble(),
      actingLine(),
      error,
    ],
    buttons: [
      cardButton(text.common.cancel, cancel),
      cardButton(t.authorize, (button) => leave(button, error), "primary"),
    ],
  });
}

/** What Google says on pages of its own, from which no way leads back to us. */
function trouble() {
  const each = t.troubles.map(([said, way]) => [h("dt", {}, said), h("dd", { class: "quiet" }, way)]);
  return h(
    "details",
    { class: "trouble small" },
    h("summary", {}, t.trouble),
    h("p", { class: "quiet" }, t.troubleLead),
    h("dl", {}, each.flat()),
  );
}

/**
 * @param {HTMLButtonElement} button
 * @param {HTMLElement} error
 * @param {string[]} [scopes]
 */
async function leave(button, error, scopes) {
  button.disabled = true;
  button.textContent = t.busy;
  error.hidden = true;
  try {
    await authorize(api, scopes);
  } catch (caught) {
    if (!(caught instanceof ApiError)) throw caught;
    error.textContent = caught.message;
    error.hidden = false;
    button.disabled = false;
    button.textContent = text.common.retry;
    button.focus();
  }
}

function cancel() {
  window.close();
  // A tab that was not opened by a script cannot close itself: then it says so.
  showCard({ id: "cancelled", symbol: "close", title: text.callback.cancelled[0], lead: text.callback.mayClose });
}

// A page that comes back from the browser's cache still says "Going to Google…".
window.addEventListener("pageshow", (event) => event.persisted && begin());
showCard({ id: "waiting", symbol: "sync", title: t.page, lead: t.waiting });
void actForOpener(begin);
