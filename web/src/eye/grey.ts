/** Pictures of a browser as grey images, the way that OpenCV makes them. */

import type { Picture } from "../engine/engine";
import type { Grey } from "../runtime/contract";
import { turnedGrey, type Turn } from "../sources/turning";
import { greyOfPlanes, SAMPLED } from "./planes";

/** A picture that was given away, as the engines read it. */
export async function greyOf(picture: Picture, turn: Turn): Promise<Grey> {
  if ("rgba" in picture) return turnedGrey(greyOfRgba(picture.rgba, picture.width, picture.height), turn);
  try {
    return turnedGrey(await greyOfFrame(picture), turn);
  } finally {
    picture.close();
  }
}

/** RGBA -> grey by BT.601, in OpenCV's whole numbers. */
function greyOfRgba(rgba: Uint8Array | Uint8ClampedArray, width: number, height: number): Grey {
  const data = new Uint8Array(width * height);
  for (let pixel = 0, at = 0; pixel < data.length; pixel++, at += 4) {
    data[pixel] = (rgba[at] * 9798 + rgba[at + 1] * 19235 + rgba[at + 2] * 3735 + 16384) >> 15;
  }
  return { data, width, height };
}

let buffer = new Uint8Array(0);

/** A decoded frame as grey: from its planes if they are luma and chroma of 8 bits, otherwise it is drawn first. */
async function greyOfFrame(frame: VideoFrame): Promise<Grey> {
  const area = frame.visibleRect;
  const planes = frame.format === null ? undefined : SAMPLED[frame.format];
  if (planes === undefined || area === null || isTurned(frame)) return greyOfDrawn(frame);
  const size = frame.allocationSize();
  if (buffer.length !== size) buffer = new Uint8Array(size); // frame after frame the same one
  const layout = await frame.copyTo(buffer);
  return greyOfPlanes(buffer, layout, planes, area.width, area.height, frame.colorSpace.fullRange === true);
}

/** Whether it is shown turned or mirrored, which its planes are not; some cameras of phones give such frames. */
function isTurned(frame: VideoFrame): boolean {
  const { rotation, flip } = frame as VideoFrame & { rotation?: number; flip?: boolean };
  return (rotation ?? 0) !== 0 || flip === true;
}

let canvas: OffscreenCanvas | null = null;

function greyOfDrawn(frame: VideoFrame): Grey {
  const shown = { width: frame.displayWidth, height: frame.displayHeight };
  const { width, height } = isTurned(frame) ? shown : (frame.visibleRect ?? shown);
  if (canvas === null || canvas.width !== width || canvas.height !== height) canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) throw new Error("this browser cannot read pictures (no 2D canvas)");
  context.drawImage(frame, 0, 0, width, height);
  return greyOfRgba(context.getImageData(0, 0, width, height).data, width, height);
}
