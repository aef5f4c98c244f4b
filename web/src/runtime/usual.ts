/** What a face usually looks like, learnt from a stream: runtime/usual.py once more, which says how and why. */

import { EMOTIONS, type Habits } from "./contract";
import { medianImage } from "./median";

/** A picture that was judged; `worth` is its log probability of neutral, as if it had been seen at 0 s. */
interface Seen {
  image: Uint8Array;
  worth: number;
}

/** The bank, the best first; nothing was learnt where it is empty. */
export type Usual = readonly Seen[];

/** The log probability of neutral that logits give. */
export function logNeutral(logits: Float32Array): number {
  const most = Math.max(...logits);
  const total = logits.reduce((sum, value) => sum + Math.exp(value - most), 0);
  return logits[EMOTIONS.indexOf("neutral")] - most - Math.log(total);
}

/** With one more picture whose log probability of neutral is `judged`; the same object where it is not kept. */
export function learnt(usual: Usual, image: Uint8Array, judged: number, timeS: number, habits: Habits): Usual {
  const worth = judged + timeS / habits.forget_s;
  if (worth < habits.least_neutral || (usual.length > 0 && worth < usual[0].worth - habits.margin)) return usual;
  if (usual.length === habits.kept && worth <= usual[usual.length - 1].worth) return usual;
  return [...usual, { image, worth }].sort((a, b) => b.worth - a.worth).slice(0, habits.kept);
}

/** What change is to be measured against; null where nothing looked neutral. */
export function reference(usual: Usual, habits: Habits): Uint8Array | null {
  const used = usual.filter(({ worth }) => worth >= usual[0].worth - habits.margin);
  return used.length > 0 ? medianImage(used.map(({ image }) => image)) : null;
}

/** A picture is compared as so many cells a side at most, each with what is within so many cells of it. */
const CELLS = 10;
const AROUND = 4;

/** How well two pictures (size x size) show the same eye: the correlation of their coarse local contrast, -1..1. */
export function fit(image: Uint8Array, other: Uint8Array, size: number): number {
  const [a, b] = [image, other].map((each) => centred(coarseContrast(each, size)));
  const product = (x: Float64Array, y: Float64Array): number => x.reduce((sum, value, n) => sum + value * y[n], 0);
  return product(a, b) / Math.max(Math.sqrt(product(a, a) * product(b, b)), 1e-12);
}

function centred(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => value - mean);
}

/** The mean of each cell, less the mean around it, divided by the deviation there. */
function coarseContrast(image: Uint8Array, size: number): Float64Array {
  const cells = Math.min(CELLS, size);
  const edges = Array.from({ length: cells + 1 }, (_, n) => Math.floor((n * size) / cells));
  const x = new Float64Array(cells * cells).map((_, cell) => {
    const [row, column] = [Math.floor(cell / cells), cell % cells];
    let sum = 0;
    for (let y = edges[row]; y < edges[row + 1]; y++)
      for (let at = edges[column]; at < edges[column + 1]; at++) sum += image[y * size + at];
    return sum / ((edges[row + 1] - edges[row]) * (edges[column + 1] - edges[column])) / 255;
  });
  return x.map((value, cell) => {
    const [row, column] = [Math.floor(cell / cells), cell % cells];
    let [count, total, squares] = [0, 0, 0];
    for (let y = Math.max(0, row - AROUND); y <= Math.min(cells - 1, row + AROUND); y++)
      for (let at = Math.max(0, column - AROUND); at <= Math.min(cells - 1, column + AROUND); at++) {
        const near = x[y * cells + at];
        count += 1;
        total += near;
        squares += near * near;
      }
    const mean = total / count;
    return (value - mean) / (Math.sqrt(Math.max(squares / count - mean * mean, 1e-6)) + 0.02);
  });
}
