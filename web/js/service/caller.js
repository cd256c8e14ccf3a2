/**
 * The window's part: whom this window of ours acts for.
 *
 * It acts for whoever is signed in on the page of the CRM that opened it, and asks that page at each use. The token is never part of an address,
 * never kept beyond this document, and never handed on: a window that one of ours has opened asks the CRM's page itself. An answer counts from our
 * own origin or from one that the service names as one that may embed us: a stranger's page that opens our window must not be able to make a
 * person connect their Google account to the stranger's CRM.
 *
 * A page that does not answer is not there any more, or asleep: phones put pages to sleep that are out of sight. One that goes says so first. So
 * a kept token holds while the page is silent, and falls with the page's word that something may have changed.
 * @module
 */
import { claims, secondsLeft } from "./claims.js";
import { isOurs } from "./messages.js";

/** How long a page that has just loaded may take to answer, in milliseconds. */
const PATIENCE = 3000;
/** How long one may take that has answered before. */
const QUICK = 400;
const ASK_EVERY = 250;
/** How often a page that went away is looked for. */
const LOOK_EVERY = 1000;
/** A token that expires within this many seconds is not used. */
const MARGIN = 30;

/**
 * How a window knows for whom it acts. asking: not yet. known. away: the page does not say, and may come back. The rest is final: alone (there is
 * no page to ask), signed_out (nobody is signed in), other (somebody else is).
 * @typedef {"asking" | "known" | "away" | "alone" | "signed_out" | "other"} Standing
 */

/** @typedef {{token: string | null, origin: string}} Answer */

/** Whom a window acts for. One for each window. */
export class Caller {
  /** @type {Standing} */
  standing = "asking";
  /** The person, as of the first answer. @type {import("./claims.js").Claims} */
  person = {};
  /** @type {string | null} */
  #kept = null;
  /** The page's, as of its last answer. */
  #origin = location.origin;
  /** Whether the page did not answer when it was asked last. */
  #silent = false;
  /** Counts the times that the page said so: answers to earlier questions mean nothing. */
  #epoch = 0;
  /** @type {Promise<Answer | null> | null} */
  #asking = null;
  /** @type {((standing: Standing) => void)[]} */
  #listeners = [];

  constructor() {
    window.addEventListener("message", this.#hear);
  }

  /** Hears of each change of standing. @param {(standing: Standing) => void} listener */
  watch(listener) {
    this.#listeners.push(listener);
  }

  /** Whether nothing can be done any more in this window. */
  get over() {
    return this.standing === "alone" || this.standing === "signed_out" || this.standing === "other";
  }

  /**
   * The ID token of the person, or null when this window may not act.
   * @param {boolean} [renew] whether the last one was refused
   * @returns {Promise<string | null>}
   */
  token = async (renew = false) => {
    if (this.over) return null;
    if (openers().length === 0) return this.#stand("alone");
    const trusted = !renew && this.#kept !== null && secondsLeft(this.#kept) > MARGIN;
    const epoch = this.#epoch;
    const asking = this.#ask(renew, trusted ? QUICK : PATIENCE);
    if (trusted && this.#silent) {
      void asking.then((answer) => answer && epoch === this.#epoch && this.#take(answer));
      return this.#kept;
    }
    const answer = await asking;
    if (epoch !== this.#epoch) return this.token(renew);
    if (answer) return this.#take(answer);
    this.#silent = true;
    return trusted ? this.#kept : this.#stand("away");
  };

  /** @param {Answer} answer */
  #take({ token, origin }) {
    if (this.over) return null;
    this.#silent = false;
    this.#origin = origin;
    if (token === null) return this.#stand("signed_out");
    const person = claims(token);
    if (this.person.sub !== undefined && person.sub !== this.person.sub) return this.#stand("other");
    this.person = person;
    this.#kept = token;
    this.#stand("known");
    return token;
  }

  /** Tells the page something that is not for others. @param {import("./messages.js").Message} message */
  say(message) {
    for (const page of openers()) page.postMessage(message, this.#origin);
  }

  /** @param {Standing} standing @returns {null} */
  #stand(standing) {
    if (this.standing === standing) return null;
    this.standing = standing;
    if (standing !== "known") this.#kept = null;
    if (standing === "away") setTimeout(this.#look);
    for (const listener of this.#listeners) listener(standing);
    return null;
  }

  /** Looks for a page that went away. */
  #look = async () => {
    if (this.standing !== "away") return;
    if (openers().length === 0) return void this.#stand("alone");
    const answer = await this.#ask(false, LOOK_EVERY);
    if (answer) this.#take(answer);
    else setTimeout(this.#look);
  };

  /** Whoever says so: all it does is to ask again. @param {MessageEvent} event */
  #hear = ({ data }) => {
    if (!isOurs(data) || data.type !== "crmsync:caller" || this.standing !== "known") return;
    this.#epoch += 1;
    this.#asking = null;
    this.#silent = false;
    this.#stand("away");
  };

  /**
   * Asks the page, with everybody in this window who asks at the same time. Null when it does not answer.
   * @param {boolean} renew
   * @param {number} patience in milliseconds
   * @returns {Promise<Answer | null>}
   */
  #ask(renew, patience) {
    const asking = this.#asking ?? question(renew, patience);
    this.#asking = asking;
    void asking.then(() => {
      if (this.#asking === asking) this.#asking = null;
    });
    return asking;
  }
}

/** The caller of this window. */
export const caller = new Caller();

/**
 * Asks whoever may have opened this window; the first good answer counts.
 * @param {boolean} renew
 * @param {number} patience
 * @returns {Promise<Answer | null>}
 */
function question(renew, patience) {
  const nonce = crypto.randomUUID();
  return new Promise((resolve) => {
    const ask = () => {
      for (const page of openers()) page.postMessage({ type: "crmsync:hello", nonce, renew }, "*");
    };
    /** @param {Answer | null} answer */
    const end = (answer) => {
      clearInterval(asking);
      clearTimeout(waiting);
      window.removeEventListener("message", onMessage);
      resolve(answer);
    };
    /** @param {MessageEvent} event */
    const onMessage = async ({ data, origin }) => {
      if (!isOurs(data) || data.type !== "crmsync:token" || data.nonce !== nonce) return;
      const { token = null } = data;
      if ((token === null || typeof token === "string") && (await mayEmbed(origin))) end({ token, origin });
    };
    const asking = setInterval(ask, ASK_EVERY);
    const waiting = setTimeout(() => end(null), patience);
    window.addEventListener("message", onMessage);
    ask();
  });
}

/** The pages that can be asked: the one that opened this window, and the one that opened that. @returns {Window[]} */
function openers() {
  const nearest = /** @type {Window | null} */ (window.opener);
  const pages = [nearest, nearest && !nearest.closed ? nearest.opener : null];
  return pages.filter((page) => page && !page.closed && page !== window);
}

/** @type {Promise<string[]> | null} */
let named = null;

/**
 * Whether pages of this origin may embed the button. When the service does not say, only our own may.
 * @param {string} origin
 */
async function mayEmbed(origin) {
  if (origin === location.origin) return true;
  named ??= embedders();
  const origins = await named;
  if (origins.length === 0) named = null;
  return origins.includes(origin);
}

/** @returns {Promise<string[]>} */
async function embedders() {
  const response = await fetch("/api/embed").catch(() => null);
  const body = response?.ok ? await response.json().catch(() => null) : null;
  return Array.isArray(body?.origins) ? body.origins : [];
}
