/** Which way is up: how far pictures have to be turned so that the eye in them is upright. eye/upright.py once more. */

import * as ort from "onnxruntime-web/wasm";
import type { Grey } from "../runtime/contract";
import { openSession } from "../runtime/step_model";
import { DEGREES, turnedGrey, UNTURNED, type Degrees } from "../sources/turning";
import { FIND, type FoundEye } from "./decoding";
import type { Finder } from "./finder";
import { cut, whole, type Place } from "./place";

const SIDE = 48;
const VIEW = 1.3;
const SURE = 0.9;

/** Logarithms of the probabilities that a picture has to be turned by each of `DEGREES`. */
export type Logs = Float64Array;

/** A part of a picture, `SIDE` x `SIDE`, at the place where the eye is -> logarithms. */
export type Upright = (frame: Grey, place: Place) => Promise<Logs>;

/** The network of the package. */
export async function openUpright(file: ArrayBuffer): Promise<Upright> {
  const session = await openSession(file);
  return async (frame, place) => {
    const given = await session.run({ frame: new ort.Tensor("uint8", cut(frame, place, SIDE), [SIDE, SIDE]) });
    return Float64Array.from(given[session.outputNames[0]].data as Float32Array);
  };
}

/** How far to turn pictures of which a few frames gave these; null where that is doubtful. */
export function turnOf(logs: Logs[]): Degrees | null {
  if (logs.length === 0) return null;
  const mean = DEGREES.map((_, way) => logs.reduce((sum, each) => sum + each[way], 0) / logs.length);
  const most = Math.max(...mean);
  const sure = 1 / mean.reduce((sum, value) => sum + Math.exp(value - most), 0) >= SURE;
  return sure ? DEGREES[mean.indexOf(most)] : null;
}

/** What the network is to look at, where the eye has to be found, in a picture that may be turned; null without one. */
export async function placeOfEye(frame: Grey, finder: Finder): Promise<Place | null> {
  let best: FoundEye | null = null;
  for (const degrees of DEGREES) {
    for (const eye of await finder.search(turnedGrey(frame, { ...UNTURNED, degrees }))) {
      if (eye.probability >= (best?.probability ?? FIND)) best = turnedBack(eye, degrees, frame);
    }
  }
  if (best === null) return null;
  const side = VIEW * best.size;
  if (side >= Math.max(frame.width, frame.height)) return whole(frame);
  return { x: best.x, y: best.y, width: side, height: side, mirrored: false };
}

/** An eye of a picture that was turned by `degrees`, where it is in the picture. */
function turnedBack(eye: FoundEye, degrees: Degrees, { width, height }: Grey): FoundEye {
  const { x, y } = eye;
  const places = { 0: [x, y], 90: [y, height - x], 180: [width - x, height - y], 270: [width - y, x] };
  return { ...eye, x: places[degrees][0], y: places[degrees][1] };
}
