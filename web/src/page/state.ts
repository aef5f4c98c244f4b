/** What is played, and whether a camera is on: said on the picture, and in the title of the tab. */

import { element } from "./dom";
import type { Session } from "./session";

const SAID = { opening: " – being opened", running: "", paused: " – paused", ended: " – ended", none: "" };

export class State {
  private readonly badge = element("badge");
  private readonly on = element("camera-on");
  private readonly title = document.title;

  constructor(private readonly session: Session) {}

  show(): void {
    const { phase, source, cameraOn } = this.session;
    const name = source?.name ?? "";
    this.badge.hidden = !name || phase === "opening";
    this.badge.textContent = `${name}${SAID[phase]}`;
    element("empty").hidden = source !== null;
    this.on.hidden = !cameraOn;
    document.title = cameraOn ? `● Camera on – ${this.title}` : this.title;
  }
}
