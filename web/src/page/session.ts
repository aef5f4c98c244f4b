/** One source at a time: whichever was asked for last is opened, played and let go; what it overtook lets go at once. */

import type { Engine } from "../engine/engine";
import { aborted, type Seekable, type Source } from "../sources/source";
import { Running, type Listener } from "./running";
import { settled, tell } from "./trouble";

/** What is done with the source; `ended` also after Stop. */
export type Phase = "none" | "opening" | "running" | "paused" | "ended";

export interface Watcher extends Listener {
  /** A source is open, and nothing was read of it yet; resolves when it can be. */
  begun(source: Source): Promise<void>;
  /** The user stopped it, or it failed. */
  stopped(): void;
}

/** Opens a source; whoever is overtaken meanwhile need not care, what it opens is closed. */
export type Open = (signal: AbortSignal) => Promise<Source>;

export class Session implements Seekable {
  /** What is shown of: the source that is there, or was the last one. */
  source: Source | null = null;
  /** Aborted by the next start, and by Stop while a source is opened: only what has the newest one counts. */
  private turn = new AbortController();
  private opening = false;
  /** What is open, whether anything is read of it or not. */
  private held: Source | null = null;
  private running: Running | null = null;
  /** Resolves when nothing is played; it never rejects. */
  private played: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly engine: () => Engine,
    private readonly watcher: Watcher,
  ) {}

  get phase(): Phase {
    const { running } = this;
    if (this.opening) return "opening";
    if (running === null || running.stopped) return this.source === null ? "none" : "ended";
    return running.ended ? "ended" : running.paused ? "paused" : "running";
  }

  get cameraOn(): boolean {
    return this.held?.camera !== undefined;
  }

  /** Whether the next frame is waited for, and none is being read. */
  get waiting(): boolean {
    return this.phase === "running" && this.running?.reading === false;
  }

  get durationS(): number | null {
    return this.running === null || this.opening ? null : (this.source?.durationS ?? null);
  }

  get positionS(): number | null {
    return this.running?.positionS ?? null;
  }

  seek(timeS: number): void {
    this.running?.seek(timeS);
  }

  /** Ends what is there, and plays another source until its end. */
  async start(open: Open): Promise<void> {
    this.turn.abort();
    this.turn = new AbortController();
    const { signal } = this.turn;
    settled();
    this.isOpening(true);
    let source: Source | null = null;
    try {
      source = await open(signal); // at once: browsers give some things only right after a click
      if (signal.aborted) return;
      this.hold(source, signal);
      await this.played;
      if (signal.aborted) return;
      this.source = source;
      await Promise.race([this.watcher.begun(source), aborted(signal)]);
      if (signal.aborted) return;
      await this.play(source, signal);
    } catch (error) {
      if (!signal.aborted) tell(error);
    } finally {
      source?.close();
      if (this.held === source) this.held = null;
      if (this.turn.signal === signal) this.isOpening(false);
    }
  }

  pause(): void {
    this.running?.pause();
  }

  resume(): void {
    this.running?.resume();
  }

  /** A file stays open, and can be played again; a camera is off at once. */
  stop(): void {
    if (this.opening || this.source?.durationS === null) {
      this.turn.abort();
      this.isOpening(false);
    } else this.running?.halt();
    this.watcher.stopped();
  }

  private async play(source: Source, signal: AbortSignal): Promise<void> {
    const running = new Running(source, this.engine, this.watcher);
    this.running = running;
    signal.addEventListener("abort", () => running.stop());
    this.played = running.done.catch(() => undefined);
    this.isOpening(false);
    try {
      await running.done;
    } finally {
      if (this.running === running) this.running = null;
    }
  }

  private hold(source: Source, signal: AbortSignal): void {
    this.held = source;
    signal.addEventListener("abort", () => {
      source.close();
      if (this.held === source) this.held = null;
    });
    this.watcher.changed();
  }

  private isOpening(on: boolean): void {
    this.opening = on;
    this.watcher.changed();
  }
}
