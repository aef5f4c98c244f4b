/** What is played, and whether a camera is on, and gives pictures: said on the picture, and in the title of the tab. */

import { element } from "./dom";
import type { Session } from "./session";

const SAID = { opening: " – being opened", running: "", paused: " – paused", ended: " – ended", none: "" };
/** A camera that gives no picture for so long has been switched off, or something else is wrong. */
const SILENT_MS = 3000;

export class State {
  private readonly badge = element("badge");
  private readonly on = element("camera-on");
  private readonly title = document.title;

  private seenAt = 0;

  constructor(private readonly session: Session) {
    setInterval(() => this.look(), 500);
  }

  /** A frame is shown. */
  seen(): void {
    this.seenAt = performance.now();
  }

  show(): void {
    const { phase, source, cameraOn } = this.session;
    const name = source?.name ?? "";
    this.badge.hidden = !name || phase === "opening";
    this.badge.textContent = `${name}${SAID[phase]}`;
    element("empty").hidden = source !== null;
    this.on.hidden = !cameraOn;
    document.title = cameraOn ? `● Camera on – ${this.title}` : this.title;
  }

  private look(): void {
    if (!this.session.waiting) this.seen();
    const silent = performance.now() - this.seenAt > SILENT_MS;
    const said = silent ? "The camera is on, but gives no pictures: is it covered, or switched off?" : "The camera is on";
    if (this.on.textContent !== said) this.on.textContent = said;
  }
}
