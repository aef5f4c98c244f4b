/** The button that makes the user's neutral face what change is measured against. */

import type { Engine } from "../engine/engine";
import type { Calibration } from "../runtime/contract";
import { element, enable } from "./dom";

const SECONDS = 3;
const SAID = {
  none: "Not calibrated. Change is measured against what the eye showed a moment ago.",
  automatic: "Calibrated by itself: change is measured against what the face looks like when it is calm.",
  done: "Calibrated: change is measured against this face when it is neutral.",
};
const LOST = "The calibration was forgotten, because the eye looks different: another person, or the picture moved.";

const GIVEN_UP = "The calibration was not over, and is given up.";

export class Neutral {
  private readonly button = element<HTMLButtonElement>("neutral");
  private readonly forget = element<HTMLButtonElement>("forget-neutral");
  private readonly bar = element<HTMLProgressElement>("neutral-progress");
  private readonly state = element("neutral-state");
  private asked = false;
  private lost = false;

  constructor(private readonly engine: () => Engine) {
    this.button.addEventListener("click", () => {
      this.asked = true;
      this.say("Look into the camera with a neutral face…");
      engine().calibrate(SECONDS);
    });
    this.forget.addEventListener("click", () => {
      this.asked = false;
      engine().forgetNeutral();
      this.button.focus(); // this one is hidden once it is forgotten
    });
  }

  /** Nothing is calibrated: it belonged to what was read before. */
  begin(): void {
    this.asked = this.lost = false;
    this.forget.hidden = this.bar.hidden = true;
    this.say(SAID.none);
  }

  /** Whether frames come that it can be measured in. */
  set enabled(on: boolean) {
    for (const button of [this.button, this.forget]) enable(button, on, element("pause"), element("camera"));
    if (on || (this.bar.hidden && !this.asked)) return;
    this.bar.hidden = true;
    this.asked = false;
    this.engine().rewind();
    this.say(GIVEN_UP);
  }

  show(calibration: Calibration, lost: boolean): void {
    const collecting = calibration.state === "collecting";
    if (collecting && this.button.disabled) return; // it was given up while this frame was read
    this.bar.hidden = !collecting;
    if (collecting) this.bar.value = calibration.share;
    if (collecting) this.asked = false;
    if (calibration.state === "collecting" || this.asked) return;
    this.forget.hidden = calibration.state !== "done";
    this.lost = (this.lost || lost) && calibration.state === "none";
    this.say(this.lost ? LOST : SAID[calibration.state]);
  }

  private say(text: string): void {
    if (this.state.textContent !== text) this.state.textContent = text;
  }
}
