/** The first steps: a source, an eye that is found, a calibration, an answer; and what to do for the next one. */

import type { Result } from "../engine/engine";
import type { Calibration } from "../runtime/contract";
import { element } from "./dom";
import type { Phase } from "./session";

export interface Progress {
  /** Whether a source is being opened, is there, or has ended. */
  source: "none" | "opening" | "there" | "ended";
  /** Whether anything of it was read. */
  read: boolean;
  /** Whether it can be played again, as files can. */
  again: boolean;
  eye: boolean;
  calibration: Calibration["state"];
  /** Whether the stream calibrates by itself. */
  automatic: boolean;
}

const STEPS = ["source", "eye", "calibrate", "answer"] as const;
type Step = (typeof STEPS)[number] | "done";

/** What is said changes only when it has held for so long: an eye that blinks is not lost. */
const STEADY_MS = 600;

/** What the guide has to know of how the source is played. */
export function progress(phase: Phase): Progress["source"] {
  return phase === "running" || phase === "paused" ? "there" : phase;
}

/** The step that is to be done next. */
export function nextStep({ source, read, eye, calibration }: Progress): Step {
  if (source === "none" || source === "opening" || (source === "ended" && !read)) return "source";
  if (!eye) return "eye";
  return calibration === "automatic" || calibration === "done" ? "done" : "calibrate";
}

export function advice(progress: Progress): string {
  if (progress.source === "opening") return "Opening…";
  switch (nextStep(progress)) {
    case "source":
      return "Press Camera and look into it, or choose a video.";
    case "eye":
      return progress.source === "ended"
        ? "No eye was found. Choose where the eye is, or another source."
        : "Looking for an eye: come closer, with light on your face, or choose where the eye is.";
    case "calibrate":
      if (progress.source === "ended") return "It ended before it was calibrated.";
      if (progress.calibration === "collecting") return "Stay neutral…";
      return progress.automatic ? "Look neutral and press Calibrate, or wait: a calm face is learnt." : "Look neutral, and press Calibrate.";
    default:
      if (progress.source !== "ended") return "Ready: the answer follows the eye.";
      return progress.again ? "It has ended: play it again, or choose another source." : "It has ended: choose a source.";
  }
}

export class Guide {
  private readonly items = Array.from(element("guide").querySelectorAll("li"));
  private readonly now = element("guide-now");
  private anything = false;
  private eye = false;
  private calibration: Calibration["state"] = "none";
  private wanted = "";
  private since = -Infinity;

  constructor(private readonly state: () => Pick<Progress, "source" | "again" | "automatic">) {
    this.show();
  }

  /** Another source. */
  begin(): void {
    [this.anything, this.eye, this.calibration, this.since] = [false, false, "none", -Infinity];
    this.now.textContent = "";
  }

  read({ eyes, calibration }: Result): void {
    [this.anything, this.eye, this.calibration] = [true, eyes.length > 0, calibration.state];
    this.show();
  }

  /** Nothing is read for now; a calibration that was not over is given up. */
  halt(): void {
    if (this.calibration === "collecting") this.calibration = "none";
    this.show();
  }

  show(): void {
    const progress = { ...this.state(), read: this.anything, eye: this.eye, calibration: this.calibration };
    const text = advice(progress);
    const time = performance.now();
    if (text !== this.wanted) {
      [this.wanted, this.since] = [text, time];
      setTimeout(() => this.show(), STEADY_MS + 1); // also if no frame is read any more
    }
    const isFirst = this.now.textContent === "" || progress.source !== "there";
    if (this.now.textContent === text || (!isFirst && time - this.since < STEADY_MS)) return;
    this.now.textContent = text;
    const next = nextStep(progress);
    const at = next === "done" ? STEPS.length : STEPS.indexOf(next);
    this.items.forEach((item, n) => {
      item.classList.toggle("done", n < at);
      if (n === at) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
    });
  }
}
