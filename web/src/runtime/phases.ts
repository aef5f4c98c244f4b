/** A stream as interleaved clips: runtime/phases.py once more. */

import { floorDivide, roundHalfEven } from "./arithmetic";
import { EMOTIONS, FRAME_RATE_HZ } from "./contract";
import type { State, StepModel } from "./step_model";

interface Phase {
  state: State;
  /** Steps since it began. */
  age: number;
  /** Of the logits since then. */
  total: Float32Array;
  /** What its last step said of the action units; null before the first. */
  units: Float32Array | null;
  /** When that was. */
  tick: number;
}

/** As many phases as fit into an interval of the model's clips; ticks are dealt in turn to them. */
export class Phases {
  readonly count: number;
  /** The state that the last step left. */
  state: State;
  private start: State;
  /** Of a phase, from its beginning to its end. */
  private steps: number;
  private all: Phase[] = [];
  private tick = -1;

  /** `rateHz`: ticks a second. */
  constructor(
    private readonly model: StepModel,
    rateHz: number,
  ) {
    this.count = Math.max(1, roundHalfEven(((model.description.skip + 1) * rateHz) / FRAME_RATE_HZ));
    this.start = this.state = model.rest();
    this.steps = model.description.steps;
    this.reset();
  }

  /** Phases that begin from now on begin with this picture, and take a step less; null: at rest. */
  async beginWith(reference: Uint8Array | null): Promise<void> {
    const { steps } = this.model.description;
    const rest = this.model.rest();
    this.start = reference === null ? rest : (await this.model.run(reference, rest)).state;
    this.steps = reference === null ? steps : Math.max(1, steps - 1);
  }

  reset(): void {
    this.tick = -1;
    this.beginAnew();
  }

  /** All of them, now. */
  beginAnew(): void {
    this.all = Array.from({ length: this.count }, () => this.fresh());
  }

  /** A picture, `ticks` (at least 1) after the one before -> the mean logits of its phase. */
  async step(image: Uint8Array, ticks: number): Promise<Float32Array> {
    const whole = this.model.description.steps;
    this.tick += ticks;
    if (ticks > this.count * whole) this.beginAnew(); // nothing that is remembered is as young as a clip
    const turn = this.tick % this.count;
    // they begin anew one after the other, spread over the clip's length
    const place = floorDivide(this.tick, this.count) - floorDivide(turn * this.steps, this.count);
    let phase = this.all[turn];
    // their number changes with a reference
    if (phase.age > 0 && (place % this.steps === 0 || phase.age >= whole)) phase = this.fresh();
    const { logits, units, state } = await this.model.run(image, phase.state);
    const total = phase.total.map((value, emotion) => value + logits[emotion]);
    const age = phase.age + 1;
    this.all[turn] = { state, age, total, units, tick: this.tick };
    this.state = state;
    return total.map((value) => value / age);
  }

  /** The mean of what the phases that were last given a picture said of the action units. */
  units(): number[] {
    const recent = this.all.filter(({ tick }) => this.tick - tick < this.count);
    return meanUnits(recent.flatMap(({ units }) => (units === null ? [] : [Array.from(units)])));
  }

  private fresh(): Phase {
    return { state: this.start, age: 0, total: new Float32Array(EMOTIONS.length), units: null, tick: 0 };
  }
}

/** The mean of estimates of the same action units. */
export function meanUnits(estimates: number[][]): number[] {
  return estimates[0].map((_, unit) => estimates.reduce((sum, one) => sum + one[unit], 0) / estimates.length);
}
