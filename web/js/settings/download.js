/**
 * Downloading everything that is kept about the person: as files for other programs, or as one document.
 * @module
 */
import { h } from "../parts/dom.js";
import { saveFile } from "../parts/save-file.js";
import { withQuery } from "../service/api.js";
import { ApiError } from "../service/errors.js";
import { language } from "../words/language.js";
import { text } from "../words/strings.js";
import { today } from "../words/time.js";

const t = text.settings.download;

/**
 * Fills the section: a button for each form, with what is in it.
 * @param {import("../service/api.js").Api} api
 * @param {import("./section.js").Section} section
 */
export function offerDownload(api, section) {
  const status = h("p", { class: "quiet small", role: "status" });
  const error = h("p", { class: "error", role: "alert", hidden: true });
  const buttons = t.forms.map(([format, label]) => {
    const button = h("button", { type: "button", class: "button", "aria-describedby": `download-${format}` }, label);
    button.addEventListener("click", () => void get(format));
    return button;
  });

  /** @param {string} format */
  async function get(format) {
    error.hidden = true;
    status.textContent = t.working;
    for (const button of buttons) button.disabled = true;
    try {
      const file = await api.file(withQuery("/api/export", { format, language: language() }));
      const name = `${t.file}-${today()}.${format}`;
      saveFile(file, name);
      status.textContent = t.saved(name);
    } catch (caught) {
      if (!(caught instanceof ApiError)) throw caught;
      status.textContent = "";
      error.textContent = caught.message;
      error.hidden = false;
    } finally {
      for (const button of buttons) button.disabled = false;
    }
  }

  section.body.append(
    h(
      "ul",
      { class: "downloads" },
      t.forms.map(([format, , why], index) =>
        h("li", {}, buttons[index], h("p", { class: "quiet small", id: `download-${format}` }, why)),
      ),
    ),
    status,
    error,
  );
}
