/** The time of a stream, counted in intervals of its usual rate: sources/pace.py once more, which says why. */

import { roundHalfEven } from "../runtime/arithmetic";

const MOST_HZ = 1000;
const TRIMMED = 0.1;
const WHOLE = 0.01;
const FOLLOWED = 0.9;

/** `ticks(timeS)` of frame after frame: 1 for a frame that comes in time, 0 for one too early, more after a gap. */
export class Pace {
  readonly rateHz: number;
  private lastS: number | null = null;
  private off = 0;

  /** `rateHz`: usual frames a second. */
  constructor(rateHz: number) {
    this.rateHz = Math.min(rateHz, MOST_HZ);
  }

  /** Intervals since the last frame that was not too early; the first frame counts as 1. Time must not run backwards. */
  ticks(timeS: number): number {
    if (this.lastS === null) {
      this.lastS = timeS;
      return 1;
    }
    const passed = (timeS - this.lastS) * this.rateHz + this.off;
    const ticks = roundHalfEven(passed);
    if (ticks !== 0) [this.lastS, this.off] = [timeS, FOLLOWED * (passed - ticks)];
    return ticks;
  }
}

/** Frames a second of frames at these times, without the shortest and the longest intervals; null where they do not tell. */
export function usualRate(timesUs: number[]): number | null {
  const intervals = timesUs.slice(1).map((time, n) => time - timesUs[n]);
  intervals.sort((a, b) => a - b);
  const cut = intervals.length > 2 ? Math.ceil(TRIMMED * intervals.length) : 0;
  const kept = intervals.slice(cut, intervals.length - cut);
  const meanUs = kept.reduce((sum, value) => sum + value, 0) / kept.length;
  if (!(meanUs > 0 && meanUs < Infinity) || intervals[0] < 0) return null;
  const rate = 1e6 / meanUs;
  const whole = roundHalfEven(rate);
  return whole !== 0 && Math.abs(rate - whole) <= WHOLE * whole ? whole : rate;
}

/** Times in µs of a video's frames, from 0, of those in its file; evenly where these do not rise (`decode_frames`).
 * `firstUs`: the time of the first frame, where another one is the first that is given. */
export function risingTimes(rateHz: number, timed: boolean, firstUs = NaN): (timeUs: number) => number {
  let first = firstUs;
  let last = -1;
  return (timeUs) => {
    if (Number.isNaN(first)) first = timeUs;
    const even = last >= 0 ? last + 1e6 / rateHz : 0;
    last = timed && timeUs - first > last ? timeUs - first : even;
    return roundHalfEven(last);
  };
}
