/** What was read of the source: the answer, what the network does, and the timeline. */

import type { Result } from "../engine/engine";
import { EMOTIONS, type ModelDescription, type Reading } from "../runtime/contract";
import type { Frame } from "../sources/source";
import { Answer } from "./answer";
import { onScheme } from "./colours";
import { element, made } from "./dom";
import { History } from "./history";
import { Inside } from "./inside";
import { Timeline, type Shown } from "./timeline";
import { Units } from "./units";
import { Span } from "./window";

/** Figures and timelines, and bars: what changes faster cannot be read, and costs frames. */
const REDRAWN_MS = 200;
const ANSWERED_MS = 66;

export class Readings {
  history: History;
  private readonly answer = new Answer();
  private readonly units: Units;
  private readonly inside: Inside;
  private readonly timeline = new Timeline(element("timeline"));
  private readonly span = new Span();
  private last: Reading | null = null;
  private goesOn = false;

  constructor(private readonly model: ModelDescription) {
    this.units = new Units(model.units);
    this.inside = new Inside(model);
    this.history = new History(this.inside.layers, model.units);
    this.listen();
    this.explainColours();
    setInterval(() => this.goesOn && this.redraw(), REDRAWN_MS);
    setInterval(() => this.goesOn && this.showAnswer(), ANSWERED_MS);
  }

  /** Another source; `shown` is known of it. */
  begin(shown: Shown[]): void {
    this.history = new History(this.inside.layers, this.model.units);
    this.timeline.shown = shown;
    element("shown-note").hidden = shown.length === 0;
    this.span.follow();
    this.answer.clear();
    this.units.show(null);
    this.inside.clear();
  }

  add(frame: Frame, result: Result): void {
    this.last = result.reading;
    this.inside.add(result);
    this.history.add(1e-6 * frame.timeUs, result.eyes[0]?.manner ?? null, result.reading, result.activity);
    if (!this.goesOn) this.showAll(); // it was being read when somebody paused
  }

  /** What follows is read from this time of the source on: what was read of it before is forgotten. */
  moved(timeS: number): void {
    this.history.cut(timeS);
  }

  /** Whether more is read; the last of it is shown when not. */
  set running(on: boolean) {
    if (this.goesOn && !on) this.showAll();
    this.goesOn = on;
  }

  private showAll(): void {
    this.showAnswer();
    this.redraw();
  }

  private showAnswer(): void {
    if (this.history.length === 0) return;
    this.answer.show(this.last);
    this.units.show(this.last);
  }

  private redraw(): void {
    this.timeline.update(this.history, this.span);
    this.inside.refresh(this.history);
    element("follow").setAttribute("aria-pressed", String(this.span.following));
  }

  private listen(): void {
    const { span } = this;
    const on = (id: string, act: () => void): void => element(id).addEventListener("click", () => (act(), this.redraw()));
    on("earlier", () => span.move(-0.5));
    on("later", () => span.move(0.5));
    on("closer", () => span.zoom(0.5));
    on("wider", () => span.zoom(2));
    on("follow", () => span.follow());
    this.timeline.onSelect = (from, to) => (span.select(from, to), this.redraw());
    element("timeline").addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) span.move((event.deltaX || event.deltaY) / 600);
        else span.zoom(Math.exp(event.deltaY / 400));
        this.redraw();
      },
      { passive: false },
    );
    onScheme(() => {
      this.timeline.recolour();
      this.inside.recolour();
      this.redraw();
    });
  }

  private explainColours(): void {
    for (const emotion of EMOTIONS) {
      const dot = made("span", "", "dot");
      dot.style.background = `var(--${emotion})`;
      const item = made("li");
      item.append(dot, emotion);
      element("key").append(item);
    }
  }
}
