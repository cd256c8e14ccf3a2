/**
 * Builds elements without ever parsing text as markup: data reaches the page as text nodes, attributes and properties only.
 * @module
 */

/** @typedef {Node | string | number | null | undefined | false} Child */

/**
 * What `h` accepts besides attributes. `on` maps event names to listeners, `data` to `data-*` attributes; `value`, `checked`,
 * `selected`, `disabled`, `hidden`, `open` and `indeterminate` are set as properties; `true` makes an empty attribute, `false`, `null` and
 * `undefined` none.
 * @typedef {Record<string, any> & {
 *   class?: string, on?: Record<string, (event: any) => void>, data?: Record<string, string>
 * }} Props
 */

const PROPERTIES = new Set(["value", "checked", "selected", "disabled", "hidden", "indeterminate", "readOnly"]);

/**
 * Makes an element.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Props} [props]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (name === "data") {
      for (const [key, text] of Object.entries(value)) element.dataset[key] = String(text);
    } else if (PROPERTIES.has(name)) {
      /** @type {any} */ (element)[name] = value;
    } else if (value === true) {
      element.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, String(value));
    }
  }
  put(element, ...children);
  // A select takes its value only once its options are there.
  if (props.value !== undefined) /** @type {any} */ (element).value = props.value;
  return element;
}

/**
 * Appends children; empty ones are left out, lists are flattened.
 * @param {Node} parent
 * @param {...(Child | Child[])} children
 */
export function put(parent, ...children) {
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    parent.appendChild(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/**
 * Replaces everything in an element.
 * @param {Element | ShadowRoot} parent
 * @param {...(Child | Child[])} children
 */
export function fill(parent, ...children) {
  parent.replaceChildren();
  put(parent, ...children);
}

/**
 * The element with this id. Raises when the page lacks it, so that a renamed id is found at once.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no #${id}.`);
  return element;
}

/** @type {Record<string, string>} Path data of the icons, drawn on a 24 by 24 grid with strokes. */
const PATHS = {
  sync: "M4 12a8 8 0 0 1 13.7-5.6L20 8.7M20 4v4.7h-4.7M20 12a8 8 0 0 1-13.7 5.6L4 15.3M4 20v-4.7h4.7",
  check: "M5 12.5l4.5 4.5L19 7.5",
  people: "M15 19c0-2.8-2.7-5-6-5s-6 2.2-6 5M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M18 8v6M15 11h6",
  alert:
    "M12 8v5M12 16.5v.01M10.4 4.4L2.9 17.5A1.8 1.8 0 0 0 4.5 20h15a1.8 1.8 0 0 0 1.6-2.6L13.6 4.4a1.8 1.8 0 0 0-3.2 0z",
  clock: "M12 7v5l3.5 2M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18",
  down: "M6 9.5l6 6 6-6",
  up: "M6 14.5l6-6 6 6",
  left: "M14.5 6l-6 6 6 6",
  right: "M9.5 6l6 6-6 6",
  close: "M6 6l12 12M18 6L6 18",
  plus: "M12 5v14M5 12h14",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14M20 20l-4-4",
  upload: "M12 16V5M7 9.5L12 4.5l5 5M5 19.5h14",
  download: "M12 4.5v11M7 11l5 5 5-5M5 19.5h14",
  hand: "M5 12.5l4.5 4.5L19 7.5",
  mute: "M4 7.5l8 6 8-6M4 6h16v12H4zM3 3l18 18",
  repeat: "M17 3.5l3 3-3 3M4 11.5v-1a4 4 0 0 1 4-4h12M7 20.5l-3-3 3-3M20 12.5v1a4 4 0 0 1-4 4H4",
  changed: "M4 20h4L19 9l-4-4L4 16zM13 7l4 4",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  calendar: "M4 6.5h16V20H4zM4 10.5h16M8 3.5v5M16 3.5v5",
};

/**
 * An icon that screen readers pass over.
 * @param {string} name one of PATHS
 * @returns {SVGSVGElement}
 */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", PATHS[name]);
  svg.appendChild(path);
  return svg;
}
