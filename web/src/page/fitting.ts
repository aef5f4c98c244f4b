/** How a frame lies within the stage, which it does not fill where its shape is another one, or where it is shown mirrored. */

import type { Box } from "../eye/place";

export interface Fit {
  /** CSS pixels for a pixel of the frame. */
  scale: number;
  /** The frame's upper left corner, in CSS pixels from that of the stage. */
  left: number;
  top: number;
  /** Of the frame, in its own pixels. */
  width: number;
  height: number;
  /** Whether left and right are exchanged on the screen, as in a mirror; the frame itself is not. */
  mirrored: boolean;
}

/** A part of the stage, in CSS pixels. */
export interface Shape {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** The largest frame of this shape in an area, in its middle, as `object-fit: contain` lays it. */
export function fitted(frame: { width: number; height: number }, area: { width: number; height: number }, mirrored: boolean): Fit {
  const { width, height } = frame;
  const scale = Math.min(area.width / width, area.height / height);
  return { scale, left: (area.width - scale * width) / 2, top: (area.height - scale * height) / 2, width, height, mirrored };
}

/** Where a box of the frame is seen. */
export function seen({ scale, left, top, width, mirrored }: Fit, [x, y, wide, high]: Box): Shape {
  const from = mirrored ? width - x - wide : x;
  return { left: left + scale * from, top: top + scale * y, width: scale * wide, height: scale * high };
}

/** The place in the frame that is seen at a place of the stage; the nearest one of the frame, if it is beside it. */
export function pixelAt({ scale, left, top, width, height, mirrored }: Fit, x: number, y: number): { x: number; y: number } {
  const within = (value: number, most: number): number => Math.min(Math.max(0, value), most);
  const across = within((x - left) / scale, width);
  return { x: mirrored ? width - across : across, y: within((y - top) / scale, height) };
}

export function placed(node: HTMLElement, { left, top, width, height }: Shape): void {
  Object.assign(node.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
}
