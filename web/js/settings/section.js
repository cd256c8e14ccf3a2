/**
 * One section of the settings page: a title, what it means, controls that save themselves, and whether they are saved.
 * @module
 */
import { fill, h, icon, put } from "../parts/dom.js";
import { ApiError } from "../service/errors.js";
import { text } from "../words/strings.js";

const t = text.settings;

/** @typedef {Record<string, any>} Settings */
/** @typedef {(patch: Settings) => Promise<Settings>} Save raises ApiError */

/** A section. `save` sends what was changed and says so beside the title, or what is wrong at the control. */
export class Section {
  #saved = h("span", { class: "saved", role: "status" });
  #error;
  #send;
  #latest = 0;

  /**
   * @param {string} name
   * @param {string} title
   * @param {string} lead
   * @param {Save} send
   */
  constructor(name, title, lead, send) {
    this.#send = send;
    this.#error = h("p", { class: "error", role: "alert", id: `${name}-error`, hidden: true });
    const id = `${name}-title`;
    const head = h(
      "div",
      { class: "section-head" },
      h("h2", { id }, title),
      this.#saved,
      h("p", { class: "quiet" }, lead),
    );
    this.body = h("div", { class: "options" });
    this.element = h(
      "section",
      { class: "section", "aria-labelledby": id, data: { section: name } },
      head,
      this.body,
      this.#error,
    );
  }

  /**
   * Saves a change of a control. Answers the settings as they now are, or null when they were refused.
   * @param {Settings} patch
   * @param {HTMLElement} control
   */
  async save(patch, control) {
    this.#latest += 1;
    const mine = this.#latest;
    this.#complain(control, "");
    fill(this.#saved, text.common.saving);
    try {
      const settings = await this.#send(patch);
      if (mine === this.#latest) fill(this.#saved, icon("check"), t.saved);
      return settings;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      fill(this.#saved);
      this.#complain(control, error.message);
      return null;
    }
  }

  /** @param {HTMLElement} control @param {string} message none takes the complaint back */
  #complain(control, message) {
    this.#error.textContent = message;
    this.#error.hidden = !message;
    for (const [name, value] of Object.entries({ "aria-invalid": "true", "aria-describedby": this.#error.id })) {
      if (message) control.setAttribute(name, value);
      else control.removeAttribute(name);
    }
  }
}

/**
 * A check box with its explanation.
 * @param {string} name
 * @param {[string, string]} words label and explanation
 * @param {boolean} checked
 * @param {(input: HTMLInputElement) => void} changed
 */
export function tick(name, [label, why], checked, changed) {
  const input = h("input", { type: "checkbox", name, checked, on: { change: () => changed(input) } });
  return option(input, label, why);
}

/**
 * Radio buttons, each with its explanation. `show` ticks another one, or none.
 * @param {string} name
 * @param {string} legend
 * @param {[string, string, string][]} choices value, label and explanation
 * @param {string} value
 * @param {(value: string, input: HTMLInputElement) => void} [changed]
 */
export function radios(name, legend, choices, value, changed) {
  const inputs = choices.map(([each]) => h("input", { type: "radio", name, value: each, checked: each === value }));
  for (const input of inputs) input.addEventListener("change", () => changed?.(input.value, input));
  const element = h(
    "fieldset",
    { class: "options" },
    h("legend", { class: "out-of-sight" }, legend),
    choices.map(([, label, why], index) => option(inputs[index], label, why)),
  );
  return {
    element,
    /** @param {string} wanted */
    show: (wanted) => {
      for (const input of inputs) input.checked = input.value === wanted;
    },
    value: () => inputs.find((input) => input.checked)?.value ?? "",
  };
}

/** @param {HTMLInputElement} input @param {string} label @param {string} why */
function option(input, label, why) {
  const element = h("label", { class: "option" }, input, h("strong", {}, label));
  put(element, why && h("span", { class: "quiet small" }, why));
  return element;
}

/**
 * A labelled list to choose from.
 * @param {string} name
 * @param {string} label
 * @param {[string, string, boolean?][]} choices value, words, and whether it cannot be chosen
 * @param {string} value
 * @param {(select: HTMLSelectElement) => void} changed
 */
export function pick(name, label, choices, value, changed) {
  const options = choices.map(([each, words, disabled]) =>
    h("option", { value: each, disabled: Boolean(disabled) }, words),
  );
  const select = h("select", { name, value, on: { change: () => changed(select) } }, options);
  select.value = value;
  return h("label", { class: "field" }, h("span", {}, label), select);
}
