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
  /** Gives what the engine reads; each time another one, which the engine closes. */
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
  /** Of a camera: which one, and whether people expect to see themselves as in a mirror. */
  camera?: { id: string; facesUser: boolean };
  /** From its first frame to the end of its last one; null where frames can be asked for only once. */
  durationS: number | null;
  /** The frames, until the source ends or `signal` says so; the next one is asked for when the last was read.
   * Where the source has a duration, they can begin with the one that is shown `fromS` seconds after the first. */
  frames(signal: AbortSignal, fromS?: number): AsyncGenerator<Frame>;
  /** Nobody asks for frames for now, or does so again. */
  hold?(on: boolean): void;
  /** Says when no more frames will come, also while nobody asks for one. */
  gone?: AbortSignal;
  /** Lets go what it holds, such as a camera; to be called once nobody asks for frames any more. May be called again. */
  close(): void;
}

/** What is played and can be played from elsewhere (page/session.ts is one; a timeline calls it). Times are in seconds
 * from the first frame, the same as `timesS` of the history. */
export interface Seekable {
  /** From the first frame to the end of the last one; null while nothing is there that can be sought in. */
  readonly durationS: number | null;
  /** When the frame that is shown was taken; null while none is. It changes with every frame. */
  readonly positionS: number | null;
  /** Shows the frame of that time. What was paused or has ended stays still; what runs goes on from there. What was read
   * before stays in the history until something after that time is read anew. Does nothing without a duration. */
  seek(timeS: number): void;
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

/** Says what the first of these says. */
export function either(...signals: AbortSignal[]): AbortSignal {
  const controller = new AbortController();
  for (const signal of signals) {
    if (signal.aborted) controller.abort();
    else signal.addEventListener("abort", () => controller.abort(), { once: true, signal: controller.signal });
  }
  return controller.signal;
}

/** Resolves as soon as one of these says so. */
export function aborted(...signals: AbortSignal[]): Promise<void> {
  const any = either(...signals);
  return new Promise((resolve) => {
    if (any.aborted) resolve();
    else any.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Frames of a file are due at their own pace: what is late is read all the same, and what follows is read later, so that
 * no frame is left out, whatever somebody paused or a computer was busy with. */
export class Schedule {
  private began: number | null = null;

  /** Resolves when a frame of this time is due. */
  async due(timeUs: number, signal: AbortSignal): Promise<void> {
    this.began ??= performance.now() - timeUs / 1000;
    await waited(Math.max(0, this.began + timeUs / 1000 - performance.now()), signal);
    this.began = Math.max(this.began, performance.now() - timeUs / 1000 - 100);
  }
}

/** Resolves after this time, or as soon as the signal says so. */
export function waited(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
  });
}
