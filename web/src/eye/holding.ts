/** A crop that is steady: `Held` of eye/tracking.py once more. */

const SLACK = 0.035;
const SIZE_SLACK = 0.06;
const SETTLE_S = 0.5;
const HOLD_S = 4;

/** Where the eye is held to be: what exceeds the slack is followed at once, the rest slowly. */
export class Held {
  x = 0;
  y = 0;
  size = 0;
  private frames = 0;
  /** Ticks for which measurements were given. */
  private age = 0;

  /** `rateHz`: ticks a second. */
  constructor(private readonly rateHz: number) {}

  /** One more measurement, `ticks` after the one before. */
  follow(x: number, y: number, size: number, ticks: number): void {
    this.frames += 1;
    this.age += ticks;
    if (this.frames === 1) {
      [this.x, this.y, this.size, this.age] = [x, y, size, 1];
      return;
    }
    const apart = Math.hypot(x - this.x, y - this.y) / size;
    const share = this.share(apart, SLACK, ticks);
    this.x += share * (x - this.x);
    this.y += share * (y - this.y);
    const change = Math.log(size / this.size);
    this.size *= Math.exp(this.share(Math.abs(change), SIZE_SLACK, ticks) * change);
  }

  /** Whether a measurement lies within half the slack, after it has settled. */
  isNear(x: number, y: number, size: number): boolean {
    const near = Math.hypot(x - this.x, y - this.y) < 0.5 * SLACK * this.size;
    const alike = Math.abs(Math.log(size / this.size)) < 0.5 * SIZE_SLACK;
    return near && alike && this.age > SETTLE_S * this.rateHz;
  }

  private share(apart: number, slack: number, ticks: number): number {
    let slow = 1 - Math.exp(-ticks / (this.rateHz * HOLD_S));
    if (this.age <= SETTLE_S * this.rateHz) slow = Math.max(slow, 1 / this.frames);
    const beyond = Math.max(0, apart - slack);
    return (beyond + slow * (apart - beyond)) / Math.max(apart, 1e-9);
  }
}
