/**
 * Luma and chroma -> grey as OpenCV's decoder gives it, which goes a way round through colours: FFmpeg makes blue, green
 * and red of them (its fast converter to 8 bits, BT.601 whatever the video says), then they are weighed. All of it is
 * whole numbers, so a frame of a video is the same in the page and in the package.
 */

import type { Grey } from "../runtime/contract";

/** How chroma lies in a format of `VideoFrame`: pixels to a sample, and whether U and V lie in one plane. */
export interface Sampling {
  across: number;
  down: number;
  interleaved: boolean;
}

export const SAMPLED: Record<string, Sampling> = {
  I420: { across: 2, down: 2, interleaved: false },
  I420A: { across: 2, down: 2, interleaved: false },
  I422: { across: 2, down: 1, interleaved: false },
  I444: { across: 1, down: 1, interleaved: false },
  NV12: { across: 2, down: 2, interleaved: true },
};

/** What chroma adds, in 2^-13: red of V, green of U and V, blue of U (libswscale/yuv2rgb.c). */
const LIMITED = { luma: 9539, offset: 128, red: 13075, greenU: -3209, greenV: -6660, blue: 16525 };
const FULL = { luma: 8192, offset: 0, red: 11485, greenU: -2819, greenV: -5850, blue: 14516 };

/** By 256 U + V: what is added to each colour, and to grey where no colour leaves 0..255. */
interface Tables {
  grey: Int16Array;
  red: Int16Array;
  green: Int16Array;
  blue: Int16Array;
  shift: Int16Array;
  /** The levels of grey for which no colour leaves 0..255. */
  low: Int16Array;
  high: Int16Array;
}

const limited = tables(LIMITED);
const full = tables(FULL);

function tables(weights: typeof LIMITED): Tables {
  const made = (value: (u: number, v: number) => number): Int16Array =>
    Int16Array.from({ length: 65536 }, (_, place) => value(8 * (place >> 8) - 1024, 8 * (place & 255) - 1024));
  const red = made((_, v) => (v * weights.red) >> 16);
  const green = made((u, v) => ((u * weights.greenU) >> 16) + ((v * weights.greenV) >> 16));
  const blue = made((u) => (u * weights.blue) >> 16);
  return {
    grey: Int16Array.from({ length: 256 }, (_, luma) => ((8 * luma - weights.offset) * weights.luma) >> 16),
    red,
    green,
    blue,
    shift: red.map((value, place) => weighed(value, green[place], blue[place])),
    low: red.map((value, place) => -Math.min(value, green[place], blue[place])),
    high: red.map((value, place) => 255 - Math.max(value, green[place], blue[place])),
  };
}

function weighed(red: number, green: number, blue: number): number {
  return (red * 9798 + green * 19235 + blue * 3735 + 16384) >> 15;
}

let kept = new Uint8Array(0);

/** The image is valid until the next call: frame after frame it lies in the same memory. */
export function greyOfPlanes(
  buffer: Uint8Array,
  layout: PlaneLayout[],
  { across, down, interleaved }: Sampling,
  width: number,
  height: number,
  fullRange: boolean,
): Grey {
  const { grey, red, green, blue, shift, low, high } = fullRange ? full : limited;
  if (kept.length !== width * height) kept = new Uint8Array(width * height);
  const data = kept;
  const [luma, first] = layout;
  const second = interleaved ? { offset: first.offset + 1, stride: first.stride } : layout[2];
  const step = interleaved ? 2 : 1;
  for (let y = 0, at = 0; y < height; y++) {
    const row = luma.offset + y * luma.stride;
    let ofU = first.offset + Math.floor(y / down) * first.stride;
    let ofV = second.offset + Math.floor(y / down) * second.stride;
    for (let x = 0; x < width; x += across, ofU += step, ofV += step) {
      const place = (buffer[ofU] << 8) | buffer[ofV];
      const least = low[place];
      const most = high[place];
      const added = shift[place];
      const end = Math.min(x + across, width);
      for (let pixel = x; pixel < end; pixel++, at++) {
        const level = grey[buffer[row + pixel]];
        data[at] =
          level >= least && level <= most
            ? level + added
            : weighed(clipped(level + red[place]), clipped(level + green[place]), clipped(level + blue[place]));
      }
    }
  }
  return { data, width, height };
}

function clipped(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value;
}
