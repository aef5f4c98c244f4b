/** The timeline with all that belongs to it: buttons, values at the pointer, and the way from a place in it to a frame. */

import type { Seekable } from "../sources/source";
import { element } from "./dom";
import { Gestures } from "./gestures";
import { History } from "./history";
import { Readout } from "./readout";
import { Timeline, type Shown } from "./timeline";
import { Span } from "./window";

/** What is shown before and after a segment, as a share of it. */
const AROUND = 0.1;

export class TimelinePanel {
  private readonly node = element("timeline");
  private readonly timeline = new Timeline(this.node);
  private readonly readout = new Readout();
  private readonly span = new Span();
  /** Where the mouse or the keys point. */
  private pointS: number | null = null;
  private history = new History(0, []);

  constructor(private readonly played: Seekable) {
    const on = (id: string, act: () => void): void => element(id).addEventListener("click", act);
    const changed = (act: () => void): void => (act(), this.redraw());
    const { span } = this;
    new Gestures(this.node, this.timeline, {
      point: (timeS) => this.point(timeS),
      step: (share) => this.step(share),
      seek: (timeS) => this.seek(timeS),
      select: (fromS, toS) => changed(() => span.select(fromS, toS)),
      move: (share) => changed(() => span.move(share)),
      zoom: (factor, aroundS) => changed(() => span.zoom(factor, aroundS ?? this.pointS ?? undefined)),
      showAll: () => changed(() => span.showAll()),
      follow: () => changed(() => span.follow()),
    });
    on("earlier", () => changed(() => span.move(-0.5)));
    on("later", () => changed(() => span.move(0.5)));
    on("closer", () => changed(() => span.zoom(0.5)));
    on("wider", () => changed(() => span.zoom(2)));
    on("whole", () => changed(() => span.showAll()));
    on("follow", () => changed(() => span.follow()));
  }

  /** Another source: its history, and what it says that it shows. */
  begin(history: History, shown: Shown[], durationS: number | null): void {
    this.history = history;
    this.timeline.shown = shown;
    element("shown-note").hidden = shown.length === 0;
    this.pointS = null;
    this.span.begin(durationS);
    this.redraw();
  }

  /** Shows this part, and the frame where it begins, if there is one. */
  select(fromS: number, toS: number): void {
    const around = AROUND * (toS - fromS);
    this.span.select(fromS - around, toS + around);
    this.seek(fromS);
    this.redraw();
  }

  recolour(): void {
    this.timeline.recolour();
    this.redraw();
  }

  /** Draws what was read since, a few times a second. */
  redraw(): void {
    this.timeline.update(this.history, this.span);
    this.tell();
    element("follow").setAttribute("aria-pressed", String(this.span.following));
    element("whole").setAttribute("aria-pressed", String(this.span.all));
    const seekable = this.played.durationS !== null;
    element("seek-note").textContent = seekable ? "Click to see the frame of that time." : "Point at it to see its values.";
  }

  /** Of every frame: where it is. */
  mark(): void {
    this.timeline.mark(this.played.positionS, this.pointS);
  }

  /** Where the frame and the pointer are, and what was read there. */
  tell(): void {
    this.mark();
    const text = this.readout.show(this.history, this.timeS);
    if (document.activeElement === this.node && this.pointS === null) return; // what runs is not read aloud all the time
    this.node.setAttribute("aria-valuemin", this.history.startS.toFixed(2));
    this.node.setAttribute("aria-valuemax", this.history.endS.toFixed(2));
    this.node.setAttribute("aria-valuenow", this.timeS.toFixed(2));
    this.node.setAttribute("aria-valuetext", text);
  }

  get canvas(): HTMLCanvasElement {
    return this.timeline.canvas;
  }

  private get timeS(): number {
    const { startS, endS } = this.history;
    return Math.min(Math.max(startS, this.pointS ?? this.played.positionS ?? endS), endS);
  }

  private point(timeS: number | null): void {
    const { startS, endS } = this.history;
    this.pointS = timeS === null ? null : Math.min(Math.max(startS, timeS), endS);
    this.tell();
  }

  private step(share: number): void {
    const [from, to] = this.span.shown(this.history.startS, this.history.endS);
    this.point(this.timeS + share * (to - from));
    this.span.reveal(this.timeS);
    this.redraw();
  }

  private seek(timeS: number | null): void {
    if (timeS !== null) this.point(timeS);
    if (this.history.length > 0 && this.played.durationS !== null) this.played.seek(this.timeS);
  }
}
