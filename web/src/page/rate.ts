/** How fast frames are really read. A camera in the dark gives fewer than it says, and a busy computer reads fewer. */

const WINDOW_S = 2;

export class RealRate {
  private times: number[] = [];
  private other = 0;

  constructor(public rateHz: number) {}

  /** One more frame that was read; whether the rate that counts is another one now. */
  add(timeS: number): boolean {
    this.times.push(timeS);
    const passed = timeS - this.times[0];
    if (passed < WINDOW_S) return false;
    const measured = (this.times.length - 1) / passed;
    this.times = [timeS];
    // twice in a row, so that a hiccup forgets nothing
    this.other = Math.abs(measured / this.rateHz - 1) > 0.2 ? this.other + 1 : 0;
    if (this.other < 2) return false;
    this.other = 0;
    this.rateHz = Math.min(1000, Math.max(1, measured));
    return true;
  }
}
