/**
 * The reader as a package, for pages of others: `const reader = await open(); await reader.read(frame, timeUs)`.
 *
 * The networks run in a worker of the page, by WebAssembly; nothing is sent anywhere. The files of the package (worker.js,
 * ort-wasm.wasm, networks/) have to lie beside this module, or at `assets`.
 */

import type { Picture, Result, Settings } from "./engine/engine";
import type { FromWorker, ToWorker } from "./engine/messages";
import type { Box } from "./eye/place";
import type { Manner } from "./eye/tracking";
import { affectOf } from "./runtime/affect";
import { EMOTIONS, FRAME_RATE_HZ, type Emotion, type ModelDescription } from "./runtime/contract";
import type { Degrees } from "./sources/turning";

export type { Box, Degrees, Emotion, Manner };

export interface Options {
  /** Where the eye is: found in a face and followed (right, left or both), the whole picture, or a box in pixels. */
  eye?: "auto" | "left" | "both" | "full" | Box;
  /** Usual frames a second; what counts is each frame's own time. */
  rateHz?: number;
  /** Lowest probability at which an answer counts as certain. */
  certain?: number;
  /** Whether it is learnt from the stream what the face usually looks like. */
  neutral?: "auto" | "none";
  /** Clockwise, before anything is looked for. */
  rotate?: Degrees;
  /** Folder of worker.js, ort-wasm.wasm and networks/; by default that of this module. */
  assets?: string | URL;
  /** Folder of model.onnx and model.json, which `networks.py` writes of a model of your own. */
  model?: string | URL;
}

/** What is believed after a frame. */
export interface Reading {
  emotion: Emotion;
  probability: number;
  certain: boolean;
  /** Of all seven; they add up to 1. */
  probabilities: Record<Emotion, number>;
  /** Intensities of action units, 0..1, by the model's names; none if it estimates none. */
  units: Record<string, number>;
  /** -1 unpleasant, 1 pleasant; -1 calm, 1 excited. */
  valence: number;
  arousal: number;
}

export interface Moment {
  timeUs: number;
  /** Null where the frame shows no eye. */
  reading: Reading | null;
  /** The eyes that are seen: left, top, width and height in pixels of the turned picture. */
  eyes: { box: Box; manner: Manner; isLeft: boolean }[];
  calibration: "none" | "collecting" | "automatic" | "done";
  /** Whether what change was measured against was forgotten at this frame, because it did not fit any more. */
  referenceLost: boolean;
}

/** What can be read: a video that plays, a canvas, a picture, a frame of WebCodecs, or pixels. */
export type Frame = HTMLVideoElement | HTMLCanvasElement | OffscreenCanvas | ImageBitmap | VideoFrame | ImageData;

/** Rejects with the reason where this browser cannot do it, or a file is not there. */
export async function open(options: Options = {}): Promise<EyeReader> {
  const assets = folder(options.assets ?? new URL(".", import.meta.url));
  const networks = new URL("networks/", assets);
  const own = options.model === undefined ? networks : folder(options.model);
  const [text, model, finder, upright] = await Promise.all(
    [new URL("model.json", own), new URL("model.onnx", own), new URL("finder.onnx", networks), new URL("upright.onnx", networks)].map(fetched),
  );
  const description = JSON.parse(new TextDecoder().decode(text)) as ModelDescription;
  if (String(description.labels) !== String(EMOTIONS)) throw new Error("model.json: the model tells other emotions");
  const settings = settingsOf(options);
  const worker = new Worker(workerAt(new URL("worker.js", assets)), { type: "module" });
  const reader = new EyeReader(worker, description);
  await reader.ask({ kind: "open", model, finder, upright, description, settings }).catch((error: unknown) => {
    reader.close();
    throw error;
  });
  return reader;
}

export class EyeReader {
  private answer: { resolve: (message: FromWorker) => void; reject: (error: Error) => void } | null = null;
  private work: Promise<unknown> = Promise.resolve();
  private closed = false;

  constructor(
    private readonly worker: Worker,
    private readonly description: ModelDescription,
  ) {
    worker.onmessage = (event: MessageEvent<FromWorker>) => this.heard(event.data);
    worker.onerror = (event) => this.heard({ kind: "failed", reason: event.message || "its worker cannot be started" });
  }

  /** Names of the action units that the model estimates. */
  get units(): readonly string[] {
    return this.description.units;
  }

