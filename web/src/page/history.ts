/** What was read since the source was started: numbers only, of the last hour at most. */

import type { Manner } from "../eye/tracking";
import { EMOTIONS, type Activity, type Reading } from "../runtime/contract";
import { isJump, Segmenter, type Segment } from "../runtime/segments";

/** How an eye was cut out; null where none was seen. */
export const MANNERS: (Manner | null)[] = [null, "followed", "full", "box"];
const MOST = 60 * 60 * 30;
const FIRST = 4096;

export class History {
  length = 0;
  /** How many of the oldest were let go. */
  dropped = 0;
  timesS = new Float64Array(FIRST);
  /** Frame after frame, seven each; NaN where no eye was seen. */
  probabilities = new Float64Array(FIRST * EMOTIONS.length);
  /** Frame after frame, one for each action unit. */
  units = new Float64Array(0);
  /** Frame after frame, one for each layer. */
  spikes = new Float32Array(0);
  energyUj = new Float32Array(FIRST);
  /** Places in `MANNERS`. */
  manners = new Uint8Array(FIRST);
  /** Times from which on the source was read anew, so that what was read before is not known there. */
  anewS: number[] = [];
  /** Added to times: they go on where those of a source run backwards. */
  private shiftS = 0;

  constructor(
    readonly layers: number,
    readonly unitNames: string[],
  ) {
    this.spikes = new Float32Array(FIRST * layers);
    this.units = new Float64Array(FIRST * unitNames.length);
  }

  add(timeS: number, manner: Manner | null, reading: Reading | null, activity: Activity | null): void {
    if (this.length === this.timesS.length) this.grow();
    const at = this.length;
    this.shiftS = Math.max(this.shiftS, this.endS - timeS);
    this.timesS[at] = timeS + this.shiftS;
    this.manners[at] = MANNERS.indexOf(manner);
    for (let n = 0; n < EMOTIONS.length; n++) {
      this.probabilities[at * EMOTIONS.length + n] = reading === null ? NaN : reading.probabilities[n];
    }
    const width = this.unitNames.length;
    for (let n = 0; n < width; n++) this.units[at * width + n] = reading?.units[n] ?? NaN;
    for (let n = 0; n < this.layers; n++) this.spikes[at * this.layers + n] = activity?.spikes[n] ?? NaN;
    this.energyUj[at] = activity?.energy_uj ?? NaN;
    this.length += 1;
  }

  /** Forgets what was read at or after a time: it is read anew. */
  cut(timeS: number): void {
    this.length = this.placeOf(timeS);
    this.anewS = this.anewS.filter((before) => before < timeS);
    if (this.length > 0) this.anewS.push(timeS);
    this.shiftS = 0;
  }

  /** Place of the first frame at or after a time. */
  placeOf(timeS: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.timesS[middle] < timeS) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Place of the frame whose time is nearest; -1 if there is none. */
  nearest(timeS: number): number {
    const after = Math.min(this.placeOf(timeS), this.length - 1);
    return after > 0 && timeS - this.timesS[after - 1] < this.timesS[after] - timeS ? after - 1 : after;
  }

  /** All seven, NaN where no eye was seen. */
  probabilitiesAt(at: number): Float64Array {
    return this.probabilities.subarray(at * EMOTIONS.length, (at + 1) * EMOTIONS.length);
  }

  /** What was believed then; null where no eye was seen. `certain`: the probability from which on an emotion is named. */
  readingAt(at: number, certain: number): Reading | null {
    const probabilities = Array.from(this.probabilitiesAt(at));
    if (Number.isNaN(probabilities[0])) return null;
    const probability = Math.max(...probabilities);
    const count = this.unitNames.length;
    const units = Array.from(this.units.subarray(at * count, (at + 1) * count));
    return { emotion: EMOTIONS[probabilities.indexOf(probability)], probability, certain: probability >= certain, probabilities, units };
  }

  /** From when to when an emotion was shown; `rateHz`: usual frames a second. Of what was jumped over, nothing is told. */
  segments(certain: number, rateHz: number): Segment[] {
    const found: Segment[] = [];
    let segmenter = new Segmenter(certain, rateHz);
    const anew = new Set(this.anewS.map((timeS) => this.placeOf(timeS)));
    for (let at = 0; at < this.length; at++) {
      if (anew.has(at) && at > 0 && isJump(this.timesS[at] - this.timesS[at - 1], 1 / rateHz)) {
        found.push(...segmenter.segments());
        segmenter = new Segmenter(certain, rateHz);
      }
      const read = this.probabilitiesAt(at);
      segmenter.add(this.timesS[at], Number.isNaN(read[0]) ? null : read);
    }
    return [...found, ...segmenter.segments()];
  }

  get startS(): number {
    return this.length ? this.timesS[0] : 0;
  }

  get endS(): number {
    return this.length ? this.timesS[this.length - 1] : 0;
  }

  private grow(): void {
    if (this.length >= MOST) {
      const half = this.length >> 1;
      this.dropped += half;
      this.timesS.copyWithin(0, half);
      this.probabilities.copyWithin(0, half * EMOTIONS.length);
      this.units.copyWithin(0, half * this.unitNames.length);
      this.spikes.copyWithin(0, half * this.layers);
      this.energyUj.copyWithin(0, half);
      this.manners.copyWithin(0, half);
      this.length -= half;
      return;
    }
    this.timesS = wider(this.timesS, new Float64Array(this.timesS.length * 2));
    this.probabilities = wider(this.probabilities, new Float64Array(this.probabilities.length * 2));
    this.units = wider(this.units, new Float64Array(this.units.length * 2));
    this.spikes = wider(this.spikes, new Float32Array(this.spikes.length * 2));
    this.energyUj = wider(this.energyUj, new Float32Array(this.energyUj.length * 2));
    this.manners = wider(this.manners, new Uint8Array(this.manners.length * 2));
  }
}

function wider<T extends Float32Array | Float64Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
