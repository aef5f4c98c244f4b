/** The part of a timeline that is shown: it follows the end, or stays where it was put. */

const LEAST_S = 0.5;
const MOST_S = 3600;

export class Span {
  lengthS = 20;
  endS = 0;
  following = true;

  /** From and to, in seconds, given the times that there are. */
  shown(startS: number, lastS: number): [number, number] {
    if (this.following) this.endS = Math.max(lastS, startS + this.lengthS);
    return [this.endS - this.lengthS, this.endS];
  }

  zoom(factor: number, aroundS = this.endS - this.lengthS / 2): void {
    const length = Math.min(MOST_S, Math.max(LEAST_S, this.lengthS * factor));
    if (!this.following) this.endS = aroundS + ((this.endS - aroundS) * length) / this.lengthS;
    this.lengthS = length;
  }

  /** By a share of what is shown; negative is earlier. */
  move(share: number): void {
    this.following = false;
    this.endS += share * this.lengthS;
  }

  select(fromS: number, toS: number): void {
    this.following = false;
    this.lengthS = Math.max(LEAST_S, toS - fromS);
    this.endS = toS;
  }

  follow(): void {
    this.following = true;
  }
}
