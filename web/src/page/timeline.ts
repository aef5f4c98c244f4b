/** Probabilities over time, as areas that add up to one; and the firing of the layers. Drawn by uPlot. */

import uPlot from "uplot";
import { EMOTIONS, type Emotion } from "../runtime/contract";
import { colour, emotionColours, layerColours } from "./colours";
import type { History } from "./history";
import type { Span } from "./window";

const MOST_POINTS = 500;

/** Null is a gap: no eye was seen. */
type Column = (number | null)[];

/** A part of the clip in which the drawn person shows one emotion. */
export interface Shown {
  fromS: number;
  toS: number;
  emotion: Emotion;
}

abstract class Plot {
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

export class Timeline extends Plot {
  shown: Shown[] = [];
  onSelect: (fromS: number, toS: number) => void = () => undefined;

  update(history: History, span: Span): void {
    const [from, to] = span.shown(history.startS, history.endS);
    const columns = means(history, from, to, history.probabilities, EMOTIONS.length);
    for (let n = EMOTIONS.length - 1; n >= 1; n--) {
      const below = columns[n + 1];
      columns[n] = columns[n].map((value, point) => (value === null ? null : value + (below[point] ?? 0)));
    }
    this.draw(columns, from, to);
  }

  protected made(): uPlot {
    const colours = emotionColours();
    const axis = { stroke: colour("quiet"), grid: { stroke: colour("line"), width: 1 }, ticks: { show: false } };
    // the first emotion lies on top of all others, so each one's area reaches down to the next one's line
    const series = EMOTIONS.map((label, n) => ({ label, stroke: colours[n], fill: colours[n], width: 0, points: { show: false } }));
    const options: uPlot.Options = {
      ...this.room,
      legend: { show: false },
      cursor: { drag: { x: true, y: false, setScale: false }, points: { show: false } },
      scales: { x: { time: false }, y: { range: [0, 1] } },
      axes: [
        { ...axis, size: 26, values: (_, values) => values.map((value) => `${Number(value.toFixed(2))} s`) },
        { ...axis, size: 46, values: (_, values) => values.map((value) => `${Math.round(100 * value)} %`) },
      ],
      series: [{}, ...series],
      bands: EMOTIONS.slice(1).map((_, n) => ({ series: [n + 1, n + 2] as [number, number] })),
      padding: [26, 18, 0, 0],
      hooks: {
        draw: [(plot) => this.drawShown(plot)],
        setSelect: [
          (plot) => {
            const { left, width } = plot.select;
            if (width > 4) this.onSelect(plot.posToVal(left, "x"), plot.posToVal(left + width, "x"));
            if (width > 0) plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          },
        ],
      },
    };
    const empty = Array.from({ length: EMOTIONS.length + 1 }, () => []) as unknown as uPlot.AlignedData;
    return new uPlot(options, empty, this.element);
  }

  /** The strip above: what the drawn person of the clip shows. */
  private drawShown(plot: uPlot): void {
    if (this.shown.length === 0) return;
    const { ctx, bbox } = plot;
    const scale = devicePixelRatio;
    const top = bbox.top - 21 * scale;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, top, bbox.width, 19 * scale);
    ctx.clip();
    ctx.font = `${12 * scale}px system-ui, sans-serif`;
    ctx.textBaseline = "middle";
    ctx.textAlign = "left";
    for (const { fromS, toS, emotion } of this.shown) {
      const left = plot.valToPos(fromS, "x", true);
      const right = plot.valToPos(toS, "x", true);
      ctx.fillStyle = colour(emotion);
      ctx.fillRect(left, top + 15 * scale, Math.max(0, right - left - scale), 4 * scale);
      ctx.fillStyle = colour("ink");
      if (right - left > 50 * scale) ctx.fillText(emotion, Math.max(left, bbox.left) + 2 * scale, top + 7 * scale);
    }
    ctx.restore();
  }
}

export class SpikePlot extends Plot {
  constructor(
    element: HTMLElement,
    private neurons: number[],
  ) {
    super(element);
    this.recolour();
  }

  update(history: History): void {
    const to = Math.max(history.endS, history.startS + 10);
    const columns = means(history, to - 10, to, history.spikes, this.neurons.length);
    this.draw(
      columns.map((column, n) =>
        n === 0 ? column : column.map((count) => (count === null ? null : (100 * count) / this.neurons[n - 1])),
      ),
      to - 10,
      to,
    );
  }

  protected made(): uPlot {
    const neurons = this.neurons ?? [];
    const colours = layerColours(neurons.length);
    const axis = { stroke: colour("quiet"), grid: { stroke: colour("line"), width: 1 }, ticks: { show: false } };
    return new uPlot(
      {
        ...this.room,
        legend: { show: false },
        cursor: { show: false },
        scales: { x: { time: false }, y: { range: (_, __, most) => [0, Math.max(20, most || 0)] } },
        axes: [
          { ...axis, size: 22, values: (_, values) => values.map((value) => `${value} s`) },
          { ...axis, size: 46, values: (_, values) => values.map((value) => `${value} %`) },
        ],
        series: [{}, ...neurons.map((_, n) => ({ stroke: colours[n], width: 1.5, points: { show: false } }))],
        padding: [8, 18, 0, 0],
      },
      Array.from({ length: neurons.length + 1 }, () => []) as unknown as uPlot.AlignedData,
      this.element,
    );
  }
}

/** Times, and the means of each column of a table over at most `MOST_POINTS` parts of what is shown. */
function means(history: History, from: number, to: number, table: Float32Array | Float64Array, width: number): Column[] {
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
