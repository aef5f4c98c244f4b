/** Pictures of a browser as grey images, the way that OpenCV makes them. */

import type { Grey } from "../runtime/contract";
import { greyOfPlanes, SAMPLED } from "./planes";

/** RGBA -> grey by BT.601, in OpenCV's whole numbers. */
export function greyOfRgba(rgba: Uint8Array | Uint8ClampedArray, width: number, height: number): Grey {
  const data = new Uint8Array(width * height);
  for (let pixel = 0, at = 0; pixel < data.length; pixel++, at += 4) {
    data[pixel] = (rgba[at] * 9798 + rgba[at + 1] * 19235 + rgba[at + 2] * 3735 + 16384) >> 15;
  }
  return { data, width, height };
}

let buffer = new Uint8Array(0);

/** A decoded frame as grey: from its planes if they are luma and chroma of 8 bits, otherwise it is drawn first. */
export async function greyOfFrame(frame: VideoFrame): Promise<Grey> {
  const area = frame.visibleRect;
  const planes = frame.format === null ? undefined : SAMPLED[frame.format];
  if (planes === undefined || area === null) return greyOfDrawn(frame);
  const size = frame.allocationSize();
  if (buffer.length !== size) buffer = new Uint8Array(size); // frame after frame the same one
  const layout = await frame.copyTo(buffer);
  return greyOfPlanes(buffer, layout, planes, area.width, area.height, frame.colorSpace.fullRange === true);
}

let canvas: OffscreenCanvas | null = null;

function greyOfDrawn(frame: VideoFrame): Grey {
  const width = frame.displayWidth;
  const height = frame.displayHeight;
  if (canvas === null || canvas.width !== width || canvas.height !== height) canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) throw new Error("this browser cannot read pictures (no 2D canvas)");
  context.drawImage(frame, 0, 0);
  return greyOfRgba(context.getImageData(0, 0, width, height).data, width, height);
}
