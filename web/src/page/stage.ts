/** The frame that is read, with the eye marked in it, and the user's box. */

import type { Box } from "../eye/place";
import { drawTurned, turnedSize, type Degrees, type Turn } from "../sources/turning";
import { element } from "./dom";
import { EyeBox } from "./eye_box";
import { fitted, type Fit } from "./fitting";
import { Overlay, type Mark } from "./overlay";

/** Shapes that the stage takes; what is wider or higher has bars beside it. */
const SHAPES = [0.9, 1.9] as const;

export class Stage {
  private readonly canvas = element<HTMLCanvasElement>("picture");
  private readonly area = element("stage");
  private readonly overlay = new Overlay(this.area);
  private readonly eyeBox = new EyeBox(this.area, () => this.fit);
  private isMirrored = false;
  private shown = false;

  constructor() {
    new ResizeObserver(() => this.place()).observe(this.area);
  }

  /** The user's, in pixels of the frame as it is turned; null until there is one. */
  get box(): Box | null {
    return this.eyeBox.box;
  }

  set onBox(changed: (box: Box) => void) {
    this.eyeBox.onChange = changed;
  }

  /** Whether left and right are exchanged on the screen, as people know themselves from mirrors. What is read is not. */
  set mirrored(on: boolean) {
    this.isMirrored = on;
    this.area.classList.toggle("mirrored", on);
    this.place();
  }

  /** Whether the user's box counts. */
  set choosing(on: boolean) {
    this.eyeBox.choosing = on;
    if (on) this.mark([]);
  }

  /** Shows a frame of this width and height, turned. */
  draw(picture: CanvasImageSource, width: number, height: number, turn: Turn): void {
    const [across, down] = turnedSize(width, height, turn);
    if (this.canvas.width !== across || this.canvas.height !== down) {
      this.canvas.width = across;
      this.canvas.height = down;
      this.area.style.setProperty("--shape", String(Math.min(Math.max(across / down, SHAPES[0]), SHAPES[1])));
      this.forget();
    }
    const context = this.canvas.getContext("2d");
    if (context !== null) drawTurned(context, picture, width, height, turn);
    this.shown = true;
  }

  /** Turns what is shown; a box begins anew. */
  turnBy(degrees: Degrees): void {
    if (!this.shown) return;
    const { width, height } = this.canvas;
    const copy = new OffscreenCanvas(width, height);
    copy.getContext("2d")?.drawImage(this.canvas, 0, 0);
    this.draw(copy, width, height, { degrees, mirrored: false });
    this.forget();
  }

  /** What was read in the last frame; nothing where no eye was seen. The user's box is its own mark. */
  mark(marks: Mark[]): void {
    this.overlay.show(this.eyeBox.choosing ? [] : marks, this.fit);
  }

  private forget(): void {
    this.mark([]);
    this.eyeBox.forget();
  }

  private place(): void {
    this.overlay.place(this.fit);
    this.eyeBox.place();
  }

  private get fit(): Fit {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    return fitted(this.canvas, { width, height }, this.isMirrored);
  }
}
