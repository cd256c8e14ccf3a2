/**
 * The demo CRM: a stand-in for a host page. It signs people in by the local issuer and embeds the button as any host would.
 * @module
 */
import { chooseLanguage } from "../words/page-language.js";
import "../../google-sync-button.js";
import { learnTypes } from "../choice/types.js";
import { cardButton, showCard } from "../parts/card.js";
import { byId, fill, h } from "../parts/dom.js";
import { Api } from "../service/api.js";
import { claims } from "../service/claims.js";
import { language } from "../words/language.js";
import { text } from "../words/strings.js";
import { appointmentList } from "./appointments/list.js";
import { consentList } from "./consent-list.js";
import { contactList } from "./contact-list.js";

const t = text.crm;
const KEY = "crm.session";

/** @returns {{user: string, name: string, token: string} | null} */
function session() {
  return JSON.parse(sessionStorage.getItem(KEY) ?? "null");
}

/** @param {string} user @param {string} name */
async function signIn(user, name) {
  const response = await fetch("/local/sign-in", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ user }),
  });
  if (!response.ok) throw new Error(t.signInFailed);
  const { id_token: token } = await response.json();
  sessionStorage.setItem(KEY, JSON.stringify({ user, name, token }));
}

/** The signed-in person's token; a new one when it is about to expire or was refused. @param {boolean} [renew] */
async function token(renew = false) {
  const known = session();
  if (!known) return null;
  const soon = Date.now() / 1000 + 60;
  if (renew || (claims(known.token).exp ?? Infinity) < soon) await signIn(known.user, known.name);
  return session()?.token ?? null;
}

async function showSignIn() {
  document.body.dataset.page = "sign-in";
  const response = await fetch("/local/users").catch(() => null);
  if (!response?.ok) {
    return showCard({
      id: "sign-in-failed",
      symbol: "alert",
      warn: true,
      title: t.signInFailed,
      lead: text.errors.offline,
      buttons: [cardButton(text.common.retry, () => void showSignIn(), "primary")],
    });
  }
  /** @type {{items: {user: string, name: string, email: string}[]}} */
  const { items } = await response.json();
  const people = items.map(({ user, name, email }) => {
    const choose = h(
      "button",
      { type: "button", class: "button person", data: { user } },
      h("strong", { dir: "auto" }, name),
      h("span", { class: "quiet small", dir: "auto" }, email),
    );
    choose.addEventListener("click", async () => {
      await signIn(user, name);
      showCrm();
    });
    return choose;
  });
  showCard({
    id: "sign-in",
    symbol: "people",
    title: t.signIn,
    lead: items.length > 0 ? t.signInLead : t.noUsers,
    body: [h("div", { class: "people" }, people)],
  });
}

function showCrm() {
  document.body.dataset.page = "crm";
  document.title = t.name;
  const api = new Api("", token);
  const say = (/** @type {string} */ words) => {
    byId("toast").textContent = words;
    setTimeout(() => byId("toast").textContent === words && byId("toast").replaceChildren(), 6000);
  };
  const button = /** @type {import("../../google-sync-button.js").GoogleSyncButton} */ (
    document.createElement("google-sync-button")
  );
  const changed = () => button.refresh();
  const pages = { contacts: contactList, appointments: appointmentList, consents: consentList };
  /** @type {{element: HTMLElement, refresh: (quietly?: boolean) => Promise<void>} | null} */
  let page = null;

  const title = h("h1", { tabindex: "-1" });
  const holder = h("div", {});
  const names = /** @type {(keyof typeof pages)[]} */ (Object.keys(pages));
  const tabs = names.map((name) => h("a", { href: `#${name}`, class: "nav", data: { page: name } }, t[name]));
  const show = () => {
    const name = names.find((each) => location.hash === `#${each}`) ?? "contacts";
    for (const tab of tabs) {
      if (tab.dataset.page === name) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    }
    title.textContent = t[name];
    page = pages[name](api, say, changed);
    fill(holder, page.element);
  };
  window.addEventListener("hashchange", show);

  let synced = "";
  button.tokenProvider = token;
  button.addEventListener("google-sync-status", (event) => {
    const { changed_at: now, state, waiting } = /** @type {CustomEvent} */ (event).detail;
    const mark = `${now} ${state} ${waiting}`;
    // What came from Google shows as soon as it is in.
    if (synced && mark !== synced && !document.querySelector("dialog[open]")) void page?.refresh();
    synced = mark;
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && !document.querySelector("dialog[open]")) void page?.refresh();
  });
  const leave = h("button", { type: "button", class: "button bare" }, t.signOut);
  leave.addEventListener("click", () => {
    sessionStorage.clear();
    location.reload();
  });
  const other = language() === "fr" ? "en" : "fr";
  const switchTo = h("button", { type: "button", class: "button bare", lang: other }, t.otherLanguage);
  switchTo.addEventListener("click", () => chooseLanguage(other));
  const who = h("span", { class: "who-am-i small", dir: "auto" }, session()?.name);
  const header = h(
    "header",
    { class: "crm-head" },
    h(
      "div",
      { class: "crm-width" },
      h("a", { href: "/", class: "brand" }, t.name),
      h("nav", { "aria-label": t.sections }, tabs),
      h("div", { class: "crm-me" }, who, switchTo, leave),
      button,
    ),
  );
  fill(
    document.body,
    h("a", { href: "#main", class: "skip" }, t.skip),
    header,
    h("main", { class: "crm-width", id: "main" }, title, holder),
    byId("dialogs"),
    byId("toast"),
  );
  void learnTypes(api).then(show);
}

if (session()) showCrm();
else void showSignIn();
