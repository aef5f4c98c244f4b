/** A part of a picture, cut out and scaled, which may lie between its pixels: eye/region.py once more. */

import type { Grey } from "../runtime/contract";
import type { Part } from "./resize";

/** Means this near to a half are rounded up, in whatever order a machine adds. */
const TIE = 1e-9;

/** Which pixels lie in which cell, and how much of them: of the n-th the shares from `begin[n]` to `begin[n + 1]`. */
interface Shares {
  begin: Int32Array;
  at: Int32Array;
  weight: Float64Array;
}

/** Size x size, each the mean over its area, of one pixel at least; borders are repeated. */
export function cutBetween(frame: Grey, part: Part, size: number): Uint8Array {
  const down = shares(part.top, part.height, frame.height, size);
  const across = shares(part.left, part.width, frame.width, size);
  const first = across.at.reduce((a, b) => Math.min(a, b));
  const width = across.at.reduce((a, b) => Math.max(a, b)) + 1 - first;
  const line = new Float64Array(width);
  const { data } = frame;
  const cut = new Uint8Array(size * size);
  for (let y = 0; y < size; y++) {
    line.fill(0);
    for (let n = down.begin[y]; n < down.begin[y + 1]; n++) {
      const weight = down.weight[n];
      const start = down.at[n] * frame.width + first;
      for (let x = 0; x < width; x++) line[x] += weight * data[start + x];
    }
    for (let x = 0; x < size; x++) {
      let mean = 0;
      for (let n = across.begin[x]; n < across.begin[x + 1]; n++) mean += across.weight[n] * line[across.at[n] - first];
      cut[y * size + x] = Math.min(255, Math.max(0, Math.floor(mean + 0.5 + TIE)));
    }
  }
  return cut;
}

function shares(start: number, length: number, pixels: number, count: number): Shares {
  const scale = length / count;
  const wide = Math.max(scale, 1);
  const begin = new Int32Array(count + 1);
  const at: number[] = [];
  const weights: number[] = [];
  for (let n = 0; n < count; n++) {
    const low = start + scale * (n + 0.5) - 0.5 * wide;
    const high = low + wide;
    for (let pixel = Math.floor(low); pixel < high; pixel++) {
      at.push(Math.min(Math.max(pixel, 0), pixels - 1));
      weights.push((Math.min(high, pixel + 1) - Math.max(low, pixel)) / wide);
    }
    begin[n + 1] = at.length;
  }
  return { begin, at: Int32Array.from(at), weight: Float64Array.from(weights) };
}
