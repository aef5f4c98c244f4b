/** Pictures of a browser as grey images, the way that OpenCV makes them. */

import type { Grey } from "../runtime/contract";

/** RGBA -> grey by BT.601, in OpenCV's whole numbers. */
export function greyOfRgba(rgba: Uint8Array | Uint8ClampedArray, width: number, height: number): Grey {
  const data = new Uint8Array(width * height);
  for (let pixel = 0, at = 0; pixel < data.length; pixel++, at += 4) {
    data[pixel] = (rgba[at] * 9798 + rgba[at + 1] * 19235 + rgba[at + 2] * 3735 + 16384) >> 15;
  }
  return { data, width, height };
}

/** Luma of 16..235 as videos have it -> 0..255. */
const EXPANDED = Uint8Array.from({ length: 256 }, (_, luma) =>
  Math.min(255, Math.max(0, Math.round(((luma - 16) * 255) / 219))),
);

/** Formats of `VideoFrame` whose first plane is 8-bit luma. */
const WITH_LUMA = ["I420", "I420A", "I422", "I422A", "I444", "I444A", "NV12", "NV12A"];

/** The luma of a decoded frame, without a way round through colours; other formats are drawn first. */
export async function greyOfFrame(frame: VideoFrame): Promise<Grey> {
  const area = frame.visibleRect;
  if (frame.format === null || !WITH_LUMA.includes(frame.format) || area === null) return greyOfDrawn(frame);
  const buffer = new Uint8Array(frame.allocationSize());
  const planes = await frame.copyTo(buffer);
  const { offset, stride } = planes[0];
  const { width, height } = area;
  const data = new Uint8Array(width * height);
  const limited = frame.colorSpace.fullRange !== true;
  for (let y = 0; y < height; y++) {
    const row = buffer.subarray(offset + y * stride, offset + y * stride + width);
    if (limited) for (let x = 0, at = y * width; x < width; x++, at++) data[at] = EXPANDED[row[x]];
    else data.set(row, y * width);
  }
  return { data, width, height };
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
