/** Where frames come from. */

import type { Picture } from "../engine/engine";
import type { Turn } from "./turning";

export interface Frame {
  /** To be drawn while the frame is current. */
  drawn: CanvasImageSource;
  width: number;
  height: number;
  /** When it was taken, from the beginning of the source; whole microseconds. */
  timeUs: number;
  /** Gives what the engine reads; to be called once. */
  take(): Picture;
}

export interface Source {
  name: string;
  /** Usual frames a second. */
  rateHz: number;
  /** How its pictures are to be turned, as the source itself says. */
  turn: Turn;
  /** Whether frames come when they are taken, so that one that is late is left out. */
  live: boolean;
  /** The frames, until the source ends or `signal` says so; the next one is asked for when the last was read. */
  frames(signal: AbortSignal): AsyncGenerator<Frame>;
}

/** Something that cannot be read: what is wrong and what to do. */
export class SourceError extends Error {
  constructor(
    readonly what: string,
    readonly todo: string,
  ) {
    super(`${what}; ${todo}`);
  }
}

let canvas: HTMLCanvasElement | null = null;

/** A picture that can be given to the engine, of whatever the browser shows. */
export function pictureOf(drawn: CanvasImageSource, width: number, height: number): Picture {
  canvas ??= document.createElement("canvas");
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) throw new SourceError("this browser cannot read pictures", "use another browser");
  context.drawImage(drawn, 0, 0, width, height);
  return { rgba: context.getImageData(0, 0, width, height).data, width, height };
}

export function waited(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
