/** What reads frames: a worker in this browser, or the server where the browser cannot. One frame at a time. */

import type { Box, Place } from "../eye/place";
import type { Manner } from "../eye/tracking";
import { SourceError } from "../sources/source";
import type { Degrees, Turn } from "../sources/turning";
import type { Activity, Calibration, Reading } from "../runtime/contract";

/** Where to look: `auto` finds the eye and follows it, `full` takes the whole picture, `box` a part of it. */
export type Where = "auto" | "full" | "box";
export type Side = "right" | "left" | "both";

export interface Settings {
  where: Where;
  side: Side;
  /** In pixels of the turned picture. */
  box: Box;
  /** How pictures are turned before anything is looked for. */
  turn: Turn;
  /** Usual frames a second; what counts is each frame's own time. */
  rateHz: number;
  certain: number;
  /** Whether what the face usually looks like is learnt from the stream. */
  automatic: boolean;
  /** Side of the eye's picture that is kept for a dataset; 0 if none is. */
  keep: number;
}

/** Whether the same is looked at: anything else begins anew. */
export function isSamePlace(a: Settings, b: Settings): boolean {
  const of = ({ where, side, box, turn }: Settings): string => JSON.stringify([where, side, box, turn.degrees, turn.mirrored]);
  return of(a) === of(b);
}

/** Pictures are given away: whoever gets one closes it. */
export type Picture = VideoFrame | { rgba: Uint8ClampedArray; width: number; height: number };

/** What is seen of one eye in a frame. */
export interface Eye {
  place: Place;
  manner: Manner;
  /** As the network is given it, size x size; null where the server does not tell. */
  image: Uint8Array | null;
  /** The two channels of the first layer as pictures around grey; null in frames for which they were not made. */
  contrast: Uint8Array | null;
  change: Uint8Array | null;
  /** Larger, for a dataset. */
  kept: Uint8Array | null;
}

export interface Result {
  width: number;
  height: number;
  eyes: Eye[];
  reading: Reading | null;
  activity: Activity | null;
  calibration: Calibration;
  /** Whether what change was measured against was forgotten at this frame, because it did not fit any more. */
  lost: boolean;
  /** By how many more degrees pictures seem to have to be turned, clockwise; 0 where that is not known. */
  seemsTurned: Degrees;
  /** Milliseconds that finding the eye and the step took. */
  findMs: number;
  stepMs: number;
}

export interface Engine {
  readonly kind: "browser" | "server";
  configure(settings: Settings): void;
  /** A frame, and when it was taken; a time that runs backwards begins anew. */
  read(picture: Picture, timeUs: number): Promise<Result>;
  /** The face is neutral for so many seconds from now on. */
  calibrate(seconds: number): void;
  forgetNeutral(): void;
  /** Another source: nothing of what was read, learnt or calibrated before goes over to it. */
  begin(): void;
  /** The same source from elsewhere: what was calibrated stays, and one that was not over yet is given up. */
  rewind(): void;
  close(): void;
}

export class EngineError extends Error {}

/** What runs the network is not there for now; it is worth asking again. */
export class Away extends SourceError {
  constructor(
    what: string,
    todo: string,
    readonly retryS: number,
  ) {
    super(what, todo);
  }
}
