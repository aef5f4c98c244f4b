/** The part of a timeline that is shown: it follows the end, shows all, or stays where it was put. It never leaves what was read. */

export const LEAST_S = 0.5;
/** Shown while it follows, at first; less where a source is known to be shorter. */
const FIRST_S = 20;

export class Span {
  private mode: "following" | "all" | "fixed" = "following";
  /** While it follows. */
  private lengthS = FIRST_S;
  /** What was read. */
  private startS = 0;
  private lastS = 0;
  /** What is shown. */
  private fromS = 0;
  private toS = FIRST_S;

  get following(): boolean {
    return this.mode === "following";
  }

  get all(): boolean {
    return this.mode === "all";
  }

  /** From and to, in seconds, given what was read. */
  shown(startS: number, lastS: number): [number, number] {
    [this.startS, this.lastS] = [startS, lastS];
    if (this.mode === "all") [this.fromS, this.toS] = [startS, Math.max(lastS, startS + LEAST_S)];
    else if (this.mode === "following") {
      this.toS = Math.max(lastS, startS + this.lengthS);
      this.fromS = this.toS - this.lengthS;
    } else this.put(this.fromS, this.toS);
    return [this.fromS, this.toS];
  }

  /** `aroundS` stays in its place; what follows the end goes on doing so. */
  zoom(factor: number, aroundS = (this.fromS + this.toS) / 2): void {
    if (this.mode === "following") {
      this.lengthS = Math.min(Math.max(LEAST_S, this.lengthS * factor), Math.max(FIRST_S, this.recordedS));
      this.shown(this.startS, this.lastS);
      return;
    }
    const length = Math.max(LEAST_S, (this.toS - this.fromS) * factor);
    const share = (aroundS - this.fromS) / (this.toS - this.fromS);
    this.put(aroundS - share * length, aroundS + (1 - share) * length);
  }

  /** By a share of what is shown; negative is earlier. */
  move(share: number): void {
    const by = share * (this.toS - this.fromS);
    this.put(this.fromS + by, this.toS + by);
  }

  select(fromS: number, toS: number): void {
    const more = Math.max(0, LEAST_S - (toS - fromS)) / 2;
    this.put(fromS - more, toS + more);
  }

  /** Moved so that a time is in it. */
  reveal(timeS: number): void {
    if (timeS < this.fromS) this.put(timeS, timeS + this.toS - this.fromS);
    else if (timeS > this.toS) this.put(timeS - (this.toS - this.fromS), timeS);
  }

  /** Another source, of which it is known how long it is, or not. */
  begin(durationS: number | null): void {
    this.lengthS = Math.min(FIRST_S, Math.max(LEAST_S, durationS ?? FIRST_S));
    this.follow();
  }

  follow(): void {
    this.mode = "following";
    this.shown(this.startS, this.lastS);
  }

  showAll(): void {
    this.mode = "all";
    this.shown(this.startS, this.lastS);
  }

  private get recordedS(): number {
    return this.lastS - this.startS;
  }

  /** Stays there from now on, as far as something was read there; where that is all, all is shown. */
  private put(fromS: number, toS: number): void {
    const length = toS - fromS;
    if (length >= this.recordedS) {
      this.mode = "all";
      [this.fromS, this.toS] = [this.startS, Math.max(this.lastS, this.startS + LEAST_S)];
      return;
    }
    this.mode = "fixed";
    this.fromS = Math.min(Math.max(this.startS, fromS), this.lastS - length);
    this.toS = this.fromS + length;
  }
}
