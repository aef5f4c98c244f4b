/** The eye in a stream of pictures: found, followed, lost and found again. eye/tracking.py once more. */

import { roundHalfEven } from "../runtime/arithmetic";
import type { Grey } from "../runtime/contract";
import { apart, chosen, FIND, KEEP, type FoundEye, type SoughtSide } from "./decoding";
import type { Finder } from "./finder";
import { Pace } from "../sources/pace";
import { Held } from "./holding";
import { cropAround, whole, type Place } from "./place";

const SEARCH_S = 0.1;
const GATE = 0.5;
const GATE_SIZE = 1.5;
const LOST_S = 0.3;
const CHECK_S = 1;
const SIDE_S = 0.5;
const LEFT_AT = 0.5;
const LEFT_SURE = 0.25;
const FULL_SHAPE = 1.25;
const FULL_SIZE = 0.75;
const FULL_LEAST = 0.5;
const MEDIAN = 3;

export type Manner = "followed" | "full" | "box";

/** What a frame shows of the eye that is followed. */
export interface Sight {
  place: Place;
  manner: Manner;
  /** Probability that the frame shows an eye there; 0 in a frame in which it was not seen and is waited for. */
  quality: number;
}

interface Followed {
  last: FoundEye;
  manner: Manner;
  mirrored: boolean;
  /** How probable it is that this is a left eye, averaged over the last frames. */
  left: number;
  held: Held;
  recent: FoundEye[];
  /** Ticks in which it was looked for in vain. */
  unseen: number;
  /** Ticks in which it was not looked at. */
  rested: number;
}

export class Tracker {
  private readonly rateHz: number;
  private sinceSearch: number;
  private eye: Followed | null = null;
  private elsewhere = false;

  /** `rateHz`: usual frames a second. */
  constructor(
    private readonly finder: Finder,
    rateHz: number,
    private readonly side: SoughtSide,
  ) {
    this.rateHz = new Pace(rateHz).rateHz;
    this.sinceSearch = this.ticks(SEARCH_S);
  }

  /** A frame, `ticks` after the one before -> the eye in it; null where there is none. */
  async step(frame: Grey, ticks: number): Promise<Sight | null> {
    this.sinceSearch += ticks;
    const { eye } = this;
    if (eye === null) return this.search(frame);
    if (mayRest(eye, ticks)) {
      eye.rested = ticks;
      return { ...sight(eye, frame, null), quality: eye.last.probability };
    }
    const seen = await this.measured(frame, eye.last);
    if (seen === null) {
      eye.unseen += ticks;
      return eye.unseen <= this.ticks(LOST_S) ? sight(eye, frame, null) : this.searchAnew(frame);
    }
    this.follow(eye, seen, ticks);
    if (isOther(eye, frame)) return this.searchAnew(frame);
    if (this.sinceSearch >= this.ticks(CHECK_S)) {
      const better = await this.better(frame, seen);
      if (better !== null) return better;
    }
    return sight(eye, frame, seen);
  }

  private searchAnew(frame: Grey): Promise<Sight | null> {
    this.eye = null;
    this.elsewhere = false;
    return this.search(frame);
  }

  private async search(frame: Grey): Promise<Sight | null> {
    if (this.sinceSearch < this.ticks(SEARCH_S)) return null;
    this.sinceSearch = 0;
    const found = chosen(await this.finder.search(frame), this.side);
    return found === null ? null : this.settle(frame, found);
  }

  /** Follows an eye from now on, if a second look shows it too. */
  private async settle(frame: Grey, found: FoundEye): Promise<Sight | null> {
    const seen = await this.measured(frame, found);
    if (seen === null || seen.probability < FIND) return null;
    const longer = Math.max(frame.width, frame.height);
    const shorter = Math.min(frame.width, frame.height);
    const fills = !seen.paired && longer <= FULL_SHAPE * shorter && seen.size >= FULL_SIZE * longer;
    const { left } = seen;
    this.eye = {
      last: seen, manner: fills ? "full" : "followed", mirrored: left >= LEFT_AT, left,
      held: new Held(this.rateHz), recent: [], unseen: 0, rested: 0,
    };
    this.follow(this.eye, seen, 1);
    this.elsewhere = false;
    return sight(this.eye, frame, seen);
  }

  private follow(eye: Followed, seen: FoundEye, since: number): void {
    const ticks = since + eye.rested;
    eye.rested = 0;
    eye.last = seen;
    eye.unseen = 0;
    eye.left += (1 - Math.exp(-ticks / (SIDE_S * this.rateHz))) * (seen.left - eye.left);
    eye.recent = [...eye.recent, seen].slice(-MEDIAN);
    const of = (value: (one: FoundEye) => number): number => median(eye.recent.map(value));
    eye.held.follow(of((one) => one.x), of((one) => one.y), of((one) => one.size), ticks);
  }

  /** The eye of a frame that is nearest to a known one. */
  private async measured(frame: Grey, near: FoundEye): Promise<FoundEye | null> {
    const eyes = await this.finder.lookAround(frame, near.x, near.y, near.size);
    return eyes
      .filter((eye) => mayBe(near, eye))
      .reduce<FoundEye | null>((best, eye) => (best === null || apart(eye, near) < apart(best, near) ? eye : best), null);
  }

  /** Changes to the eye of a face, if two searches in succession choose it and the followed one has no partner. */
  private async better(frame: Grey, seen: FoundEye): Promise<Sight | null> {
    this.sinceSearch = 0;
    const found = chosen(await this.finder.search(frame), this.side);
    const before = this.elsewhere;
    this.elsewhere = false;
    if (found === null || !found.paired || seen.paired || apart(found, seen) < GATE * found.size) return null;
    if (before) return this.settle(frame, found);
    this.elsewhere = true;
    return null;
  }

  private ticks(seconds: number): number {
    return Math.max(1, roundHalfEven(seconds * this.rateHz));
  }
}

/** Whether what is seen can be the known eye, one frame later. */
function mayBe(known: FoundEye, seen: FoundEye): boolean {
  const sizes = Math.max(known.size, seen.size) / Math.max(Math.min(known.size, seen.size), 1e-6);
  return seen.probability >= KEEP && apart(seen, known) < GATE * known.size && sizes < GATE_SIZE;
}

/** Whether a frame need not be looked at: it comes in time, and in the one before the eye was seen, and still. */
function mayRest({ last, held, unseen, rested }: Followed, ticks: number): boolean {
  return ticks === 1 && unseen === 0 && rested === 0 && held.isNear(last.x, last.y, last.size);
}

/** Whether it is of the other side than it was taken for, or no longer fills the picture that it did. */
function isOther(eye: Followed, frame: Grey): boolean {
  const beyond = eye.mirrored ? LEFT_AT - eye.left : eye.left - LEFT_AT;
  return beyond > LEFT_SURE || (eye.manner === "full" && eye.last.size < FULL_LEAST * Math.max(frame.width, frame.height));
}

function sight(eye: Followed, frame: Grey, seen: FoundEye | null): Sight {
  const { held, mirrored, manner } = eye;
  const place = manner === "full" ? whole(frame, mirrored) : cropAround(held.x, held.y, held.size, mirrored);
  return { place, manner, quality: seen?.probability ?? 0 };
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}
