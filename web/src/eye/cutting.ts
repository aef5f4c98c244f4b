/** A part of a picture that lies between its pixels, cut out and scaled: eye/cutting.py once more. */

import { roundHalfEven } from "../runtime/arithmetic";
import type { Grey } from "../runtime/contract";
import type { Place } from "./place";

interface Used {
  first: number;
  last: number;
  low: Float64Array;
  high: Float64Array;
}

/** Each pixel the mean over its area, of one pixel at least; borders are repeated. */
export function cutBetween(frame: Grey, place: Place, size: number): Uint8Array {
  const down = used(place.y - place.height / 2, place.height, frame.height, size);
  const across = used(place.x - place.width / 2, place.width, frame.width, size);
  const width = across.last - across.first;
  const rows = new Float64Array(size * width);
  const column = new Float64Array(down.last - down.first);
  const found = new Float64Array(size);
  for (let x = 0; x < width; x++) {
    for (let y = 0, at = down.first * frame.width + across.first + x; y < column.length; y++, at += frame.width) {
      column[y] = frame.data[at];
    }
    means(column, down, found);
    for (let y = 0; y < size; y++) rows[y * width + x] = found[y];
  }
  const cut = new Uint8Array(size * size);
  for (let y = 0; y < size; y++) {
    means(rows.subarray(y * width, (y + 1) * width), across, found);
    for (let x = 0; x < size; x++) cut[y * size + x] = Math.min(255, Math.max(0, roundHalfEven(found[x])));
  }
  return cut;
}

/** The pixels that `size` even parts need, and where each part begins and ends in them. */
function used(start: number, length: number, pixels: number, size: number): Used {
  const scale = length / size;
  const wide = Math.max(scale, 1);
  const low = Float64Array.from({ length: size }, (_, n) => start + scale * (n + 0.5) - 0.5 * wide);
  const first = Math.min(Math.max(Math.floor(low[0]), 0), pixels - 1);
  const last = Math.min(Math.max(Math.ceil(low[size - 1] + wide), first + 1), pixels);
  return { first, last, low: low.map((value) => value - first), high: low.map((value) => value + wide - first) };
}

let sums = new Float64Array(1);

/** Means of a line, as differences of a running sum. */
function means(line: Float64Array, { low, high }: Used, found: Float64Array): void {
  if (sums.length <= line.length) sums = new Float64Array(line.length + 1);
  for (let n = 0; n < line.length; n++) sums[n + 1] = sums[n] + line[n];
  for (let n = 0; n < low.length; n++) found[n] = (upTo(line, high[n]) - upTo(line, low[n])) / (high[n] - low[n]);
}

function upTo(line: Float64Array, at: number): number {
  const whole = Math.min(Math.max(Math.floor(at), 0), line.length - 1);
  return sums[whole] + (at - whole) * line[whole];
}
