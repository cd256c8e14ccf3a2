/**
 * A field to search in: what is typed is told once the typing pauses.
 * @module
 */
import { h, icon } from "./dom.js";

const PAUSE = 250;

/**
 * @param {{label: string, hint?: string, name?: string}} words  label: what it is called; hint: what stands in it
 *   while it is empty, the label unless given
 * @param {(q: string) => void} typed  told the text without the spaces around it
 * @returns {{element: HTMLElement, input: HTMLInputElement}}
 */
export function searchField({ label, hint = label, name }, typed) {
  const input = h("input", {
    type: "search",
    name,
    placeholder: hint,
    "aria-label": label,
    maxlength: "200",
    autocomplete: "off",
    spellcheck: "false",
  });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let pause;
  input.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(() => typed(input.value.trim()), PAUSE);
  });
  return { element: h("div", { class: "search" }, icon("search"), input), input };
}
