/** From a grey frame to what is believed: the eye is cut out, the network is asked. Runs in the worker. */

import { boxed, cutWhole, mirrored, whole, type Place } from "../eye/place";
import { Activities } from "../runtime/activity";
import { localContrast } from "../runtime/contrast";
import type { Grey, Reading } from "../runtime/contract";
import { Recognizer } from "../runtime/recognizer";
import type { StepModel } from "../runtime/step_model";
import type { Calibration, Eye, Result, Settings } from "./engine";

export class Reader {
  private recognizer: Recognizer;
  private readonly activities: Activities | null;
  private collecting: { images: Uint8Array[]; untilS: number | null; seconds: number } | null = null;

  constructor(
    private readonly model: StepModel,
    private settings: Settings,
  ) {
    this.recognizer = new Recognizer(model, settings.rateHz, settings.certain);
    const { operations, state } = model.description;
    this.activities = operations === null ? null : new Activities(operations, state);
  }

  async configure(settings: Settings): Promise<void> {
    const before = this.settings;
    this.settings = settings;
    const sameEye = before.where === settings.where && before.side === settings.side && String(before.box) === String(settings.box);
    if (before.rateHz === settings.rateHz && before.certain === settings.certain && sameEye) return;
    const neutral = sameEye ? this.recognizer.neutral : null;
    this.recognizer = new Recognizer(this.model, settings.rateHz, settings.certain);
    if (neutral !== null) await this.recognizer.calibrate([neutral]);
  }

  reset(): void {
    this.collecting = null;
    this.recognizer.reset();
  }

  calibrate(seconds: number): void {
    this.collecting = { images: [], untilS: null, seconds };
  }

  async forgetNeutral(): Promise<void> {
    this.collecting = null;
    await this.recognizer.calibrate([]);
  }

  async read(frame: Grey, timeS: number): Promise<Result> {
    const began = performance.now();
    const place = this.place(frame);
    const cut = this.cut(frame, place, this.model.description.size);
    const found = performance.now();
    const reading: Reading = await this.recognizer.step(cut);
    const activity = this.activities?.of(this.recognizer.last) ?? null;
    const stepMs = performance.now() - found;
    const calibration = await this.collect(cut, timeS);
    const eye: Eye = { place, image: cut, ...this.views(cut), kept: this.kept(frame, place) };
    const { width, height } = frame;
    return { width, height, eyes: [eye], reading, activity, calibration, findMs: found - began, stepMs };
  }

  private place(frame: Grey): Place {
    return this.settings.where === "box" ? boxed(this.settings.box, frame) : whole(frame);
  }

  private cut(frame: Grey, place: Place, size: number): Uint8Array {
    const image = cutWhole(frame, place, size);
    return this.settings.side === "left" ? mirrored(image, size) : image;
  }

  private kept(frame: Grey, place: Place): Uint8Array | null {
    return this.settings.keep > 0 ? this.cut(frame, place, this.settings.keep) : null;
  }

  private async collect(image: Uint8Array, timeS: number): Promise<Calibration> {
    const { collecting } = this;
    if (collecting === null) return this.recognizer.neutral === null ? { state: "none" } : { state: "done" };
    collecting.untilS ??= timeS + collecting.seconds;
    collecting.images.push(image);
    const left = collecting.untilS - timeS - 1 / this.settings.rateHz;
    if (left > 0) return { state: "collecting", share: 1 - left / collecting.seconds };
    this.collecting = null;
    await this.recognizer.calibrate(collecting.images);
    return { state: "done" };
  }

  /** The two channels that the first layer is given, as pictures around grey. */
  private views(image: Uint8Array): { contrast: Uint8Array | null; change: Uint8Array | null } {
    const { size, operations } = this.model.description;
    const box = operations?.contrast;
    if (!box) return { contrast: null, change: null };
    const contrast = localContrast(image, size, box.window, box.floor);
    const first: Float32Array | undefined = this.recognizer.last["first"];
    const change = first === undefined ? null : shown(contrast.map((value, pixel) => value - first[pixel]));
    return { contrast: shown(contrast), change };
  }
}

/** Values of about -3..3 around 128. */
function shown(values: Float32Array): Uint8Array {
  return Uint8Array.from(values, (value) => Math.min(255, Math.max(0, 128 + 42 * value)));
}
