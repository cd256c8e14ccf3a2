/**
 * A page of ours that acts for whoever opened it: it says for whom, is covered while that is in doubt, and is over when it is somebody else.
 * @module
 */
import { caller } from "../service/caller.js";
import { text } from "../words/strings.js";
import { cardButton, showCard } from "./card.js";
import { fill, h, icon } from "./dom.js";

const t = text.acting;
/** How long a page may be in doubt before it is covered: pages of a CRM follow each other quickly. In milliseconds. */
const UNCOVERED = 300;

/**
 * Starts the page once the person is known. Until then, and when there is nobody, a card says so.
 * @param {(person: import("../service/claims.js").Claims) => void | Promise<void>} start
 * @param {() => void} [alone] what is shown when there is no page to ask
 */
export async function actForOpener(start, alone = end) {
  let started = false;
  caller.watch((standing) => {
    if (standing === "away" && started) cover();
    else if (standing === "away") showEnd();
    else if (standing === "alone") alone();
    else if (caller.over) end();
    else if (started) uncover();
    else if (document.querySelector("[data-card=away]")) location.reload();
  });
  if (!(await caller.token())) return;
  started = true;
  await start(caller.person);
}

/** The line that says for whom this page acts. */
export function actingLine() {
  return h("p", { class: "acting small quiet" }, t.as, " ", h("strong", { dir: "auto" }, nameOf(caller.person)));
}

/** @param {import("../service/claims.js").Claims} person */
function nameOf({ name, email, sub }) {
  return name || email || sub || "";
}

/** @type {HTMLDialogElement | null} */
let veil = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let waiting;

/** Covers the page, open dialogs too. */
function cover() {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    veil = h(
      "dialog",
      {
        class: "veil",
        "aria-label": t.awayTitle,
        on: { cancel: (/** @type {Event} */ event) => event.preventDefault() },
      },
      h("div", { class: "state", role: "status" }, icon("people"), h("h1", {}, t.awayTitle), h("p", {}, t.away)),
    );
    document.body.append(veil);
    veil.showModal();
  }, UNCOVERED);
}

function uncover() {
  clearTimeout(waiting);
  veil?.remove();
  veil = null;
}

/** Nothing of the person before may stay on the screen. */
function end() {
  uncover();
  fill(document.body, h("main", { class: "card-page", id: "main" }));
  showEnd();
}

function showEnd() {
  const { standing, person } = caller;
  const name = nameOf(person);
  const [title, lead] = {
    other: [t.otherTitle, t.other(name)],
    signed_out: [t.signedOutTitle, name ? t.signedOut(name) : t.nobody],
  }[/** @type {"other" | "signed_out"} */ (standing)] ?? [t.aloneTitle, t.alone];
  showCard({
    id: standing,
    symbol: "people",
    warn: true,
    title,
    lead,
    buttons: [
      cardButton(text.common.closeWindow, () => window.close()),
      cardButton(text.common.retry, () => location.reload(), "primary"),
    ],
  });
}
