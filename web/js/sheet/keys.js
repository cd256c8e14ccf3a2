/**
 * The import sheet from the keyboard: a grid with one tab stop. Arrows move between cells, Enter goes into one and Escape out of it, Space ticks,
 * Shift makes ranges; single keys act only while the grid has the focus.
 * @module
 */

const CELLS = "[role=gridcell], .cell-pick[role=columnheader]";
const WIDGETS = "input, select, button, summary, a";
const LEAP = 10;

/**
 * What a key may ask for besides moving.
 * @typedef {object} KeyDeeds
 * @property {() => void} help
 * @property {() => void} search
 * @property {() => void} next
 * @property {() => void} previous
 * @property {(row: HTMLElement, index: number) => void} type sets the contact type with this place in the list
 * @property {(row: HTMLElement) => void} suggestion
 */

/** Gives a table the ways of a grid. */
export class GridKeys {
  #table;
  #deeds;
  /** @type {HTMLElement | null} The cell that Tab comes back to. */
  #active = null;
  /** @type {HTMLElement | null} The row that a range begins with. */
  #anchor = null;

  /** @param {HTMLTableElement} table @param {KeyDeeds} deeds */
  constructor(table, deeds) {
    this.#table = table;
    this.#deeds = deeds;
    table.addEventListener("keydown", (event) => this.#press(event));
    table.addEventListener("click", (event) => this.#click(event));
    table.addEventListener("focusin", (event) => this.#arrive(/** @type {HTMLElement} */ (event.target)));
    table.addEventListener("focusout", (event) => this.#leave(event));
    new MutationObserver(() => this.#settle()).observe(table, { childList: true, subtree: true });
  }

  /** The focus on the first row. */
  focusFirst() {
    this.#settle();
    const row = this.#rows().find((each) => each.dataset.id);
    if (row) this.#go(this.#cells(row)[0]);
  }

  /** Takes all but one element of the grid out of the tab order; rows that are new have theirs in it. */
  #settle() {
    const editing = /** @type {HTMLElement | null} */ (document.activeElement)?.closest(CELLS);
    for (const widget of this.#table.querySelectorAll(WIDGETS)) {
      if (!editing?.contains(widget)) /** @type {HTMLElement} */ (widget).tabIndex = -1;
    }
    for (const cell of this.#table.querySelectorAll(CELLS)) {
      if (!isPick(cell)) /** @type {HTMLElement} */ (cell).tabIndex = -1;
    }
    if (!this.#active?.isConnected) {
      // Only what is there, not what is visible: that would have the browser lay out all rows at once.
      this.#active = this.#table.querySelector(`[data-id] ${CELLS.split(",")[0]}`);
    }
    if (this.#active) place(this.#active).tabIndex = 0;
  }

  /** @param {HTMLElement} target */
  #arrive(target) {
    const cell = /** @type {HTMLElement | null} */ (target.closest(CELLS));
    if (!cell) return;
    if (this.#active && this.#active !== cell) place(this.#active).tabIndex = -1;
    this.#active = cell;
    place(cell).tabIndex = 0;
    // Inside a cell Tab goes from control to control.
    const inside = target !== place(cell);
    for (const widget of widgets(cell)) if (widget !== place(cell)) widget.tabIndex = inside ? 0 : -1;
  }

  /** @param {FocusEvent} event */
  #leave(event) {
    const cell = /** @type {HTMLElement} */ (event.target).closest(CELLS);
    if (!cell || cell.contains(/** @type {Node | null} */ (event.relatedTarget))) return;
    for (const widget of widgets(cell)) if (widget !== place(/** @type {HTMLElement} */ (cell))) widget.tabIndex = -1;
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const cell = /** @type {HTMLElement | null} */ (target.closest(CELLS));
    if (!cell || event.defaultPrevented) return;
    if (target !== place(cell)) {
      if (event.key === "Escape") this.#done(event, () => this.#go(cell));
      return;
    }
    const act = this.#deed(event, cell);
    if (act) this.#done(event, act);
  }

  /** @param {KeyboardEvent} event @param {() => void} act */
  #done(event, act) {
    event.preventDefault();
    act();
  }

  /**
   * What a key means on a cell.
   * @param {KeyboardEvent} event
   * @param {HTMLElement} cell
   * @returns {(() => void) | null}
   */
  #deed(event, cell) {
    const { key, shiftKey: shift, ctrlKey: control, altKey, metaKey } = event;
    if (altKey || metaKey) return null;
    const row = /** @type {HTMLElement} */ (cell.closest("[role=row]"));
    const line = this.#rows();
    const at = line.indexOf(row);
    const column = this.#cells(row).indexOf(cell);
    const to = (/** @type {number} */ index) => () =>
      this.#move(line[Math.max(0, Math.min(line.length - 1, index))], column);
    const along = (/** @type {number} */ index) => () => this.#go(this.#cells(row)[index]);
    const first = line.findIndex((each) => each.dataset.id);
    if (shift && (key === "ArrowDown" || key === "ArrowUp"))
      return () => this.#extend(row, line[at + (key === "ArrowDown" ? 1 : -1)], column);
    if (key === "ArrowDown") return to(at + 1);
    if (key === "ArrowUp") return to(at - 1);
    if (key === "PageDown") return to(at + LEAP);
    if (key === "PageUp") return to(Math.max(first, at - LEAP));
    if (key === "ArrowRight") return along(Math.min(column + 1, this.#cells(row).length - 1));
    if (key === "ArrowLeft") return along(Math.max(column - 1, 0));
    if (key === "Home") return control ? to(first) : along(0);
    if (key === "End") return control ? to(line.length - 1) : along(this.#cells(row).length - 1);
    if (control) return null;
    if (key === " ") return shift ? () => this.#range(row) : isPick(cell) ? null : () => this.#toggle(row);
    if (key === "Enter") return isPick(cell) ? () => this.#toggle(row) : () => widgets(cell)[0]?.focus();
    if (key === "?") return this.#deeds.help;
    if (key === "/") return this.#deeds.search;
    if (key === "n") return this.#deeds.next;
    if (key === "p") return this.#deeds.previous;
    if (!row.dataset.id) return null;
    if (key === "s") return () => this.#deeds.suggestion(row);
    if (/^[1-9]$/.test(key)) return () => this.#deeds.type(row, Number(key) - 1);
    return null;
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const box = /** @type {HTMLElement} */ (event.target);
    const row = /** @type {HTMLElement | null} */ (box.closest("[data-id]"));
    if (!row || !(box instanceof HTMLInputElement) || box.type !== "checkbox") return;
    if (event.shiftKey && this.#anchor?.isConnected && this.#anchor !== row) this.#fill(this.#anchor, row, box.checked);
    this.#anchor = row;
  }

  /** Ticks or unticks everything from where the range began. @param {HTMLElement} row */
  #range(row) {
    if (!this.#anchor?.isConnected) return this.#toggle(row);
    this.#fill(this.#anchor, row, tickOf(this.#anchor)?.checked ?? true);
  }

  /** @param {HTMLElement} from @param {HTMLElement} to @param {boolean} ticked */
  #fill(from, to, ticked) {
    const line = this.#rows();
    const ends = [line.indexOf(from), line.indexOf(to)].sort((a, b) => a - b);
    for (const row of line.slice(ends[0], ends[1] + 1)) setTick(row, ticked);
  }

  /** @param {HTMLElement} row @param {HTMLElement | undefined} next @param {number} column */
  #extend(row, next, column) {
    if (!row.dataset.id || !next?.dataset.id) return;
    if (!this.#anchor?.isConnected) {
      this.#anchor = row;
      setTick(row, true);
    }
    const ticked = tickOf(this.#anchor)?.checked ?? true;
    setTick(row, ticked);
    setTick(next, ticked);
    this.#move(next, column);
  }

  /** @param {HTMLElement} row */
  #toggle(row) {
    const box = tickOf(row);
    if (!box) return;
    setTick(row, !box.checked);
    if (row.dataset.id) this.#anchor = row;
  }

  /** @param {HTMLElement | undefined} row @param {number} column */
  #move(row, column) {
    if (!row) return;
    const cells = this.#cells(row);
    this.#go(cells[Math.min(column, cells.length - 1)]);
  }

  /** @param {HTMLElement | undefined} cell */
  #go(cell) {
    if (!cell) return;
    place(cell).focus({ preventScroll: true });
    cell.scrollIntoView({ block: "nearest" });
  }

  /** @returns {HTMLElement[]} The header and the rows that have something to go to. */
  #rows() {
    return [.../** @type {NodeListOf<HTMLElement>} */ (this.#table.querySelectorAll("[role=row]"))].filter(
      (row) => this.#cells(row).length > 0,
    );
  }

  /** @param {HTMLElement} row @returns {HTMLElement[]} */
  #cells(row) {
    const cells = /** @type {NodeListOf<HTMLElement>} */ (row.querySelectorAll(CELLS));
    return [...cells].filter((cell) => cell.offsetParent !== null);
  }
}

/** Whether a cell holds nothing but its tick, which then has the focus itself. @param {Element} cell */
function isPick(cell) {
  return cell.classList.contains("cell-pick");
}

/** What of a cell has the focus. @param {HTMLElement} cell @returns {HTMLElement} */
function place(cell) {
  return (isPick(cell) && /** @type {HTMLElement | null} */ (cell.querySelector("input"))) || cell;
}

/** @param {Element} cell @returns {HTMLElement[]} */
function widgets(cell) {
  return [.../** @type {NodeListOf<HTMLElement>} */ (cell.querySelectorAll(WIDGETS))];
}

/** @param {HTMLElement} row @returns {HTMLInputElement | null} */
function tickOf(row) {
  return row.querySelector(".cell-pick input");
}

/** @param {HTMLElement} row @param {boolean} ticked */
function setTick(row, ticked) {
  const box = tickOf(row);
  if (!box || box.checked === ticked) return;
  box.checked = ticked;
  box.dispatchEvent(new Event("change", { bubbles: true }));
}
