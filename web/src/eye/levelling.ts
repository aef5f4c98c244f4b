/** Whether a stream seems to be turned, as its first frames show: `levelled` of eye/levelling.py once more. */

import type { Grey } from "../runtime/contract";
import type { Degrees } from "../sources/turning";
import type { Finder } from "./finder";
import type { Place } from "./place";
import { placeOfEye, turnOf, type Logs, type Upright } from "./upright";

const FRAMES = 5;
const APART_US = 200_000;
const TRIES = 10;

export class Levelling {
  /** By how many degrees pictures seem to have to be turned, clockwise; 0 where that is not known. */
  seems: Degrees = 0;
  private logs: Logs[] = [];
  private looked = 0;
  private nextUs = 0;
  private tries = 0;

  constructor(
    private readonly upright: Upright,
    private readonly finder: Finder,
  ) {}

  /** One more frame of the stream; `known` is where the eye is in it, or null if it has to be found. */
  async look(frame: Grey, timeUs: number, known: Place | null): Promise<void> {
    if (this.tries >= TRIES || timeUs < this.nextUs) return;
    this.nextUs = timeUs + APART_US;
    this.looked += 1;
    const place = known ?? (await placeOfEye(frame, this.finder));
    if (place !== null) this.logs.push(await this.upright(frame, place));
    if (this.looked < FRAMES) return;
    const turn = turnOf(this.logs);
    [this.logs, this.looked] = [[], 0];
    this.tries = turn === null ? this.tries + 1 : TRIES;
    this.seems = turn ?? 0;
  }
}
