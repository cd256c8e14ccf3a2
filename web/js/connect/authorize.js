/**
 * Sends this window to Google, for the permissions that are wanted.
 * @module
 */
import { caller } from "../service/caller.js";

/**
 * Asks the service where to go, and goes there. Raises ApiError.
 * @param {import("../service/api.js").Api} api
 * @param {string[]} [scopes] default: both
 */
export async function authorize(api, scopes = ["contacts", "calendar"]) {
  const { authorization_url: target, pending } = await api.post("/api/google/connect", { scopes });
  const url = new URL(target);
  if (url.protocol !== "https:" && url.protocol !== "http:")
    throw new Error("The authorization address is no web address.");
  caller.say({ type: "crmsync:attempt", pending });
  location.assign(url);
}
