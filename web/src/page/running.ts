/** One source that is played: frame after frame, the newest one first where a source does not wait. It can be paused, and
 * where the source allows it, be played from elsewhere, also after its end. */

import { Away, type Engine, type Result } from "../engine/engine";
import { aborted, either, waited, type Frame, type Source } from "../sources/source";
import { settled, tell } from "./trouble";

/** What is told of a source that is played. */
export interface Listener {
  /** A frame is to be seen. */
  shown(frame: Frame): void;
  /** Frames are read from this time of the source on, which is not where those before ended; of a camera, after a pause. */
  moved(timeS: number): void;
  read(frame: Frame, result: Result): void;
  /** It runs, stands still, or has ended. */
  changed(): void;
}

export class Running {
  readonly done: Promise<void>;
  paused = false;
  ended = false;
  /** Whether a frame is being read; otherwise the next one is waited for. */
  reading = false;
  /** When the frame that is shown was taken; null before the first. */
  positionS: number | null = null;
  private readonly controller = new AbortController();
  /** Plays from one place on; another one begins with each seek. */
  private leg = new AbortController();
  private fromS = 0;
  private sought = false;
  private anew = false;
  /** Aborted when it goes on. */
  private still = new AbortController();
  private away = false;

  constructor(
    private readonly source: Source,
    private readonly engine: () => Engine,
    private readonly listener: Listener,
  ) {
    this.done = this.run();
  }

  get stopped(): boolean {
    return this.controller.signal.aborted;
  }

  stop(): void {
    this.controller.abort();
  }

  pause(): void {
    if (this.paused || this.ended) return;
    this.paused = true;
    this.still = new AbortController();
    this.source.hold?.(true);
    this.listener.changed();
  }

  /** Goes on where it was paused; from the beginning, if it has ended. */
  resume(): void {
    if (this.ended) this.playFrom(0, false);
    if (!this.paused) return;
    this.paused = false;
    this.still.abort();
    this.source.hold?.(false);
    if (this.source.live) this.anew = true; // what was seen before the pause is no evidence any more
    this.listener.changed();
  }

  /** What runs goes on from there; what stands still shows the frame of that time. */
  seek(timeS: number): void {
    const { durationS } = this.source;
    if (durationS !== null) this.playFrom(Math.min(Math.max(0, timeS), durationS), this.paused || this.ended);
  }

  /** The end before the end: it can be played again. */
  halt(): void {
    this.ended = true;
    this.leg.abort();
  }

  private playFrom(timeS: number, paused: boolean): void {
    if (paused && !this.paused) this.still = new AbortController();
    [this.fromS, this.sought, this.paused, this.ended] = [timeS, true, paused, false];
    this.leg.abort();
    this.listener.changed();
  }

  /** Null where nobody reads a frame that is not waited for; others are read as soon as somebody does. */
  private async answered(frame: Frame, signal: AbortSignal): Promise<Result | null> {
    while (!signal.aborted) {
      try {
        const result = await this.engine().read(frame.take(), frame.timeUs);
        if (this.away) settled();
        this.away = false;
        return result;
      } catch (error) {
        if (!(error instanceof Away) || signal.aborted) throw error;
        this.away = true;
        tell(error);
        await waited(1000 * error.retryS, signal);
        if (this.source.live) return null;
      }
    }
    return null;
  }

  private held(signal: AbortSignal): Promise<void> {
    const { gone } = this.source;
    this.source.hold?.(true);
    return aborted(signal, this.still.signal, ...(gone === undefined ? [] : [gone]));
  }

  private async run(): Promise<void> {
    const over = this.controller.signal;
    while (!over.aborted) {
      this.leg = new AbortController();
      const signal = either(over, this.leg.signal);
      await this.play(signal).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
      if (this.leg.signal.aborted && !this.ended) continue; // another place was asked for
      if (this.source.durationS === null || over.aborted) return;
      this.ended = true;
      this.leg = new AbortController();
      this.listener.changed();
      await aborted(over, this.leg.signal);
    }
  }

  private async play(signal: AbortSignal): Promise<void> {
    for await (const frame of this.source.frames(signal, this.fromS)) {
      if (signal.aborted) return;
      if (this.paused && !this.sought) {
        await this.held(signal);
        if (this.source.live) continue; // that one is old
        if (signal.aborted) return;
      }
      this.positionS = 1e-6 * frame.timeUs;
      this.listener.shown(frame);
      if (this.paused) await this.held(signal); // it was sought, and is looked at
      if (signal.aborted) return;
      if (this.sought || this.anew) {
        this.engine().rewind();
        this.listener.moved(this.positionS);
      }
      this.sought = this.anew = false;
      this.reading = true;
      const result = await this.answered(frame, signal).finally(() => (this.reading = false));
      if (signal.aborted) return;
      if (result !== null) this.listener.read(frame, result);
    }
  }
}
