/** Frame after frame of one eye -> what is believed: runtime/recognizer.py once more, held equal to it by a test. */

import { floorDivide, roundHalfEven } from "./arithmetic";
import { uniform, updated } from "./belief";
import { EMOTIONS, FRAME_RATE_HZ, type Calibration, type Reading } from "./contract";
import { medianImage } from "./median";
import type { State, StepModel } from "./step_model";
import { fit, learnt, logNeutral, reference, type Usual } from "./usual";

/** Of a neutral face, so many frames are used at most. */
export const NEUTRAL_FRAMES = 300;

/** One of the interleaved clips that a stream is read as. */
interface Phase {
  state: State;
  age: number;
  /** Of the logits since the phase began. */
  total: Float32Array;
  /** What its last step said of the action units; null before the first. */
  units: Float32Array | null;
}

export class Recognizer {
  readonly stride: number;
  private readonly forgetting: number;
  private readonly sharpness: number;
  private start: State;
  private phases: Phase[] = [];
  private frame = 0;
  private collecting: { images: Uint8Array[]; seen: number; wanted: number } | null = null;
  belief = uniform(EMOTIONS.length);
  /** The mean of what each phase last said of the action units. */
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
  /** The state that the last step left. */
  last: State;

  constructor(
    readonly model: StepModel,
    readonly rateHz: number,
    private readonly certain: number,
    /** Whether what change is measured against is learnt from the stream while nobody calibrates. */
    private automatic: boolean,
  ) {
    const { skip, sharpness, forgetting_hz } = model.description;
    this.stride = Math.max(1, roundHalfEven(((skip + 1) * rateHz) / FRAME_RATE_HZ));
    this.forgetting = Math.min(0.5, forgetting_hz / rateHz);
    this.sharpness = sharpness * Math.min(1, FRAME_RATE_HZ / rateHz);
    this.start = this.last = model.rest();
    this.reset();
  }

  /** Forgets all that was seen, except what change is measured against. */
  reset(): void {
    this.belief = uniform(EMOTIONS.length);
    this.frame = 0;
    this.renew();
  }

  /** The face is neutral from now on: as many frames as come in `seconds` calibrate, as soon as they were read. */
  beginNeutral(seconds: number): void {
    this.collecting = { images: [], seen: 0, wanted: Math.max(1, roundHalfEven(seconds * this.rateHz)) };
  }

  async forgetNeutral(): Promise<void> {
    this.collecting = null;
    await this.calibrate([]);
  }

  get calibration(): Calibration {
    if (this.collecting !== null) return { state: "collecting", share: this.collecting.seen / this.collecting.wanted };
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
    [this.usual, this.looks] = [other.usual, Math.round((other.looks / other.rateHz) * this.rateHz)];
    await this.beginWith(other.neutral);
    this.reset();
  }

  /** One more frame, grey, size x size, of a right eye. */
  async step(image: Uint8Array): Promise<Reading> {
    const evidence = await this.evidence(image);
    const sharpness = this.sharpness * (this.neutral === null ? 1 : this.model.description.habits.sharpness);
    this.belief = updated(this.belief, evidence, sharpness, this.forgetting);
    this.frame += 1;
    this.units = meanUnits(this.phases.flatMap(({ units }) => (units === null ? [] : [Array.from(units)])));
    await this.lookForUsual(image); // which may begin all phases anew
    await this.collect(image);
    return reading(this.belief, this.certain, this.units);
  }

  /** The mean logits of this frame's phase since it began. */
  private async evidence(image: Uint8Array): Promise<Float32Array> {
    const turn = this.frame % this.stride;
    const { steps: whole } = this.model.description;
    const steps = this.neutral === null ? whole : Math.max(1, whole - 1);
    let phase = this.phases[turn];
    // the phases begin anew one after the other, spread over the clip's length
    const place = floorDivide(this.frame, this.stride) - floorDivide(turn * steps, this.stride);
    // their number changes with a reference
    if (phase.age > 0 && (place % steps === 0 || phase.age >= whole)) phase = this.fresh();
    const { logits, units, state } = await this.model.run(image, phase.state);
    const total = phase.total.map((value, emotion) => value + logits[emotion]);
    this.phases[turn] = { state, age: phase.age + 1, total, units };
    this.last = state;
    return total.map((value) => value / (phase.age + 1));
  }

  /** Phases that begin from now on begin with this picture, or at rest. */
  private async beginWith(neutral: Uint8Array | null): Promise<void> {
    const rest = this.model.rest();
    this.start = neutral === null ? rest : (await this.model.run(neutral, rest)).state;
    this.neutral = neutral;
  }

  /** A few times a second: whether what change is measured against still fits, and what is learnt of it. */
  private async lookForUsual(image: Uint8Array): Promise<void> {
    const { habits, size } = this.model.description;
    const every = Math.max(1, roundHalfEven(this.rateHz / habits.sample_hz));
    const looks = this.looks++;
    if (looks % every !== 0 || this.collecting !== null) return;
    if (this.neutral !== null) {
      const fits = fit(image, this.neutral, size) >= habits.least_fit;
      this.strangeS = fits ? 0 : this.strangeS + every / this.rateHz;
      if (this.strangeS >= habits.lost_s) {
        [this.given, this.usual, this.strangeS] = [false, [], 0];
        this.lost += 1;
        await this.beginWith(null);
        this.renew();
      }
    }
    if (!this.automatic || this.given || this.strangeS > 0) return;
    const usual = learnt(this.usual, image, await this.judged(image), looks / this.rateHz, habits);
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

  private async collect(image: Uint8Array): Promise<void> {
    const { collecting } = this;
    if (collecting === null) return;
    if (collecting.seen % Math.max(1, Math.ceil(collecting.wanted / NEUTRAL_FRAMES)) === 0) collecting.images.push(image);
    collecting.seen += 1;
    if (collecting.seen < collecting.wanted) return;
    this.collecting = null;
    await this.calibrate(collecting.images);
  }

  private renew(): void {
    this.phases = Array.from({ length: this.stride }, () => this.fresh());
  }

  private fresh(): Phase {
    return { state: this.start, age: 0, total: new Float32Array(EMOTIONS.length), units: null };
  }
}

/** The mean of estimates of the same action units. */
export function meanUnits(estimates: number[][]): number[] {
  return estimates[0].map((_, unit) => estimates.reduce((sum, one) => sum + one[unit], 0) / estimates.length);
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
