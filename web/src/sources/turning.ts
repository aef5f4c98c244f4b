/** Pictures that are turned before anything is looked for: cameras are mounted upside down, and phones held sideways. */

import type { Grey } from "../runtime/contract";

/** Clockwise. */
export type Degrees = 0 | 90 | 180 | 270;
export const DEGREES = [0, 90, 180, 270] as const;

/** Clockwise first, then left and right are exchanged if it is mirrored. */
export interface Turn {
  degrees: Degrees;
  mirrored: boolean;
}

/** A quarter turn may be off by so much of a right angle's tangent: what is written is rounded. */
const NEARLY = 0.02;

export const UNTURNED: Turn = { degrees: 0, mirrored: false };

/** A turn, and another one after it. */
export function turnedFurther({ degrees, mirrored }: Turn, further: Degrees): Turn {
  return { degrees: ((degrees + (mirrored ? 360 - further : further)) % 360) as Degrees, mirrored };
}

/** Width and height of what has this width and height, when it is turned. */
export function turnedSize(width: number, height: number, { degrees }: Turn): [number, number] {
  return degrees % 180 === 0 ? [width, height] : [height, width];
}

/** Whether a display matrix [a, b, u, c, d, ...] is one, with or without a mirror; zeros say nothing. */
export function isQuarterTurn([a, b, , c, d]: readonly number[]): boolean {
  const [straight, across] = [[a, d], [b, c]].map((pair) => pair.map(Math.abs));
  const [low, high] = straight[0] > across[0] ? [across, straight] : [straight, across];
  return Math.max(...high) === 0 || (Math.min(...high) > 0 && Math.max(...low) <= NEARLY * Math.min(...high));
}

export function turnedGrey(image: Grey, turn: Turn): Grey {
  const { data: from, width: wide, height: high } = image;
  if (turn.degrees === 0 && !turn.mirrored) return image;
  const [width, height] = turnedSize(wide, high, turn);
  // where the upper left pixel comes from, and how far apart those to the right of it and below it lie
  const ways = { 0: [0, 1, wide], 90: [(high - 1) * wide, -wide, 1], 180: [wide * high - 1, -1, -wide], 270: [wide - 1, wide, -1] };
  let [start, right] = ways[turn.degrees];
  const down = ways[turn.degrees][2];
  if (turn.mirrored) [start, right] = [start + (width - 1) * right, -right];
  const data = new Uint8Array(from.length);
  for (let y = 0, at = 0; y < height; y++, start += down) {
    for (let x = 0, pixel = start; x < width; x++, pixel += right) data[at++] = from[pixel];
  }
  return { data, width, height };
}

/** Draws a picture of this width and height, turned, onto a canvas of the turned size. */
export function drawTurned(
  context: CanvasRenderingContext2D,
  picture: CanvasImageSource,
  width: number,
  height: number,
  turn: Turn,
): void {
  const [across, down] = turnedSize(width, height, turn);
  const [cos, sin] = { 0: [1, 0], 90: [0, 1], 180: [-1, 0], 270: [0, -1] }[turn.degrees];
  const side = turn.mirrored ? -1 : 1;
  context.setTransform(side * cos, sin, -side * sin, cos, across / 2, down / 2);
  context.drawImage(picture, -width / 2, -height / 2, width, height);
  context.resetTransform();
}
