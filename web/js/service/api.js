/**
 * Calls the service: adds the caller's token, reads error bodies, repeats what may be repeated.
 * @module
 */
import { text } from "../words/strings.js";
import { ApiError } from "./errors.js";

/** How often a repeatable call is tried, and the waits between (milliseconds). */
const WAITS = [400, 1500];
const TIMEOUT = 30_000;
/** A file of everything takes as long as it is large. */
const FILE_TIMEOUT = 300_000;

/**
 * @typedef {object} Call
 * @property {any} [body] sent as JSON
 * @property {Record<string, string>} [headers]
 * @property {boolean} [repeat] whether a failed attempt may be repeated; default: for GET and PUT, and with an Idempotency-Key
 * @property {boolean} [keepalive] whether it may outlive the page (bodies under 64 KB)
 * @property {AbortSignal} [signal]
 * @property {boolean} [file] whether the answer is a file and no JSON
 */

/** @typedef {{status: number, etag: string | null, body: any}} Answer */

/** A client of the service at one origin, for one caller. */
export class Api {
  #origin;
  #token;

  /**
   * @param {string} origin of the service
   * @param {(renew: boolean) => Promise<string | null>} token gives the caller's ID token; asked with `true` when the last one was refused
   */
  constructor(origin, token) {
    this.#origin = origin;
    this.#token = token;
  }

  /**
   * The body of a successful answer. Raises ApiError.
   * @param {string} path
   * @param {Call} [call]
   */
  async get(path, call) {
    return (await this.#send("GET", path, call)).body;
  }

  /**
   * A file. Raises ApiError, also when it breaks off. It is not tried again by itself: it may be large.
   * @param {string} path
   * @returns {Promise<Blob>}
   */
  async file(path) {
    return (await this.#send("GET", path, { file: true, repeat: false })).body;
  }

  /**
   * The answer, or null when it is still the one that has this etag.
   * @param {string} path
   * @param {string | null} etag
   * @returns {Promise<Answer | null>}
   */
  async getIfChanged(path, etag) {
    const answer = await this.#send("GET", path, { headers: etag ? { "If-None-Match": etag } : {}, repeat: false });
    return answer.status === 304 ? null : answer;
  }

  /**
   * Posts. A `key` makes it safe to repeat.
   * @param {string} path
   * @param {any} body
   * @param {{key?: string, signal?: AbortSignal}} [options]
   */
  async post(path, body, { key, signal } = {}) {
    const headers = key ? { "Idempotency-Key": key } : undefined;
    return (await this.#send("POST", path, { body, headers, repeat: Boolean(key), signal })).body;
  }

  /**
   * A page of a list. What it asks for goes in a body: the names that people type are not for addresses, which logs and histories keep.
   * @param {string} path of the list
   * @param {Record<string, any>} asked
   * @param {{signal?: AbortSignal}} [options]
   */
  async search(path, asked, { signal } = {}) {
    return (await this.#send("POST", `${path}/search`, { body: asked, repeat: true, signal })).body;
  }

  /**
   * @param {string} path
   * @param {any} body
   * @param {{keepalive?: boolean}} [options]
   */
  async put(path, body, { keepalive } = {}) {
    return (await this.#send("PUT", path, { body, keepalive, repeat: false })).body;
  }

  /**
   * Changes the given fields; of a record, if it still has this etag.
   * @param {string} path
   * @param {any} body
   * @param {string} [etag]
   */
  async patch(path, body, etag) {
    return (await this.#send("PATCH", path, { body, headers: etag ? { "If-Match": etag } : {} })).body;
  }

  /**
   * @param {string} path
   * @param {any} [body]
   */
  async delete(path, body) {
    return (await this.#send("DELETE", path, { body, repeat: true })).body;
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {Call} [call]
   * @returns {Promise<Answer>}
   */
  async #send(method, path, call = {}) {
    const repeat = call.repeat ?? method === "GET";
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#authorized(method, path, call);
      } catch (error) {
        const again = repeat && error instanceof ApiError && error.passing && attempt < WAITS.length;
        if (!again) throw error;
        await pause(Math.min((error.retryAfter ?? 0) * 1000 || WAITS[attempt], 5000));
      }
    }
  }

  /**
   * One attempt, and a second with a new token when the first token has expired.
   * @param {string} method
   * @param {string} path
   * @param {Call} call
   */
  async #authorized(method, path, call) {
    try {
      return await this.#once(method, path, call, await this.#token(false));
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401 || call.keepalive) throw error;
      const fresh = await this.#token(true);
      if (!fresh) throw error;
      return this.#once(method, path, call, fresh);
    }
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {Call} call
   * @param {string | null} token
   * @returns {Promise<Answer>}
   */
  async #once(method, path, call, token) {
    if (!token) throw new ApiError(401, "unauthenticated", text.errors.signedOut);
    /** @type {Record<string, string>} */
    const headers = { Authorization: `Bearer ${token}`, ...call.headers };
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const limit = AbortSignal.timeout(call.file ? FILE_TIMEOUT : TIMEOUT);
    const signal = call.signal ? AbortSignal.any([call.signal, limit]) : limit;
    try {
      const response = await fetch(this.#origin + path, {
        method,
        headers,
        body,
        signal,
        keepalive: call.keepalive,
        credentials: "same-origin",
        cache: "no-store",
      });
      if (!call.file || !response.ok) return await read(response);
      return { status: response.status, etag: null, body: await response.blob() };
    } catch (error) {
      if (call.signal?.aborted || error instanceof ApiError) throw error;
      throw new ApiError(0, "offline", text.errors.offline);
    }
  }
}

/**
 * @param {Response} response
 * @returns {Promise<Answer>}
 */
async function read(response) {
  const etag = response.headers.get("ETag");
  if (response.status === 304) return { status: 304, etag, body: null };
  const body = await response.json().catch(() => null);
  if (response.ok) return { status: response.status, etag, body };
  const error = body?.error ?? {};
  const code = error.code ?? "unavailable";
  throw new ApiError(response.status, code, text.errors.said(code, error.message ?? text.errors.unexpected), {
    field: error.field,
    retryAfter: error.retry_after,
    body,
  });
}

/**
 * A path with a query; empty values are left out.
 * @param {string} path
 * @param {Record<string, string | number | null | undefined>} query
 */
export function withQuery(path, query) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") search.set(name, String(value));
  }
  const tail = search.toString();
  return tail ? `${path}?${tail}` : path;
}

/** @param {number} milliseconds */
export function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
