/** What was read, in two tables: how long each emotion was shown, and from when to when. */

import { isNamed, shares, type Answer } from "../runtime/segments";
import { element, made } from "./dom";
import type { History } from "./history";

/** The newest ones; the rest is in what is saved. */
const MOST_ROWS = 100;
const EVERY_MS = 1000;
/** Of an hour it takes longer than of a minute; it shall not take more than this share of the time. */
const BUSY = 0.02;

export class Summary {
  private readonly details = element<HTMLDetailsElement>("summary");
  private readonly byEmotion = new Table("by-emotion");
  private readonly bySegment = new Table("by-segment");
  private readonly tables = element("summary-tables");
  private readonly nothing = element("no-summary");
  private nextAt = -Infinity;

  /** `select` is told the segment that the user wants to see. */
  constructor(
    private readonly select: (fromS: number, toS: number) => void,
    opened: () => void,
  ) {
    this.details.addEventListener("toggle", opened);
  }

  /** Shows what was read until now; not more often than can be read, and only if somebody looks. */
  show(history: History, certain: number, rateHz: number, atOnce = false): void {
    const began = performance.now();
    if (!this.details.open || (!atOnce && began < this.nextAt)) return;
    this.fill(history, certain, rateHz);
    const ended = performance.now();
    this.nextAt = ended + Math.max(EVERY_MS, (ended - began) / BUSY);
  }

  private fill(history: History, certain: number, rateHz: number): void {
    const segments = history.segments(certain, rateHz);
    this.tables.hidden = segments.length === 0;
    this.nothing.hidden = segments.length > 0;
    const shown = [...shares(segments)].filter(([, share]) => share > 0).sort(([, a], [, b]) => b - a);
    this.byEmotion.fill(shown.length, (row, n) => {
      const [answer, share] = shown[n];
      const of = segments.filter(({ emotion }) => emotion === answer);
      const seconds = of.reduce((sum, { startS, endS }) => sum + endS - startS, 0);
      const mean = of.reduce((sum, { startS, endS, probability }) => sum + (endS - startS) * probability, 0) / (seconds || 1);
      row(named(answer), `${seconds.toFixed(1)} s`, percent(share), isNamed(answer) ? percent(mean) : "–");
    });
    const newest = segments.slice(-MOST_ROWS);
    this.bySegment.fill(newest.length, (row, n) => {
      const { emotion, startS, endS, probability } = newest[n];
      const button = made("button", `${startS.toFixed(1)} s`);
      button.addEventListener("click", () => this.select(startS, endS));
      row(button, `${endS.toFixed(1)} s`, named(emotion), isNamed(emotion) ? percent(probability) : "–");
    });
    const more = segments.length - newest.length;
    element("more-segments").textContent = more > 0 ? `The last ${MOST_ROWS} of ${segments.length}; the JSON has all.` : "";
  }
}

/** The body of a table; rows stay where they are, so that the focus does. */
class Table {
  private readonly body: HTMLTableSectionElement;

  constructor(id: string) {
    this.body = element<HTMLTableElement>(id).tBodies[0];
  }

  fill(rows: number, cells: (row: (...content: (HTMLElement | string)[]) => void, n: number) => void): void {
    while (this.body.rows.length > rows) this.body.deleteRow(-1);
    for (let n = 0; n < rows; n++) cells((...content) => this.put(n, content), n);
  }

  private put(n: number, content: (HTMLElement | string)[]): void {
    const row = this.body.rows[n] ?? this.body.insertRow();
    content.forEach((what, column) => {
      const cell = row.cells[column] ?? row.appendChild(document.createElement(column === 0 ? "th" : "td"));
      if (column === 0) cell.setAttribute("scope", "row");
      const text = typeof what === "string" ? what : (what.textContent ?? "");
      if (cell.textContent !== text) cell.replaceChildren(what);
    });
  }
}

function named(answer: Answer): HTMLElement {
  const node = made("span");
  if (isNamed(answer)) {
    const dot = made("span", "", "dot");
    dot.style.background = `var(--${answer})`;
    node.append(dot);
  }
  node.append(answer);
  return node;
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
