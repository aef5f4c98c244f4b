/** Means over areas exactly as OpenCV's `resize` with `INTER_AREA` computes them on 8-bit images. */

import { roundHalfEven } from "../runtime/arithmetic";
import type { Grey } from "../runtime/contract";

/** `cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)` */
export function resizedByArea(image: Grey, width: number, height: number): Grey {
  const scaleX = image.width / width;
  const scaleY = image.height / height;
  if (scaleX < 1 || scaleY < 1) {
    // where it is enlarged, this is an interpolation whose steps are kept
    return interpolated(image, areaSteps(image.width, width), areaSteps(image.height, height));
  }
  const wholeX = Math.round(scaleX);
  const wholeY = Math.round(scaleY);
  const whole = Math.abs(scaleX - wholeX) < Number.EPSILON && Math.abs(scaleY - wholeY) < Number.EPSILON;
  return whole ? blockMeans(image, width, height, wholeX, wholeY) : areaMeans(image, width, height, scaleX, scaleY);
}

function blockMeans(image: Grey, width: number, height: number, wide: number, high: number): Grey {
  const data = new Uint8Array(width * height);
  const share = Math.fround(1 / (wide * high));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let row = 0; row < high; row++) {
        const from = (y * high + row) * image.width + x * wide;
        for (let at = from; at < from + wide; at++) sum += image.data[at];
      }
      data[y * width + x] = wide === 2 && high === 2 ? (sum + 2) >> 2 : roundHalfEven(Math.fround(sum * share));
    }
  }
  return { data, width, height };
}

/** Which pixels lie in which, and how much of them: of the n-th the shares from `begin[n]` to `begin[n + 1]`. */
interface Shares {
  begin: Int32Array;
  /** The pixel of its first share; the others follow. */
  first: Int32Array;
  weight: Float32Array;
}

/** `computeResizeAreaTab` of OpenCV. */
function shares(length: number, count: number, scale: number): Shares {
  const begin = new Int32Array(count + 1);
  const first = new Int32Array(count);
  const weights: number[] = [];
  for (let n = 0; n < count; n++) {
    const low = n * scale;
    const high = low + scale;
    const cell = Math.min(scale, length - low);
    const last = Math.min(Math.floor(high), length - 1);
    const whole = Math.min(Math.ceil(low), last);
    const before = whole - low > 1e-3;
    first[n] = before ? whole - 1 : whole;
    if (before) weights.push((whole - low) / cell);
    for (let from = whole; from < last; from++) weights.push(1 / cell);
    if (high - last > 1e-3) weights.push(Math.min(Math.min(high - last, 1), cell) / cell);
    begin[n + 1] = weights.length;
  }
  return { begin, first, weight: Float32Array.from(weights) };
}

function areaMeans(image: Grey, width: number, height: number, scaleX: number, scaleY: number): Grey {
  const across = shares(image.width, width, scaleX);
  const down = shares(image.height, height, scaleY);
  const data = new Uint8Array(width * height);
  const row = new Float32Array(width);
  const sum = new Float32Array(width);
  for (let y = 0; y < height; y++) {
    sum.fill(0);
    for (let line = down.begin[y], from = down.first[y]; line < down.begin[y + 1]; line++, from++) {
      rowMeans(image.data, from * image.width, across, row);
      const weight = down.weight[line];
      for (let x = 0; x < width; x++) sum[x] = Math.fround(sum[x] + Math.fround(weight * row[x]));
    }
    for (let x = 0; x < width; x++) data[y * width + x] = Math.min(255, roundHalfEven(sum[x]));
  }
  return { data, width, height };
}

function rowMeans(data: Uint8Array, start: number, { begin, first, weight }: Shares, row: Float32Array): void {
  for (let x = 0; x < row.length; x++) {
    let sum = Math.fround(0);
    const end = begin[x + 1];
    for (let share = begin[x], at = start + first[x]; share < end; share++, at++) {
      sum = Math.fround(sum + Math.fround(Math.fround(data[at]) * weight[share]));
    }
    row[x] = sum;
  }
}

/** Means over areas; bilinear where it is enlarged, as OpenCV's `INTER_LINEAR`: `_resized` of eye/looking.py. */
export function resized(image: Grey, width: number, height: number): Grey {
  if (image.width === width && image.height === height) return image;
  if (width <= image.width && height <= image.height) return resizedByArea(image, width, height);
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
