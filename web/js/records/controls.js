/**
 * What a record's form is made of: labelled controls, titled sections, and lists of lines that grow and shrink.
 * @module
 */
import { h, icon } from "../parts/dom.js";

/**
 * A labelled text control. Names say which field of the record it is, so that an error can point at it.
 * @param {string} name
 * @param {string} label
 * @param {string | null | undefined} value
 * @param {Record<string, any>} [attributes]
 */
export function textField(name, label, value, attributes = {}) {
  const input = h("input", { type: "text", name, value: value ?? "", dir: "auto", autocomplete: "off", ...attributes });
  return { element: h("label", { class: "field" }, h("span", {}, label), input), input };
}

/**
 * A labelled text of several lines.
 * @param {string} name
 * @param {string} label
 * @param {string | null | undefined} value
 */
export function textArea(name, label, value) {
  const input = h("textarea", { name, value: value ?? "", dir: "auto", rows: "3" });
  return { element: h("label", { class: "field wide" }, h("span", {}, label), input), input };
}

/**
 * A check box with its words.
 * @param {string} name
 * @param {string} label
 * @param {boolean} checked
 */
export function checkBox(name, label, checked) {
  const input = h("input", { type: "checkbox", name, checked });
  return { element: h("label", { class: "check wide" }, input, h("span", {}, label)), input };
}

/**
 * A titled part of a form.
 * @param {string} title
 * @param {(Node | false | null)[]} children
 * @param {string} [note]
 */
export function section(title, children, note) {
  return h(
    "fieldset",
    { class: "section" },
    h("legend", {}, title),
    note && h("p", { class: "quiet small wide" }, note),
    children,
  );
}

/**
 * One line of a growing list. `read` answers its value, or null when it is blank.
 * @typedef {{element: HTMLElement, read: () => any}} Line
 */

/**
 * A list to which lines are added and from which they are removed. The focus goes where the person goes on.
 * @param {object} options
 * @param {any[]} options.items
 * @param {(item: any, index: number) => Line} options.line
 * @param {any} options.blank
 * @param {string} options.label what a line is
 * @param {string} options.add
 * @param {(what: string, n: number) => string} options.remove
 */
export function growingList({ items, line, blank, label, add, remove }) {
  /** @type {Line[]} */
  let lines = [];
  let made = 0;
  const list = h("div", { class: "growing" });
  const more = h("button", { type: "button", class: "button bare add" }, icon("plus"), add);
  /** @param {any} item */
  const append = (item) => {
    const entry = line(item, made);
    made += 1;
    const drop = h(
      "button",
      { type: "button", class: "button bare square", "aria-label": remove(label, made) },
      icon("close"),
    );
    const row = h("div", { class: "growing-line" }, entry.element, drop);
    drop.addEventListener("click", () => {
      lines = lines.filter((other) => other !== entry);
      row.remove();
      more.focus();
    });
    lines.push(entry);
    list.append(row);
    return row;
  };
  for (const item of items) append(item);
  more.addEventListener("click", () =>
    /** @type {HTMLElement | null} */ (append(blank).querySelector("input"))?.focus(),
  );
  return {
    element: h("div", { class: "wide" }, list, more),
    read: () => {
      const values = lines.map((entry) => ({ entry, value: entry.read() }));
      const kept = values.filter(({ value }) => value !== null);
      for (const { entry } of values) number(entry.element, "blank");
      kept.forEach(({ entry }, position) => number(entry.element, String(position)));
      return kept.map(({ value }) => value);
    },
  };
}

/**
 * Lets the names of a line's controls say its position in what is sent, so that an error finds it.
 * @param {HTMLElement} line
 * @param {string} position
 */
function number(line, position) {
  for (const control of line.querySelectorAll("[name]")) {
    const name = control.getAttribute("name") ?? "";
    control.setAttribute("name", name.replace(/\.(\d+|blank)\./, `.${position}.`));
  }
}
