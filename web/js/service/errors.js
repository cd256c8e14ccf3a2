/**
 * What can go wrong between a page and the service, as one kind of error.
 * @module
 */

/**
 * An answer that is not a success, or no answer at all. `code` is the stable code of the error body (`offline` when nothing answered),
 * `field` names the field it is about, `retryAfter` is in seconds, `body` is the whole error body.
 */
export class ApiError extends Error {
  /**
   * @param {number} status HTTP status, 0 when there was no answer
   * @param {string} code
   * @param {string} message one sentence for a person
   * @param {{field?: string, retryAfter?: number, body?: any}} [rest]
   */
  constructor(status, code, message, rest = {}) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.field = rest.field;
    this.retryAfter = rest.retryAfter;
    this.body = rest.body;
  }

  /** Whether the same request may succeed later. */
  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}
