/** What was read of the source: the answer, what the network does, the timeline and its summary. */

import type { Result } from "../engine/engine";
import type { ModelDescription, Reading } from "../runtime/contract";
import type { Frame, Seekable, Source } from "../sources/source";
import { Answer } from "./answer";
import type { Certain } from "./certain";
import { onScheme } from "./colours";
import { History } from "./history";
import { Inside } from "./inside";
import { Summary } from "./summary";
import type { Shown } from "./timeline";
import { TimelinePanel } from "./timeline_panel";
import { Units } from "./units";

/** Figures and timelines, and bars: what changes faster cannot be read, and costs frames. */
const REDRAWN_MS = 200;
const ANSWERED_MS = 66;
/** A frame that was read is that of a reading whose time is as near as this. */
const SAME_S = 1e-3;

export class Readings {
  history: History;
  private readonly answer = new Answer();
  private readonly units: Units;
  private readonly inside: Inside;
  readonly timeline: TimelinePanel;
  private readonly summary: Summary;
  private last: Reading | null = null;
  private goesOn = false;
  private rateHz = 1;

  constructor(
    private readonly model: ModelDescription,
    private readonly played: Seekable,
    private readonly certain: Certain,
  ) {
    this.units = new Units(model.units);
    this.inside = new Inside(model);
    this.history = new History(this.inside.layers, model.units);
    this.timeline = new TimelinePanel(played);
    this.summary = new Summary(
      (fromS, toS) => this.timeline.select(fromS, toS),
      () => this.refresh(),
    );
    onScheme(() => {
      this.timeline.recolour();
      this.inside.recolour();
    });
    setInterval(() => this.goesOn && this.redraw(), REDRAWN_MS);
    setInterval(() => this.goesOn && this.showAnswer(), ANSWERED_MS);
  }

  /** Another source; `shown` is known of it. */
  begin({ rateHz, durationS }: Source, shown: Shown[]): void {
    this.history = new History(this.inside.layers, this.model.units);
    this.rateHz = rateHz;
    this.last = null;
    this.timeline.begin(this.history, shown, durationS);
    this.summary.show(this.history, this.certain.value, rateHz, true);
    this.answer.clear();
    this.units.show(null);
    this.inside.clear();
  }

  add(frame: Frame, result: Result): void {
    this.last = result.reading;
    this.inside.add(result);
    this.history.add(1e-6 * frame.timeUs, result.eyes[0]?.manner ?? null, result.reading, result.activity);
    if (!this.goesOn) this.refresh(); // it was being read when somebody paused
  }

  /** Another frame is seen: the place in the timeline is its own, and so is the answer, if it is not read now. */
  shown(): void {
    this.timeline.mark();
    if (this.goesOn) return;
    this.timeline.tell();
    this.showAnswer();
  }

  /** What follows is read from this time of the source on: what was read of it before is forgotten. */
  moved(timeS: number): void {
    this.history.cut(timeS);
  }

  /** Whether more is read; the last of it is shown when not. */
  set running(on: boolean) {
    if (this.goesOn && !on) this.refresh();
    this.goesOn = on;
  }

  /** Shows anew what is there. */
  refresh(): void {
    this.showAnswer();
    this.redraw();
    this.summary.show(this.history, this.certain.value, this.rateHz, true);
  }

  /** Of the frame that is seen: what was read last, or when it was read, if it was. */
  private showAnswer(): void {
    const { history, played } = this;
    if (history.length === 0) return;
    const certain = this.certain.value;
    let reading = this.last;
    if (!this.goesOn && played.positionS !== null) {
      const at = history.nearest(played.positionS);
      if (Math.abs(history.timesS[at] - played.positionS) > SAME_S) {
        this.answer.clear();
        this.units.show(null);
        return;
      }
      reading = history.readingAt(at, certain);
    }
    this.answer.show(reading, certain);
    this.units.show(reading);
  }

  private redraw(): void {
    this.timeline.redraw();
    this.inside.refresh(this.history);
    this.summary.show(this.history, this.certain.value, this.rateHz);
  }
}
