/** Stop, pause and going on; where the source can be played from elsewhere, a slider that does. */

import { element } from "./dom";
import type { Session } from "./session";

export class Transport {
  private readonly stop = element<HTMLButtonElement>("stop");
  private readonly pause = element<HTMLButtonElement>("pause");
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
    const focused = document.activeElement === this.stop || document.activeElement === this.pause;
    this.stop.disabled = !active && phase !== "opening";
    this.pause.disabled = !active && durationS === null;
    const left = document.activeElement as HTMLButtonElement | null;
    if (focused && (left === document.body || left?.disabled)) (this.pause.disabled ? element("camera") : this.pause).focus();
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
