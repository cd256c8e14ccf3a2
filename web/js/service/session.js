/**
 * How the caller's ID token reaches our own windows (the pop-up, the import sheet) from the page that holds it.
 *
 * The token never appears in a URL. A window asks its opener by postMessage, and failing that other tabs of its own origin by
 * BroadcastChannel; the answer is kept in sessionStorage, which survives the way to Google and back in the same tab.
 * A token is taken only from our own origin or an origin that the service names as one that may embed us: a stranger's page that opens our
 * window must not be able to make a person connect their Google account to the stranger's CRM.
 * @module
 */

const CHANNEL = "crmsync";
const KEY = "crmsync.session";
const OPENER_PATIENCE = 3000;
const TABS_PATIENCE = 1000;
const ASK_EVERY = 250;
/** A token that expires within this many seconds is replaced before use. */
const MARGIN = 30;

/** @typedef {{type: string, nonce?: string, token?: string, outcome?: string}} Message */
/** @typedef {(renew?: boolean) => string | null | undefined | Promise<string | null | undefined>} TokenProvider */

/**
 * Answers our own windows that ask for the token. Returns a function that ends it.
 * @param {string} origin of the service, whose windows may ask
 * @param {TokenProvider} provider
 * @param {(message: Message) => void} heard called with every other message of ours
 * @returns {() => void}
 */
export function answerWindows(origin, provider, heard) {
  /** @param {MessageEvent} event */
  const onMessage = async (event) => {
    if (event.origin !== origin || !isOurs(event.data)) return;
    if (event.data.type !== "crmsync:hello") return heard(event.data);
    const token = await provider();
    const reply = { type: "crmsync:token", nonce: event.data.nonce, token };
    if (token) /** @type {Window | null} */ (event.source)?.postMessage(reply, origin);
  };
  window.addEventListener("message", onMessage);
  if (location.origin !== origin) return () => window.removeEventListener("message", onMessage);

  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = async (event) => {
    if (!isOurs(event.data)) return;
    if (event.data.type !== "crmsync:hello") return heard(event.data);
    const token = await provider();
    if (token) channel.postMessage({ type: "crmsync:token", nonce: event.data.nonce, token });
  };
  return () => {
    window.removeEventListener("message", onMessage);
    channel.close();
  };
}

/**
 * Tells the page that opened us, and other tabs of our origin, that something has happened. A hint only: they ask the service what is true.
 * @param {Message} message
 */
export function tell(message) {
  const { opener = location.origin } = stored();
  window.opener?.postMessage(message, opener);
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage(message);
  channel.close();
}

/**
 * The caller's ID token for this window, or null when nobody could give one. With `renew` a kept token is not used again, and a new one must be
 * of the same person.
 * @param {boolean} [renew]
 * @returns {Promise<string | null>}
 */
export async function windowToken(renew = false) {
  const kept = stored();
  if (kept.token && !renew && secondsLeft(kept.token) > MARGIN) return kept.token;
  const same = (/** @type {string} */ token) => !kept.token || claims(token).sub === claims(kept.token).sub;
  const given = (await askOpener(same)) ?? (await askTabs(same));
  if (given) sessionStorage.setItem(KEY, JSON.stringify(given));
  return given?.token ?? null;
}

/** @typedef {{token: string, opener: string}} Given */

/** @returns {Partial<Given>} */
function stored() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
  } catch {
    return {};
  }
}

/**
 * @param {(token: string) => boolean} acceptable
 * @returns {Promise<Given | null>}
 */
function askOpener(acceptable) {
  const { opener } = window;
  if (!opener || opener.closed) return Promise.resolve(null);
  const nonce = crypto.randomUUID();
  return new Promise((resolve) => {
    const ask = () => opener.postMessage({ type: "crmsync:hello", nonce }, "*");
    const asking = setInterval(ask, ASK_EVERY);
    /** @param {Given | null} given */
    const end = (given) => {
      clearInterval(asking);
      clearTimeout(patience);
      window.removeEventListener("message", onMessage);
      resolve(given);
    };
    /** @param {MessageEvent} event */
    const onMessage = async ({ data, origin }) => {
      if (!isOurs(data) || data.type !== "crmsync:token" || data.nonce !== nonce) return;
      if (typeof data.token === "string" && acceptable(data.token) && (await mayEmbed(origin))) {
        end({ token: data.token, opener: origin });
      }
    };
    const patience = setTimeout(() => end(null), OPENER_PATIENCE);
    window.addEventListener("message", onMessage);
    ask();
  });
}

/**
 * @param {(token: string) => boolean} acceptable
 * @returns {Promise<Given | null>}
 */
function askTabs(acceptable) {
  const nonce = crypto.randomUUID();
  const channel = new BroadcastChannel(CHANNEL);
  return new Promise((resolve) => {
    /** @param {Given | null} given */
    const end = (given) => {
      clearTimeout(patience);
      channel.close();
      resolve(given);
    };
    const patience = setTimeout(() => end(null), TABS_PATIENCE);
    channel.onmessage = ({ data }) => {
      const answers = isOurs(data) && data.type === "crmsync:token" && data.nonce === nonce;
      if (answers && data.token && acceptable(data.token)) end({ token: data.token, opener: location.origin });
    };
    channel.postMessage({ type: "crmsync:hello", nonce });
  });
}

/**
 * Whether pages of this origin may embed the button. When the service does not say, only our own may.
 * @param {string} origin
 */
async function mayEmbed(origin) {
  if (origin === location.origin) return true;
  const response = await fetch("/api/embed").catch(() => null);
  if (!response?.ok) return false;
  const { origins } = await response.json();
  return Array.isArray(origins) && origins.includes(origin);
}

/**
 * @param {any} data
 * @returns {data is Message}
 */
function isOurs(data) {
  return typeof data === "object" && data !== null && String(data.type).startsWith("crmsync:");
}

/**
 * The claims of a token, unverified: only the service can verify them. Empty when it is not a JWT.
 * @param {string} token
 * @returns {{sub?: string, exp?: number, name?: string}}
 */
export function claims(token) {
  try {
    const payload = token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
    const bytes = Uint8Array.from(atob(payload), (char) => char.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return {};
  }
}

/** @param {string} token */
function secondsLeft(token) {
  return (claims(token).exp ?? Infinity) - Date.now() / 1000;
}
