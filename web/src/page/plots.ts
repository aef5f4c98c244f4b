/** What the plots of the page have in common: uPlot in an element, and columns that have no more points than can be seen. */

import uPlot from "uplot";
import { colour } from "./colours";
import type { History } from "./history";

const MOST_POINTS = 500;

/** Null is a gap: no eye was seen. */
export type Column = (number | null)[];

export abstract class Plot {
  protected plot: uPlot;
  private readonly size = new ResizeObserver(() => this.resize());

  constructor(protected readonly element: HTMLElement) {
    this.plot = this.made();
    this.size.observe(element);
  }

  /** Colours are other ones: drawn anew. */
  recolour(): void {
    const { data } = this.plot;
    this.plot.destroy();
    this.plot = this.made();
    this.plot.setData(data);
  }

  protected abstract made(): uPlot;

  protected get room(): { width: number; height: number } {
    return { width: Math.max(120, this.element.clientWidth), height: Math.max(60, this.element.clientHeight) };
  }

  protected draw(columns: Column[], from: number, to: number): void {
    this.plot.setData(columns as unknown as uPlot.AlignedData, false);
    this.plot.setScale("x", { min: from, max: to });
  }

  private resize(): void {
    this.plot.setSize(this.room);
  }
}

/** How axes look. */
export function plainAxis(): uPlot.Axis {
  return { stroke: colour("quiet"), grid: { stroke: colour("line"), width: 1 }, ticks: { show: false } };
}

/** Times, and the means of each column of a table over at most `MOST_POINTS` parts of what is shown. */
export function means(history: History, from: number, to: number, table: Float32Array | Float64Array, width: number): Column[] {
  const last = Math.min(history.length, history.placeOf(to) + 2);
  const every = Math.max(1, Math.ceil((last - history.placeOf(from)) / MOST_POINTS));
  // parts begin at the same frames whatever is shown, so that nothing flickers while time goes on
  const shift = history.dropped % every;
  const first = Math.max(0, Math.floor((history.placeOf(from) - 1 + shift) / every) * every - shift);
  const columns: Column[] = Array.from({ length: width + 1 }, () => []);
  for (let begin = first; begin < last; begin += every) {
    const end = Math.min(last, begin + every);
    columns[0].push(history.timesS[begin]);
    for (let n = 0; n < width; n++) {
      let sum = 0;
      for (let at = begin; at < end; at++) sum += table[at * width + n];
      const mean = sum / (end - begin);
      columns[n + 1].push(Number.isNaN(mean) ? null : mean);
    }
  }
  return columns;
}
