/** The part of a picture that shows the eye: eye/region.py once more. */

import type { Grey } from "../runtime/contract";
import { resizedByArea } from "./resize";

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

export function whole(frame: { width: number; height: number }): Place {
  return { x: frame.width / 2, y: frame.height / 2, width: frame.width, height: frame.height, mirrored: false };
}

/** The box, moved and cut so that it lies within the picture. */
export function boxed(box: Box, frame: { width: number; height: number }): Place {
  const width = Math.min(Math.max(1, Math.round(box[2])), frame.width);
  const height = Math.min(Math.max(1, Math.round(box[3])), frame.height);
  const left = Math.min(Math.max(0, Math.round(box[0])), frame.width - width);
  const top = Math.min(Math.max(0, Math.round(box[1])), frame.height - height);
  return { x: left + width / 2, y: top + height / 2, width, height, mirrored: false };
}

/** A place whose corners are whole pixels within the picture, size x size, each pixel a mean over its area. */
export function cutWhole(frame: Grey, place: Place, size: number): Uint8Array {
  const left = place.x - place.width / 2;
  const top = place.y - place.height / 2;
  const part = new Uint8Array(place.width * place.height);
  for (let y = 0; y < place.height; y++) {
    const from = (top + y) * frame.width + left;
    part.set(frame.data.subarray(from, from + place.width), y * place.width);
  }
  const image = { data: part, width: place.width, height: place.height };
  const cut = place.width === size && place.height === size ? part : resizedByArea(image, size, size).data;
  return place.mirrored ? mirrored(cut, size) : cut;
}

export function mirrored(image: Uint8Array, size: number): Uint8Array {
  const flipped = new Uint8Array(image.length);
  for (let start = 0; start < image.length; start += size) {
    flipped.set(image.slice(start, start + size).reverse(), start);
  }
  return flipped;
}
