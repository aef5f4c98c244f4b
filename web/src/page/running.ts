/** One source that is being read: frame after frame, the newest one first where a source does not wait. */

import type { Engine, Result } from "../engine/engine";
import { Busy } from "../engine/server";
import { waited, type Frame, type Source } from "../sources/source";
import { settled, tell } from "./trouble";

export class Running {
  private readonly controller = new AbortController();
  readonly done: Promise<void>;
  private full = false;

  constructor(
    readonly source: Source,
    engine: () => Engine,
    shown: (frame: Frame) => void,
    read: (frame: Frame, result: Result) => void,
  ) {
    this.done = this.run(engine, shown, read);
  }

  get stopped(): boolean {
    return this.controller.signal.aborted;
  }

  stop(): Promise<void> {
    this.controller.abort();
    return this.done.catch(() => undefined);
  }

  /** Null where the server has no room: then frames go by until it may be asked again. */
  private async answered(engine: Engine, frame: Frame): Promise<Result | null> {
    try {
      const result = await engine.read(frame.take(), frame.timeUs);
      if (this.full) settled();
      this.full = false;
      return result;
    } catch (error) {
      if (!(error instanceof Busy)) throw error;
      this.full = true;
      tell(error);
      await waited(1000 * error.retryS, this.controller.signal);
      return null;
    }
  }

  private async run(
    engine: () => Engine,
    shown: (frame: Frame) => void,
    read: (frame: Frame, result: Result) => void,
  ): Promise<void> {
    for await (const frame of this.source.frames(this.controller.signal)) {
      if (this.stopped) return;
      shown(frame);
      const result = await this.answered(engine(), frame);
      if (this.stopped) return;
      if (result !== null) read(frame, result);
    }
  }
}
