/** The frame with the eye marked, and the box that a user draws with the mouse, a finger or the keyboard. */

import type { Box, Place } from "../eye/place";
import { drawTurned, turnedSize, type Degrees, type Turn } from "../sources/turning";
import { element } from "./dom";

const LEAST = 24;
const STEP = 0.01;

export class Stage {
  /** In pixels of the frame as it is shown; null until there is one. */
  box: Box | null = null;
  onBox: (box: Box) => void = () => undefined;
  private readonly canvas = element<HTMLCanvasElement>("picture");
  private readonly handle = element<HTMLButtonElement>("box");
  private readonly area = element("stage");
  private drawing: { x: number; y: number } | null = null;
  private boxed = false;
  private shown = false;
  private mirror = false;

  constructor() {
    this.canvas.addEventListener("pointerdown", (event) => this.begin(event));
    this.canvas.addEventListener("pointermove", (event) => this.drag(event));
    this.canvas.addEventListener("pointerup", () => (this.drawing = null));
    this.canvas.addEventListener("pointercancel", () => (this.drawing = null));
    this.handle.addEventListener("keydown", (event) => this.press(event));
    new ResizeObserver(() => this.place()).observe(this.area);
  }

  /** Shows a frame of this width and height, turned. */
  draw(picture: CanvasImageSource, width: number, height: number, turn: Turn): void {
    const [across, down] = turnedSize(width, height, turn);
    if (this.canvas.width !== across || this.canvas.height !== down) {
      this.canvas.width = across;
      this.canvas.height = down;
      this.area.style.aspectRatio = `${Math.min(Math.max(across / down, 0.9), 1.9)}`;
      this.forgetBox();
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
    this.forgetBox();
  }

  mark(places: Place[]): void {
    const context = this.canvas.getContext("2d");
    if (context === null || this.boxed) return;
    context.lineWidth = Math.max(2, this.canvas.width / 240);
    context.strokeStyle = "#ffd35c";
    for (const { x, y, width, height } of places) {
      const inset = context.lineWidth / 2;
      context.strokeRect(x - width / 2 + inset, y - height / 2 + inset, width - 2 * inset, height - 2 * inset);
    }
  }

  clear(): void {
    this.canvas.getContext("2d")?.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  /** Whether all is shown as in a mirror. */
  set mirrored(on: boolean) {
    this.mirror = on;
    this.area.classList.toggle("mirrored", on);
    this.place();
  }

  /** Whether the user's box counts. */
  set choosing(on: boolean) {
    this.boxed = on;
    this.handle.hidden = !on;
    this.canvas.style.cursor = on ? "crosshair" : "";
    if (on && this.box === null) this.start();
    this.place();
  }

  private forgetBox(): void {
    this.box = null;
    if (this.boxed) this.start();
    this.place();
  }

  private start(): void {
    const side = Math.round(0.5 * Math.min(this.canvas.width, this.canvas.height));
    this.change([(this.canvas.width - side) / 2, (this.canvas.height - side) / 2, side, side]);
  }

  private begin(event: PointerEvent): void {
    if (!this.boxed) return;
    this.drawing = this.pixel(event);
    this.canvas.setPointerCapture(event.pointerId);
  }

  private drag(event: PointerEvent): void {
    if (this.drawing === null) return;
    const { x, y } = this.pixel(event);
    const width = Math.max(LEAST, Math.abs(x - this.drawing.x));
    const height = Math.max(LEAST, Math.abs(y - this.drawing.y));
    this.change([Math.min(x, this.drawing.x), Math.min(y, this.drawing.y), width, height]);
  }

  private press(event: KeyboardEvent): void {
    if (this.box === null) return;
    const [x, y, width, height] = this.box;
    const step = Math.max(1, Math.round((event.shiftKey ? 4 : 1) * STEP * this.canvas.width));
    const right = this.mirror ? -step : step;
    const moves: Record<string, Box> = {
      ArrowLeft: [x - right, y, width, height],
      ArrowRight: [x + right, y, width, height],
      ArrowUp: [x, y - step, width, height],
      ArrowDown: [x, y + step, width, height],
      "+": [x - step, y - step, width + 2 * step, height + 2 * step],
      "=": [x - step, y - step, width + 2 * step, height + 2 * step],
      "-": [x + step, y + step, width - 2 * step, height - 2 * step],
    };
    const moved = moves[event.key];
    if (moved === undefined || moved[2] < LEAST || moved[3] < LEAST) return;
    event.preventDefault();
    this.change(moved);
  }

  private change(box: Box): void {
    const width = Math.min(Math.round(box[2]), this.canvas.width);
    const height = Math.min(Math.round(box[3]), this.canvas.height);
    const x = Math.round(Math.min(Math.max(0, box[0]), this.canvas.width - width));
    const y = Math.round(Math.min(Math.max(0, box[1]), this.canvas.height - height));
    this.box = [x, y, width, height];
    this.handle.setAttribute(
      "aria-label",
      `Box around the eye: ${width} by ${height} pixels, ${this.fromLeft(this.box)} from the left, ${y} from the top. ` +
        "Arrow keys move it, plus and minus change its size.",
    );
    this.place();
    this.onBox(this.box);
  }

  /** The frame as it lies within the stage, which it does not fill where its shape is another one. */
  private get fit(): { scale: number; left: number; top: number } {
    const { clientWidth, clientHeight } = this.canvas;
    const scale = Math.min(clientWidth / this.canvas.width, clientHeight / this.canvas.height);
    return {
      scale,
      left: (clientWidth - scale * this.canvas.width) / 2,
      top: (clientHeight - scale * this.canvas.height) / 2,
    };
  }

  private pixel(event: PointerEvent): { x: number; y: number } {
    const { scale, left, top } = this.fit;
    const bounds = this.canvas.getBoundingClientRect();
    const across = this.mirror ? bounds.right - event.clientX : event.clientX - bounds.left;
    return {
      x: Math.min(Math.max(0, (across - left) / scale), this.canvas.width),
      y: Math.min(Math.max(0, (event.clientY - bounds.top - top) / scale), this.canvas.height),
    };
  }

  /** Where a box lies as it is shown. */
  private fromLeft([x, , width]: Box): number {
    return this.mirror ? this.canvas.width - x - width : x;
  }

  private place(): void {
    if (this.box === null) return;
    const { scale, left, top } = this.fit;
    const [, y, width, height] = this.box;
    Object.assign(this.handle.style, {
      left: `${left + this.fromLeft(this.box) * scale}px`,
      top: `${top + y * scale}px`,
      width: `${width * scale}px`,
      height: `${height * scale}px`,
    });
  }
}
