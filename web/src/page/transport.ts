/** Stop, pause and going on; where the source can be played from elsewhere, a slider that does. */

import { element, enable } from "./dom";
import type { Session } from "./session";

export class Transport {
  private readonly stop = element<HTMLButtonElement>("stop");
  private readonly pause = element<HTMLButtonElement>("pause");
  private readonly camera = element<HTMLButtonElement>("camera");
  private readonly place = element("place");
  private readonly slider = element<HTMLInputElement>("seek");
  private readonly time = element("seek-time");

  constructor(private readonly session: Session) {
    this.stop.addEventListener("click", () => session.stop());
    this.pause.addEventListener("click", () => (session.phase === "running" ? session.pause() : session.resume()));
    this.slider.addEventListener("input", () => session.seek(Number(this.slider.value)));
    this.show();
  }

  show(): void {
    const { phase, durationS, positionS } = this.session;
    const active = phase === "running" || phase === "paused";
    enable(this.pause, active || durationS !== null, this.camera);
    enable(this.stop, active || phase === "opening", this.pause, this.camera);
    const words = phase === "paused" ? "Go on" : phase === "ended" && durationS !== null ? "Play again" : "Pause";
    if (this.pause.textContent !== words) this.pause.textContent = words;
    this.place.hidden = durationS === null;
    if (durationS === null) return;
    this.slider.max = String(durationS);
    if (this.slider.value !== String(positionS ?? 0)) this.slider.value = String(positionS ?? 0);
    const said = `${(positionS ?? 0).toFixed(1)} of ${durationS.toFixed(1)} s`;
    this.time.textContent = said;
    this.slider.setAttribute("aria-valuetext", said);
  }
}
