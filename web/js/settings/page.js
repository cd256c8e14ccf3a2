/**
 * The settings page: everything is saved as it is changed.
 * @module
 */
import "../words/page-language.js";
import { actForOpener, actingLine } from "../parts/acting.js";
import { byId, fill, h } from "../parts/dom.js";
import { stateBox } from "../parts/loading.js";
import { Api } from "../service/api.js";
import { ApiError } from "../service/errors.js";
import { caller } from "../service/caller.js";
import { hear } from "../service/messages.js";
import { text } from "../words/strings.js";
import { CalendarChoice } from "./calendar.js";
import { offerDownload } from "./download.js";
import { ErasureView, account, offerErasure } from "./erase.js";
import { showOwners } from "./owners.js";
import { Section, pick, radios, tick } from "./section.js";
import { countries, zones } from "./places.js";
import { showDirections, showSharing } from "./sharing.js";

const t = text.settings;
const PATH = "/api/settings";
const api = new Api("", caller.token);

/** What was changed last is saved last. @type {Promise<any>} */
let saving = Promise.resolve();

/** @param {import("./section.js").Settings} patch */
function send(patch) {
  const sent = saving.then(() => api.patch(PATH, patch));
  saving = sent.catch(() => {});
  return sent;
}

/** @param {"sync" | "sharing" | "events" | "calendar" | "places" | "owners" | "download" | "erase"} name */
const section = (name) => new Section(name, t[name].title, t[name].lead, send);

/** @param {import("./section.js").Settings} settings @param {import("./erase.js").Account} standing */
function show(settings, standing) {
  const sync = section("sync");
  showDirections(sync, settings);
  const sharing = section("sharing");
  showSharing(sharing, settings);
  const events = section("events");
  const choice = radios("google_events", t.events.title, t.events.choices, settings.google_events, (value, input) => {
    void events.save({ google_events: value }, input);
  });
  const declined = tick("show_declined", t.events.show_declined, settings.show_declined, (input) => {
    void events.save({ show_declined: input.checked }, input);
  });
  events.body.append(choice.element, declined);

  const calendar = section("calendar");
  const calendars = new CalendarChoice(api, calendar, settings.calendar_id);
  hear(location.origin, (message) => {
    if (message.type === "crmsync:result") void calendars.load();
  });
  void calendars.load();

  const places = section("places");
  const region = pick("region", t.places.region, countries(settings.region), settings.region, (select) => {
    void places.save({ region: select.value }, select);
  });
  const zone = pick("time_zone", t.places.zone, zones(settings.time_zone), settings.time_zone, (select) => {
    void places.save({ time_zone: select.value }, select);
  });
  places.body.append(h("div", { class: "pair" }, region, zone));

  const owners = section("owners");
  showOwners(owners, settings);
  const download = section("download");
  offerDownload(api, download);
  const erasing = section("erase");
  offerErasure(api, erasing, standing, follow);
  const sections = [sync, sharing, events, calendar, places, owners, download, erasing].map((each) => each.element);
  fill(byId("main"), header(), sections);
}

/** Everything about the person is being erased, or was: there is nothing left to set. @param {import("./erase.js").Account} standing */
function follow(standing) {
  const view = new ErasureView(api);
  view.header.append(actingLine());
  fill(byId("main"), view.header, view.element);
  void view.follow(standing);
}

function header() {
  return h(
    "header",
    { class: "settings-top" },
    h("h1", { tabindex: "-1" }, t.title),
    h("p", { class: "quiet" }, t.lead),
    actingLine(),
  );
}

async function start() {
  document.title = t.title;
  fill(byId("main"), header(), h("p", { class: "quiet", role: "status" }, text.common.loading));
  const failed = (/** @type {string} */ title, /** @type {string} */ words) => {
    const again = h(
      "button",
      { type: "button", class: "button", on: { click: () => void start() } },
      text.common.retry,
    );
    fill(byId("main"), header(), stateBox("failed", "alert", title, words, again));
  };
  try {
    const [settings, standing] = await Promise.all([api.get(PATH), account(api)]);
    if (standing.erasure) follow(standing);
    else show(settings, standing);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    failed(t.failed, error.message);
  }
}

void actForOpener(start);
