/**
 * What an ID token says of the person, for showing it and for telling people apart. Only the service can verify it.
 * @module
 */

/** @typedef {{sub?: string, exp?: number, name?: string, email?: string}} Claims */

/**
 * The claims of a token, unverified. Empty when it is not a JWT.
 * @param {string} token
 * @returns {Claims}
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

/**
 * How long a token still holds, in seconds.
 * @param {string} token
 */
export function secondsLeft(token) {
  return (claims(token).exp ?? Infinity) - Date.now() / 1000;
}

/**
 * A short mark of a person, for names of windows: the same for the same person, and not readable. (FNV-1a, 32 bits: two people of one browser
 * who share it share names of windows, no more.)
 * @param {string} sub
 */
export function markOf(sub) {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(sub)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(36);
}
