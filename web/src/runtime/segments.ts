/** Readings as segments, from when to when an emotion was shown: runtime/segmenting.py once more. */

import { EMOTIONS, type Emotion } from "./contract";

export const UNCERTAIN = "uncertain";
export const NO_EYE = "no eye";

export type Answer = Emotion | typeof UNCERTAIN | typeof NO_EYE;

/** `Habits` of the package. */
const KEPT = 0.75;
const LEAST_S = 0.4;
const BRIDGED_S = 0.8;
const LONGEST_S = 1;
const LONGEST_INTERVALS = 3;
const ROUNDING_S = 1e-6;

/** A part of a stream in which one answer holds. */
export interface Segment {
  emotion: Answer;
  startS: number;
  endS: number;
  /** Of the emotion, its mean over the segment; where it is uncertain, of the most probable one; 0 without an eye. */
  probability: number;
  /** The emotion that was the most probable one on average; empty without an eye. */
  likeliest: Emotion | "";
}

/** Readings in succession that have one answer; sums are over time. */
interface Run {
  answer: Answer;
  startS: number;
  endS: number;
  total: number[];
  readS: number;
}

/** Whether so many seconds are more than a reading counts for; `intervalS`: what usually lies between two. */
export function isJump(seconds: number, intervalS: number): boolean {
  return seconds > Math.max(LONGEST_S, LONGEST_INTERVALS * intervalS);
}

/** Readings one by one -> segments, one after the other without a gap. */
export class Segmenter {
  private readonly runs: Run[] = [];
  /** Of the last run, if that is uncertain: the end, in which one emotion is the most probable all the time. */
  private rising: Run | null = null;
  private last: { timeS: number; probabilities: ArrayLike<number> | null } | null = null;
  private readonly intervalS: number;

  /** `certain`: probability from which on an emotion is named; `rateHz`: usual readings a second. */
  constructor(
    private readonly certain: number,
    rateHz: number,
  ) {
    this.intervalS = 1 / rateHz;
  }

  /** What is believed from this time on, until the next one; null where no eye is seen. */
  add(timeS: number, probabilities: ArrayLike<number> | null): void {
    this.close(timeS);
    this.last = { timeS, probabilities };
  }

  /** All of what was given; nothing may be added afterwards. */
  segments(): Segment[] {
    if (this.last === null) return [];
    const { timeS, probabilities } = this.last;
    this.last = null;
    this.take(timeS, probabilities, timeS + this.intervalS);
    return cleaned(this.runs).map(segmentOf);
  }

  /** What was given last counts until now. */
  private close(timeS: number): void {
    if (this.last === null) return;
    const { timeS: began, probabilities } = this.last;
    const endS = probabilities === null || !isJump(timeS - began, this.intervalS) ? timeS : began + this.intervalS;
    this.take(began, probabilities, endS);
    if (endS < timeS) this.take(endS, null, timeS);
  }

  private take(startS: number, probabilities: ArrayLike<number> | null, endS: number): void {
    const { runs } = this;
    const rising = this.rising;
    this.rising = null;
    const seconds = endS - startS;
    if (probabilities === null) {
      append(runs, { answer: NO_EYE, startS, endS, total: EMOTIONS.map(() => 0), readS: 0 });
      return;
    }
    const best = largest(probabilities);
    const total = EMOTIONS.map((_, n) => seconds * probabilities[n]);
    const now: Run = { answer: this.answer(probabilities, best), startS, endS, total, readS: seconds };
    if (now.answer === UNCERTAIN) {
      append(runs, now);
      if (probabilities[best] < KEPT * this.certain) return;
      const risen = { ...now, answer: EMOTIONS[best] };
      this.rising = rising?.answer === risen.answer ? joined(rising, risen) : risen;
      return;
    }
    if (rising?.answer !== now.answer) {
      append(runs, now);
      return;
    }
    const doubt = runs.pop(); // it began before it was named
    if (doubt !== undefined && doubt.startS < rising.startS) runs.push(withoutEnd(doubt, rising));
    append(runs, joined(rising, now));
  }

  private answer(probabilities: ArrayLike<number>, best: number): Answer {
    const before = this.runs.at(-1)?.answer ?? UNCERTAIN;
    if (probabilities[best] >= this.certain) return EMOTIONS[best];
    return isNamed(before) && probabilities[EMOTIONS.indexOf(before)] >= KEPT * this.certain ? before : UNCERTAIN;
  }
}

/** How much of the whole time each answer takes, 0..1. */
export function shares(segments: Segment[]): Map<Answer, number> {
  const seconds = (of: Segment[]): number => of.reduce((sum, { startS, endS }) => sum + endS - startS, 0);
  const whole = seconds(segments) || 1;
  const answers: Answer[] = [...EMOTIONS, UNCERTAIN, NO_EYE];
  return new Map(answers.map((answer) => [answer, seconds(segments.filter(({ emotion }) => emotion === answer)) / whole]));
}

export function isNamed(answer: Answer | ""): answer is Emotion {
  return (EMOTIONS as readonly string[]).includes(answer);
}

/** Without emotions that are too short, without short doubts within one emotion, and before one. */
function cleaned(runs: Run[]): Run[] {
  const named: Run[] = [];
  for (const run of runs) {
    const brief = isNamed(run.answer) && run.endS - run.startS < LEAST_S - ROUNDING_S;
    append(named, brief ? { ...run, answer: UNCERTAIN } : run);
  }
  const kept: Run[] = [];
  named.forEach((run, number) => {
    const before = kept.at(-1)?.answer ?? "";
    const after = named[number + 1]?.answer ?? "";
    let { answer } = run;
    if (!isNamed(answer) && isNamed(after)) {
      const seconds = run.endS - run.startS;
      const isBridge = before === after && seconds <= BRIDGED_S + ROUNDING_S;
      const isBeginning = answer === UNCERTAIN && seconds < LEAST_S - ROUNDING_S;
      if (isBridge || isBeginning) answer = after;
    }
    append(kept, { ...run, answer });
  });
  return kept;
}

function segmentOf({ answer, startS, endS, total, readS }: Run): Segment {
  if (readS === 0) return { emotion: NO_EYE, startS, endS, probability: 0, likeliest: "" };
  const means = total.map((value) => value / readS);
  const best = largest(means);
  const which = isNamed(answer) ? EMOTIONS.indexOf(answer) : best;
  return { emotion: answer, startS, endS, probability: means[which], likeliest: EMOTIONS[best] };
}

/** Behind them, or to the last of them where it has the same answer. */
function append(runs: Run[], run: Run): void {
  const last = runs.at(-1);
  if (last?.answer === run.answer) runs[runs.length - 1] = joined(last, run);
  else runs.push(run);
}

/** Both as one, with the answer of the first. */
function joined(first: Run, second: Run): Run {
  const total = first.total.map((value, n) => value + second.total[n]);
  return { ...first, endS: second.endS, total, readS: first.readS + second.readS };
}

function withoutEnd(run: Run, end: Run): Run {
  const total = run.total.map((value, n) => value - end.total[n]);
  return { answer: UNCERTAIN, startS: run.startS, endS: end.startS, total, readS: run.readS - end.readS };
}

/** Place of the first of the largest values. */
function largest(values: ArrayLike<number>): number {
  let best = 0;
  for (let n = 1; n < values.length; n++) if (values[n] > values[best]) best = n;
  return best;
}
