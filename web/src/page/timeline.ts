/** Probabilities over time, as areas that add up to one, with the place of the frame that is shown and of the pointer. */

import uPlot from "uplot";
import { EMOTIONS, type Emotion } from "../runtime/contract";
import { colour, emotionColours } from "./colours";
import { made } from "./dom";
import type { History } from "./history";
import { means, plainAxis, Plot } from "./plots";
import type { Span } from "./window";

/** A part of the clip in which the drawn person shows one emotion. */
export interface Shown {
  fromS: number;
  toS: number;
  emotion: Emotion;
}

interface Mark {
  node: HTMLElement;
  fromS: number | null;
  toS: number | null;
}

export class Timeline extends Plot {
  shown: Shown[] = [];
  /** What is marked, from when to when; kept to be laid anew where the plot has another size. */
  private readonly marks = { playhead: this.line("playhead"), pointer: this.line("pointer"), selection: this.line("selection") };

  update(history: History, span: Span): void {
    const [from, to] = span.shown(history.startS, history.endS);
    const columns = means(history, from, to, history.probabilities, EMOTIONS.length);
    for (let n = EMOTIONS.length - 1; n >= 1; n--) {
      const below = columns[n + 1];
      columns[n] = columns[n].map((value, point) => (value === null ? null : value + (below[point] ?? 0)));
    }
    this.draw(columns, from, to);
  }

  /** Shows where the frame is that is seen, and where the pointer is; null hides them. */
  mark(frameS: number | null, pointS: number | null): void {
    this.put(this.marks.playhead, frameS, frameS);
    this.put(this.marks.pointer, pointS, pointS);
  }

  /** Shows what would be selected. */
  markSelection(fromS: number | null, toS: number | null): void {
    this.put(this.marks.selection, fromS, toS);
  }

  /** The time at a place of the screen; the first or last that is shown, where it is beside the plot. */
  timeAt(clientX: number): number {
    const { left, width } = this.plot.over.getBoundingClientRect();
    return this.plot.posToVal(Math.min(Math.max(0, clientX - left), width), "x");
  }

  /** Of the plot without its axes, in CSS pixels. */
  get width(): number {
    return this.plot.over.clientWidth;
  }

  /** What is drawn, without the lines of the pointer and the frame. */
  get canvas(): HTMLCanvasElement {
    return this.plot.ctx.canvas;
  }

  private line(kind: string): Mark {
    const node = made("i", "", kind);
    node.hidden = true;
    this.element.append(node);
    return { node, fromS: null, toS: null };
  }

  private put(mark: Mark, fromS: number | null, toS: number | null): void {
    const { node } = mark;
    const { min, max } = this.plot.scales["x"];
    [mark.fromS, mark.toS] = [fromS, toS];
    const isThere = fromS !== null && toS !== null && min != null && max != null && toS >= min && fromS <= max;
    node.hidden = !isThere;
    if (!isThere) return;
    const { bbox } = this.plot; // asks for no layout, as what is in the document would
    const pixels = (canvas: number): string => `${canvas / devicePixelRatio}px`;
    const [left, right] = [Math.max(min, fromS), Math.min(max, toS)].map((at) => this.plot.valToPos(at, "x", true));
    Object.assign(node.style, { left: pixels(left), width: right > left ? pixels(right - left) : "" });
    Object.assign(node.style, { top: pixels(bbox.top), height: pixels(bbox.height) });
  }

  protected made(): uPlot {
    const colours = emotionColours();
    // the first emotion lies on top of all others, so each one's area reaches down to the next one's line
    const series = EMOTIONS.map((label, n) => ({ label, stroke: colours[n], fill: colours[n], width: 0, points: { show: false } }));
    const options: uPlot.Options = {
      ...this.room,
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false }, y: { range: [0, 1] } },
      axes: [
        { ...plainAxis(), size: 26, values: (_, values) => values.map((value) => `${Number(value.toFixed(2))} s`) },
        { ...plainAxis(), size: 46, values: (_, values) => values.map((value) => `${Math.round(100 * value)} %`) },
      ],
      series: [{}, ...series],
      bands: EMOTIONS.slice(1).map((_, n) => ({ series: [n + 1, n + 2] as [number, number] })),
      padding: [26, 18, 0, 0],
      hooks: { draw: [(plot) => this.drawn(plot)] },
    };
    const empty = Array.from({ length: EMOTIONS.length + 1 }, () => []) as unknown as uPlot.AlignedData;
    return new uPlot(options, empty, this.element);
  }

  private drawn(plot: uPlot): void {
    if (this.marks === undefined || plot !== this.plot) return; // uPlot draws once before the fields are there
    for (const mark of Object.values(this.marks)) this.put(mark, mark.fromS, mark.toS);
    if (this.shown.length > 0) this.drawShown(plot);
  }

  /** The strip above: what the drawn person of the clip shows. */
  private drawShown(plot: uPlot): void {
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
    const parts = this.shown.map(({ fromS, toS, emotion }) => ({
      left: plot.valToPos(fromS, "x", true),
      right: plot.valToPos(toS, "x", true),
      emotion,
    }));
    const hasRoom = parts.every(({ left, right, emotion }) => right - left > ctx.measureText(emotion).width + 6 * scale);
    for (const { left, right, emotion } of parts) {
      ctx.fillStyle = colour(emotion);
      ctx.fillRect(left, top + 15 * scale, Math.max(0, right - left - scale), 4 * scale);
      ctx.fillStyle = colour("ink");
      if (hasRoom) ctx.fillText(emotion, Math.max(left, bbox.left) + 2 * scale, top + 7 * scale);
    }
    ctx.restore();
  }
}
