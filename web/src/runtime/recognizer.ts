/** Frame after frame of one eye -> what is believed: runtime/recognizer.py once more, held equal to it by a test. */

import { Pace } from "../sources/pace";
import { floorDivide, roundHalfEven } from "./arithmetic";
import { uniform, updated } from "./belief";
import { EMOTIONS, FRAME_RATE_HZ, type Calibration, type Reading } from "./contract";
import { medianImage } from "./median";
import { Phases } from "./phases";
import type { State, StepModel } from "./step_model";
import { fit, learnt, logNeutral, reference, type Usual } from "./usual";

/** Of a neutral face, so many frames are used at most. */
const NEUTRAL_FRAMES = 300;

/** Frames of a neutral face while it is shown; `wanted` and `seen` are ticks. */
interface Collecting {
  images: Uint8Array[];
  seen: number;
  wanted: number;
}

export class Recognizer {
  private readonly phases: Phases;
  private pace: Pace;
  private collecting: Collecting | null = null;
  belief = uniform(EMOTIONS.length);
  /** The mean of what the phases last said of the action units. */
  units: number[] = [];
  /** What change is measured against; null if that is not known. */
  neutral: Uint8Array | null = null;
  /** Whether the user gave it. */
  private given = false;
  private usual: Usual = [];
  private looks = 0;
  private strangeS = 0;
  /** How often what change was measured against did not fit any more, and was forgotten. */
  lost = 0;

  constructor(
    readonly model: StepModel,
    /** Usual frames a second; what counts is when frames were taken. */
    readonly rateHz: number,
    /** Whether what change is measured against is learnt from the stream while nobody calibrates. */
    private automatic: boolean,
  ) {
    this.pace = new Pace(rateHz);
    this.phases = new Phases(model, this.pace.rateHz);
  }

  /** The state that the last step left. */
  get state(): State {
    return this.phases.state;
  }

  /** Forgets all that was seen, except what change is measured against. */
  reset(): void {
    this.belief = uniform(EMOTIONS.length);
    this.pace = new Pace(this.rateHz);
    this.phases.reset();
  }

  /** The face is neutral from now on: the frames of the next `seconds` calibrate, as soon as they were read. */
  beginNeutral(seconds: number): void {
    this.collecting = { images: [], seen: 0, wanted: Math.max(1, roundHalfEven(seconds * this.pace.rateHz)) };
  }

  /** Gives up a calibration that is not over yet. */
  stopCollecting(): void {
    this.collecting = null;
  }

  async forgetNeutral(): Promise<void> {
    this.collecting = null;
    await this.calibrate([]);
  }

  get calibration(): Calibration {
    if (this.collecting !== null) return { state: "collecting", share: Math.min(1, this.collecting.seen / this.collecting.wanted) };
    return { state: this.neutral === null ? "none" : this.given ? "done" : "automatic" };
  }

  /** From now on, change is measured against a neutral face: images (size x size). None undo a calibration. */
  async calibrate(images: Uint8Array[]): Promise<void> {
    this.given = images.length > 0;
    [this.usual, this.looks, this.strangeS] = [[], 0, 0];
    await this.beginWith(images.length ? medianImage(images) : null);
    this.reset();
  }

  async setAutomatic(on: boolean): Promise<void> {
    this.automatic = on;
    if (!on && !this.given) await this.calibrate([]);
  }

  /** Takes over what another one measures change against. */
  async goOnFrom(other: Recognizer): Promise<void> {
    if (other.given && other.neutral !== null) return this.calibrate([other.neutral]);
    [this.usual, this.looks] = [other.usual, Math.round((other.looks / other.pace.rateHz) * this.pace.rateHz)];
    await this.beginWith(other.neutral);
    this.reset();
  }

  /** One more frame of a right eye, grey, size x size, taken at `timeS`, which is not before that of the frame before. */
  async step(image: Uint8Array, timeS: number): Promise<void> {
    const ticks = this.pace.ticks(timeS);
    if (ticks === 0) return; // far too early: it repeats what was said
    const { sharpness: most, forgetting_hz, habits } = this.model.description;
    const seconds = ticks / this.pace.rateHz;
    const evidence = await this.phases.step(image, ticks);
    const sharpness = most * Math.min(1, FRAME_RATE_HZ * seconds) * (this.neutral === null ? 1 : habits.sharpness);
    this.belief = updated(this.belief, evidence, sharpness, Math.min(0.5, forgetting_hz * seconds));
    this.units = this.phases.units();
    await this.lookForUsual(image, ticks); // which may begin all phases anew
    await this.collect(image, ticks);
  }

  /** Phases that begin from now on begin with this picture, or at rest. */
  private async beginWith(neutral: Uint8Array | null): Promise<void> {
    await this.phases.beginWith(neutral);
    this.neutral = neutral;
  }

  /** A few times a second: whether what change is measured against still fits, and what is learnt of it. */
  private async lookForUsual(image: Uint8Array, ticks: number): Promise<void> {
    const { habits, size } = this.model.description;
    const { rateHz } = this.pace;
    const every = Math.max(1, roundHalfEven(rateHz / habits.sample_hz));
    const before = this.looks;
    this.looks += before > 0 ? ticks : 1;
    if (!crossed(before, this.looks, every) || this.collecting !== null) return;
    if (this.neutral !== null) {
      const fits = fit(image, this.neutral, size) >= habits.least_fit;
      this.strangeS = fits ? 0 : this.strangeS + every / rateHz;
      if (this.strangeS >= habits.lost_s) {
        [this.given, this.usual, this.strangeS] = [false, [], 0];
        this.lost += 1;
        await this.beginWith(null);
        this.phases.beginAnew();
      }
    }
    if (!this.automatic || this.given || this.strangeS > 0) return;
    const usual = learnt(this.usual, image, await this.judged(image), (this.looks - 1) / rateHz, habits);
    if (usual === this.usual) return;
    this.usual = usual;
    await this.beginWith(reference(usual, habits));
  }

  /** How neutral a picture looks by itself: the log probability, where nothing changes. */
  private async judged(image: Uint8Array): Promise<number> {
    const { steps } = this.model.description;
    let state = this.model.rest();
    let total = new Float32Array(EMOTIONS.length);
    for (let step = 0; step < steps; step++) {
      const after = await this.model.run(image, state);
      state = after.state;
      total = total.map((value, emotion) => value + after.logits[emotion]);
    }
    return logNeutral(total.map((value) => value / steps));
  }

  private async collect(image: Uint8Array, ticks: number): Promise<void> {
    const { collecting } = this;
    if (collecting === null) return;
    const before = collecting.seen;
    collecting.seen += collecting.images.length > 0 ? ticks : 1;
    const every = Math.max(1, Math.ceil(collecting.wanted / NEUTRAL_FRAMES));
    if (crossed(before, collecting.seen, every)) collecting.images.push(image);
    if (collecting.seen < collecting.wanted) return;
    this.collecting = null;
    await this.calibrate(collecting.images);
  }
}

/** Whether one of the numbers 0, every, 2·every, ... is in before..now-1. */
function crossed(before: number, now: number, every: number): boolean {
  return floorDivide(before - 1, every) < floorDivide(now - 1, every);
}

/** What a belief comes to. */
export function reading(belief: Float64Array, certain: number, units: number[]): Reading {
  const best = belief.indexOf(Math.max(...belief));
  return {
    emotion: EMOTIONS[best],
    probability: belief[best],
    certain: belief[best] >= certain,
    probabilities: Array.from(belief),
    units,
  };
}
