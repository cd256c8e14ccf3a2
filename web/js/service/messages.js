/**
 * What our windows and the page that opened them say to each other.
 *
 * | type | from | means |
 * |---|---|---|
 * | `crmsync:hello` | window | who is signed in? `nonce` names the question, `renew` asks for a new token |
 * | `crmsync:token` | page | the answer: `token`, or null when nobody is signed in |
 * | `crmsync:caller` | page | somebody else may be signed in from now on, or the page goes: ask again |
 * | `crmsync:attempt` | window | it leaves for Google: `pending` is by what the page takes the grant, should the window lose it |
 * | `crmsync:result` | window | how an attempt to connect ended: `outcome` |
 * | `crmsync:changed` | window | something was changed: look again |
 *
 * The last two are hints that hold no secret; who hears them asks the service what is true. They go to all tabs of our own origin, too.
 * @module
 */

const CHANNEL = "crmsync";
const HINTS = new Set(["crmsync:attempt", "crmsync:result", "crmsync:changed"]);

/** @typedef {{type: string, nonce?: string, renew?: boolean, token?: string | null, outcome?: string, pending?: string}} Message */

/**
 * @param {any} data
 * @returns {data is Message}
 */
export function isOurs(data) {
  return typeof data === "object" && data !== null && String(data.type).startsWith("crmsync:");
}

/**
 * Tells the page that opened us, and other tabs of our origin, that something has happened.
 * @param {Message} message
 */
export function tell(message) {
  window.opener?.postMessage(message, "*");
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage(message);
  channel.close();
}

/**
 * Hears the hints of our own windows. Returns a function that ends it.
 * @param {string} origin of the service
 * @param {(message: Message) => void} heard
 * @returns {() => void}
 */
export function hear(origin, heard) {
  /** @param {any} data */
  const hint = (data) => {
    if (isOurs(data) && HINTS.has(data.type)) heard(data);
  };
  /** @param {MessageEvent} event */
  const onMessage = (event) => {
    if (event.origin === origin) hint(event.data);
  };
  window.addEventListener("message", onMessage);
  const channel = location.origin === origin ? new BroadcastChannel(CHANNEL) : null;
  if (channel) channel.onmessage = (event) => hint(event.data);
  return () => {
    window.removeEventListener("message", onMessage);
    channel?.close();
  };
}
