/** The part of a picture that shows the eye: eye/region.py once more. */

import { roundHalfEven } from "../runtime/arithmetic";
import type { Grey } from "../runtime/contract";
import { cutBetween } from "./cutting";
import { partOf, resizedByArea, type Part } from "./resize";

/** Where the centre of a relaxed eye lies in the crop, as a share of its height; across it is the middle. */
const EYE_DOWN = 0.58;
/** Crops around an eye lie on sixteenths of a pixel, so that the last bits of what was measured do not matter. */
const PARTS = 16;

export interface Place {
  /** Its centre, in pixels from the picture's upper left corner. */
  x: number;
  y: number;
  width: number;
  height: number;
  /** Whether it is a left eye, which is mirrored into a right one. */
  mirrored: boolean;
}

/** A box of whole pixels: left, top, width, height. */
export type Box = [number, number, number, number];

export function whole(frame: { width: number; height: number }, mirrored = false): Place {
  return { x: frame.width / 2, y: frame.height / 2, width: frame.width, height: frame.height, mirrored };
}

/** The box, moved and cut so that it lies within the picture. */
export function boxed(box: Box, frame: { width: number; height: number }): Place {
  const width = Math.min(Math.max(1, Math.round(box[2])), frame.width);
  const height = Math.min(Math.max(1, Math.round(box[3])), frame.height);
  const left = Math.min(Math.max(0, Math.round(box[0])), frame.width - width);
  const top = Math.min(Math.max(0, Math.round(box[1])), frame.height - height);
  return { x: left + width / 2, y: top + height / 2, width, height, mirrored: false };
}

/** What models are trained on, of an eye with its centre at x and y and this size (docs/finder.md). */
export function cropAround(x: number, y: number, size: number, mirrored: boolean): Place {
  const [across, along] = [x, y - (EYE_DOWN - 0.5) * size].map((value) => roundHalfEven(value * PARTS) / PARTS);
  const side = (2 * Math.floor((size * PARTS) / 2) + 1) / PARTS; // odd: never of whole pixels
  return { x: across, y: along, width: side, height: side, mirrored };
}

/** What a place shows, size x size, each pixel a mean over its area; left eyes are mirrored. */
export function cut(frame: Grey, place: Place, size: number): Uint8Array {
  const { x, y, width, height } = place;
  const part = { left: x - width / 2, top: y - height / 2, width, height };
  const image = liesOnPixels(frame, place) ? cutWhole(frame, part, size) : cutBetween(frame, part, size);
  return place.mirrored ? mirrored(image, size) : image;
}

function liesOnPixels(frame: Grey, { x, y, width, height }: Place): boolean {
  const corners = [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
  const inside = corners[0] >= 0 && corners[1] >= 0 && corners[2] <= frame.width && corners[3] <= frame.height;
  return inside && corners.every(Number.isInteger);
}

function cutWhole(frame: Grey, part: Part, size: number): Uint8Array {
  const isReady = part.width === size && part.height === size;
  return isReady ? partOf(frame, part).data : resizedByArea(frame, part, size, size).data;
}

export function mirrored(image: Uint8Array, size: number): Uint8Array {
  const flipped = new Uint8Array(image.length);
  for (let start = 0; start < image.length; start += size) {
    flipped.set(image.slice(start, start + size).reverse(), start);
  }
  return flipped;
}
