/**
 * Sends this window to Google, for the permissions that are wanted.
 * @module
 */

/**
 * Asks the service where to go, and goes there. Raises ApiError.
 * @param {import("../service/api.js").Api} api
 * @param {string[]} [scopes] default: both
 */
export async function authorize(api, scopes = ["contacts", "calendar"]) {
  const { authorization_url: target } = await api.post("/api/google/connect", { scopes });
  const url = new URL(target);
  if (url.protocol !== "https:" && url.protocol !== "http:")
    throw new Error("The authorization address is no web address.");
  location.assign(url);
}
