/**
 * Sends this window to Google, for the permissions that are wanted.
 * @module
 */
import { caller } from "../service/caller.js";
import { ApiError } from "../service/errors.js";
import { text } from "../words/strings.js";

/**
 * Asks the service where to go, and goes there. Raises ApiError.
 * @param {import("../service/api.js").Api} api
 * @param {string[]} [scopes] default: both
 */
export async function authorize(api, scopes = ["contacts", "calendar"]) {
  const { authorization_url: target, pending } = await begin(api, scopes);
  const url = new URL(target);
  if (url.protocol !== "https:" && url.protocol !== "http:")
    throw new Error("The authorization address is no web address.");
  caller.say({ type: "crmsync:attempt", pending });
  location.assign(url);
}

/**
 * @param {import("../service/api.js").Api} api
 * @param {string[]} scopes
 */
async function begin(api, scopes) {
  try {
    return await api.post("/api/google/connect", { scopes });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 429) throw error;
    const { status, code, retryAfter = 60 } = error;
    throw new ApiError(status, code, text.connect.tooMany(Math.ceil(retryAfter / 60)), { retryAfter });
  }
}