  /** One more frame, and when it was taken, in µs; frames that are given meanwhile wait for their turn. A time before that
   * of the frame before begins anew. The frame itself is yours; a `VideoFrame`, too, is closed by you. */
  read(frame: Frame, timeUs: number): Promise<Moment> {
    if (!Number.isFinite(timeUs)) return Promise.reject(new Error(`timeUs: ${timeUs} is no time`));
    const picture = pictureOf(frame, timeUs); // now, before the frame changes
    const parts = "rgba" in picture ? [picture.rgba.buffer] : [picture];
    const done = this.work.then(() => this.ask({ kind: "read", picture, timeUs }, parts as Transferable[]));
    this.work = done.catch(() => undefined);
    return done.then((message) => this.moment(message, timeUs));
  }

  /** The face is neutral for so many seconds from now on. */
  calibrate(seconds: number): void {
    this.say({ kind: "calibrate", seconds });
  }

  forgetNeutral(): void {
    this.say({ kind: "forget-neutral" });
  }

  /** Another source: nothing of what was read, learnt or calibrated before goes over to it. */
  begin(): void {
    this.say({ kind: "begin" });
  }

  /** The same source from elsewhere: what was calibrated stays, and a calibration that was not over yet is given up. */
  rewind(): void {
    this.say({ kind: "rewind" });
  }

  close(): void {
    this.closed = true;
    this.worker.terminate();
    this.answer?.reject(new Error("the reader was closed"));
    this.answer = null;
  }

  /** @internal */
  ask(message: ToWorker, parts: Transferable[] = []): Promise<FromWorker> {
    if (this.closed) return Promise.reject(new Error("the reader was closed"));
    return new Promise((resolve, reject) => {
      this.answer = { resolve, reject };
      this.worker.postMessage(message, parts);
    });
  }

  private say(message: ToWorker): void {
    this.work = this.work.then(() => this.worker.postMessage(message));
  }

  private heard(message: FromWorker): void {
    const { answer } = this;
    this.answer = null;
    if (message.kind === "failed") answer?.reject(new Error(message.reason));
    else answer?.resolve(message);
  }

  private moment(message: FromWorker, timeUs: number): Moment {
    if (message.kind !== "result") throw new Error("the worker answered something else");
    const { result } = message;
    const eyes = result.eyes.map(({ place: { x, y, width, height, mirrored }, manner }) => {
      return { box: [x - width / 2, y - height / 2, width, height] as Box, manner, isLeft: mirrored };
    });
    const { calibration, lost } = result;
    return { timeUs, reading: this.reading(result), eyes, calibration: calibration.state, referenceLost: lost };
  }

  private reading({ reading }: Result): Reading | null {
    if (reading === null) return null;
    const { emotion, probability, certain, probabilities, units } = reading;
    const names = this.description.units;
    return {
      emotion,
      probability,
      certain,
      probabilities: Object.fromEntries(EMOTIONS.map((name, n) => [name, probabilities[n]])) as Record<Emotion, number>,
      units: Object.fromEntries(names.map((name, n) => [name, units[n]])),
      ...affectOf(probabilities, units, names),
    };
  }
}

function settingsOf({ eye = "auto", rateHz = FRAME_RATE_HZ, certain = 0.6, neutral = "auto", rotate = 0 }: Options): Settings {
  if (!(rateHz > 0 && rateHz < Infinity)) throw new Error(`rateHz: ${rateHz} is no rate`);
  if (!(certain >= 0 && certain <= 1)) throw new Error(`certain: ${certain} is not a probability`);
  const isBox = Array.isArray(eye);
  if (!isBox && !["auto", "left", "both", "full"].includes(eye)) throw new Error(`eye: ${eye} is not known`);
  return {
    where: isBox ? "box" : eye === "full" ? "full" : "auto",
    side: eye === "left" || eye === "both" ? eye : "right",
    box: isBox ? eye : [0, 0, 1, 1],
    turn: { degrees: rotate, mirrored: false },
    rateHz,
    certain,
    automatic: neutral === "auto",
    keep: 0,
  };
}

function pictureOf(frame: Frame, timeUs: number): Picture {
  if (frame instanceof ImageData) return { rgba: frame.data.slice(), width: frame.width, height: frame.height };
  if (frame instanceof VideoFrame) return frame.clone();
  return new VideoFrame(frame, { timestamp: timeUs });
}

function folder(place: string | URL): URL {
  const url = new URL(place, document.baseURI);
  return url.pathname.endsWith("/") ? url : new URL(`${url.href}/`);
}

async function fetched(url: URL): Promise<ArrayBuffer> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url.href}: not found (${answer.status}); give the folder of the package's files as assets`);
  return answer.arrayBuffer();
}

/** Browsers start workers of their own origin alone: one of another place is refused here, with what to do. */
function workerAt(url: URL): URL {
  if (url.origin !== location.origin) throw new Error(`${url.href}: serve the package's files from ${location.origin}, and give assets`);
  return url;
}
