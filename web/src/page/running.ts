/** One source that is being read: frame after frame, the newest one first where a source does not wait. */

import type { Engine, Result } from "../engine/engine";
import type { Frame, Source } from "../sources/source";

export class Running {
  private readonly controller = new AbortController();
  readonly done: Promise<void>;

  constructor(
    readonly source: Source,
    engine: () => Engine,
    shown: (frame: Frame) => void,
    read: (frame: Frame, result: Result) => void | Promise<void>,
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

  private async run(
    engine: () => Engine,
    shown: (frame: Frame) => void,
    read: (frame: Frame, result: Result) => void | Promise<void>,
  ): Promise<void> {
    for await (const frame of this.source.frames(this.controller.signal)) {
      if (this.stopped) return;
      shown(frame);
      const result = await engine().read(frame.take(), frame.timeS);
      if (this.stopped) return;
      await read(frame, result);
    }
  }
}
