/**
 * What goes which way: contacts and appointments as a whole, and single fields of theirs.
 * @module
 */
import { h, put } from "../parts/dom.js";
import { CHOICES, fieldWords } from "../parts/shared-fields.js";
import { text } from "../words/strings.js";
import { pick } from "./section.js";

const t = text.settings.sharing;
const d = text.settings.sync;

const KINDS = /** @type {(keyof typeof CHOICES)[]} */ (["contacts", "calendar"]);

/**
 * Fills the section on contacts and appointments as a whole.
 * @param {import("./section.js").Section} section
 * @param {import("./section.js").Settings} settings
 */
export function showDirections(section, settings) {
  const boxes = KINDS.map((kind) => {
    const means = h("p", { class: "quiet small" });
    const explain = (/** @type {string} */ way) => (means.textContent = d.means[kind][way]);
    const select = pick(`direction-${kind}`, d.kinds[kind], d.ways, settings.directions[kind], (control) => {
      explain(control.value);
      void section.save({ directions: { [kind]: control.value } }, control);
    });
    explain(settings.directions[kind]);
    return h("div", { class: "direction" }, select, means, pause(section, settings, kind));
  });
  section.body.append(h("div", { class: "pair" }, boxes), h("p", { class: "quiet small" }, d.pauseMeans));
}

/**
 * Pauses, and lets go on.
 * @param {import("./section.js").Section} section
 * @param {import("./section.js").Settings} settings
 * @param {keyof typeof CHOICES} kind
 */
function pause(section, settings, kind) {
  let paused = settings.paused[kind];
  const button = h("button", { type: "button", class: "button", data: { pause: kind } });
  const show = () => (button.textContent = paused ? d.resume[kind] : d.pause[kind]);
  button.addEventListener("click", () => {
    void section.save({ paused: { [kind]: !paused } }, button).then((saved) => {
      if (saved) paused = saved.paused[kind];
      show();
    });
  });
  show();
  return button;
}

/**
 * Fills the section on single fields.
 * @param {import("./section.js").Section} section
 * @param {import("./section.js").Settings} settings
 */
export function showSharing(section, settings) {
  let sharing = settings.sharing;
  const told = settings.sharing_chosen ? null : notice(section, () => sharing);
  const save = async (/** @type {HTMLSelectElement} */ control, /** @type {string} */ name) => {
    sharing = { ...sharing, [name]: control.value };
    if (await section.save({ sharing }, control)) told?.remove();
  };
  /** @param {string} name */
  const row = (name) => {
    const select = h(
      "select",
      { name: `sharing-${name}` },
      t.ways.map(([value, label]) => h("option", { value }, label)),
    );
    select.value = sharing[name];
    select.addEventListener("change", () => void save(select, name));
    return h("label", { class: "owner" }, h("span", {}, fieldWords(name)), select);
  };
  const groups = KINDS.map((kind) =>
    h(
      "div",
      {},
      h("h3", {}, d.kinds[kind]),
      h("p", { class: "owner quiet" }, h("span", {}, t.always[kind]), h("span", {}, t.ways[0][1])),
      CHOICES[kind].map(row),
    ),
  );
  put(section.body, told);
  section.body.append(
    h("div", { class: "owners shares" }, groups),
    h("p", { class: "quiet small" }, t.stays),
    h("p", { class: "quiet small" }, t.switched),
  );
}

/**
 * Said once to whoever shared notes before there was a choice.
 * @param {import("./section.js").Section} section
 * @param {() => Record<string, string>} chosen
 */
function notice(section, chosen) {
  if (chosen().notes !== "both") return null;
  const keep = h("button", { type: "button", class: "button" }, t.keep);
  const box = h("div", { class: "told" }, h("p", {}, t.told), keep);
  keep.addEventListener("click", () => {
    void section.save({ sharing: chosen() }, keep).then((saved) => saved && box.remove());
  });
  return box;
}
