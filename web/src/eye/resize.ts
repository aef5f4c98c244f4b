/** Pictures resized exactly as OpenCV's `resize` does it on 8-bit images. */

import { roundHalfEven } from "../runtime/arithmetic";
import type { Grey } from "../runtime/contract";

/** A part of a picture in whole pixels; what lies outside the picture is black. */
export interface Part {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** The part as an image of its own. */
export function partOf(image: Grey, { left, top, width, height }: Part): Grey {
  const data = new Uint8Array(width * height);
  const from = Math.max(left, 0);
  const to = Math.min(left + width, image.width);
  for (let y = Math.max(top, 0); y < Math.min(top + height, image.height) && from < to; y++) {
    const row = image.data.subarray(y * image.width + from, y * image.width + to);
    data.set(row, (y - top) * width + from - left);
  }
  return { data, width, height };
}

/** `cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA)` */
export function resizedByArea(image: Grey, part: Part, width: number, height: number): Grey {
  const scaleX = part.width / width;
  const scaleY = part.height / height;
  if (scaleX < 1 || scaleY < 1) {
    // where it is enlarged, this is an interpolation whose steps are kept
    return interpolated(partOf(image, part), areaSteps(part.width, width), areaSteps(part.height, height));
  }
  const wholeX = Math.round(scaleX);
  const wholeY = Math.round(scaleY);
  const whole = Math.abs(scaleX - wholeX) < Number.EPSILON && Math.abs(scaleY - wholeY) < Number.EPSILON;
  return whole ? blockMeans(image, part, width, height, wholeX, wholeY) : areaMeans(image, part, width, height);
}

function blockMeans(image: Grey, part: Part, width: number, height: number, wide: number, high: number): Grey {
  const data = new Uint8Array(width * height);
  const share = Math.fround(1 / (wide * high));
  for (let y = 0; y < height; y++) {
    const first = Math.max(part.top + y * high, 0);
    const last = Math.min(part.top + (y + 1) * high, image.height);
    for (let x = 0; x < width; x++) {
      const from = Math.max(part.left + x * wide, 0);
      const to = Math.min(part.left + (x + 1) * wide, image.width);
      let sum = 0;
      for (let row = first; row < last; row++) {
        for (let at = row * image.width + from; at < row * image.width + to; at++) sum += image.data[at];
      }
      data[y * width + x] = wide === 2 && high === 2 ? (sum + 2) >> 2 : roundHalfEven(Math.fround(sum * share));
    }
  }
  return { data, width, height };
}

/** Which pixels lie in which, and how much of them: of the n-th the shares from `begin[n]` to `end[n]`. */
interface Shares {
  begin: Int32Array;
  end: Int32Array;
  /** The pixel of its first share; the others follow. */
  first: Int32Array;
  weight: Float32Array;
}

/** `computeResizeAreaTab` of OpenCV, for a part that begins at `start`; pixels outside the picture are left out. */
function shares(start: number, length: number, count: number, pixels: number): Shares {
  const scale = length / count;
  const [begin, end, first] = [new Int32Array(count), new Int32Array(count), new Int32Array(count)];
  const weights: number[] = [];
  for (let n = 0; n < count; n++) {
    const low = n * scale;
    const high = low + scale;
    const cell = Math.min(scale, length - low);
    const last = Math.min(Math.floor(high), length - 1);
    const whole = Math.min(Math.ceil(low), last);
    const before = whole - low > 1e-3;
    const from = start + (before ? whole - 1 : whole);
    const at = weights.length;
    if (before) weights.push((whole - low) / cell);
    for (let pixel = whole; pixel < last; pixel++) weights.push(1 / cell);
    if (high - last > 1e-3) weights.push(Math.min(Math.min(high - last, 1), cell) / cell);
    const skipped = Math.min(Math.max(-from, 0), weights.length - at);
    begin[n] = at + skipped;
    first[n] = from + skipped;
    end[n] = Math.max(begin[n], weights.length - Math.max(0, from + weights.length - at - pixels));
  }
  return { begin, end, first, weight: Float32Array.from(weights) };
}

function areaMeans(image: Grey, part: Part, width: number, height: number): Grey {
  const across = shares(part.left, part.width, width, image.width);
  const down = shares(part.top, part.height, height, image.height);
  const data = new Uint8Array(width * height);
  const row = new Float32Array(width);
  const sum = new Float32Array(width);
  for (let y = 0; y < height; y++) {
    sum.fill(0);
    for (let line = down.begin[y], from = down.first[y]; line < down.end[y]; line++, from++) {
      rowMeans(image.data, from * image.width, across, row);
      const weight = down.weight[line];
      for (let x = 0; x < width; x++) sum[x] = Math.fround(sum[x] + Math.fround(weight * row[x]));
    }
    for (let x = 0; x < width; x++) data[y * width + x] = Math.min(255, roundHalfEven(sum[x]));
  }
  return { data, width, height };
}

function rowMeans(data: Uint8Array, start: number, { begin, end, first, weight }: Shares, row: Float32Array): void {
  for (let x = 0; x < row.length; x++) {
    let sum = Math.fround(0);
    for (let share = begin[x], at = start + first[x]; share < end[x]; share++, at++) {
      sum = Math.fround(sum + Math.fround(Math.fround(data[at]) * weight[share]));
    }
    row[x] = sum;
  }
}

/** `cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)` of an image that is enlarged. */
export function enlarged(image: Grey, width: number, height: number): Grey {
  return interpolated(image, linearSteps(image.width, width), linearSteps(image.height, height));
}

/** Which pixel, which one after it, and how much of that, in 2048ths. */
interface Step {
  at: number;
  next: number;
  rest: number;
}

function interpolated(image: Grey, columns: Step[], rows: Step[]): Grey {
  const width = columns.length;
  const height = rows.length;
  const data = new Uint8Array(width * height);
  const line = (y: number): Int32Array =>
    Int32Array.from(columns, ({ at, next, rest }) => {
      const start = y * image.width;
      return image.data[start + at] * (2048 - rest) + image.data[start + next] * rest;
    });
  rows.forEach(({ at, next, rest }, y) => {
    const above = line(at);
    const below = line(next);
    for (let x = 0; x < width; x++) {
      const mixed = (((2048 - rest) * (above[x] >> 4)) >> 16) + ((rest * (below[x] >> 4)) >> 16);
      data[y * width + x] = Math.min(255, Math.max(0, (mixed + 2) >> 2));
    }
  });
  return { data, width, height };
}

function areaSteps(length: number, count: number): Step[] {
  const scale = length / count;
  return Array.from({ length: count }, (_, place) => {
    const at = Math.floor(place * scale);
    const rest = Math.fround(place + 1 - (at + 1) * (count / length));
    return step(at, rest <= 0 ? 0 : Math.fround(rest - Math.floor(rest)), length);
  });
}

function linearSteps(length: number, count: number): Step[] {
  const scale = length / count;
  return Array.from({ length: count }, (_, place) => {
    const middle = Math.fround((place + 0.5) * scale - 0.5);
    return step(Math.floor(middle), Math.fround(middle - Math.floor(middle)), length);
  });
}

function step(at: number, rest: number, length: number): Step {
  if (at < 0) return { at: 0, next: Math.min(1, length - 1), rest: 0 };
  if (at >= length - 1) return { at: length - 1, next: length - 1, rest: 0 };
  return { at, next: at + 1, rest: roundHalfEven(rest * 2048) };
}
