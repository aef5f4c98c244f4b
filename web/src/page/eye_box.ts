/** The box around the eye that a user draws, moves and resizes, with the mouse, a finger or the keyboard. */

import type { Box } from "../eye/place";
import { element, made } from "./dom";
import { pixelAt, placed, seen, type Fit } from "./fitting";

const LEAST = 24;
/** On the screen: what moves less is a click, which draws nothing. */
const DRAG_PX = 5;
const STEP = 0.01;
/** A share of the frame's shorter side: the box that is there before one is drawn. */
const FIRST = 0.5;
/** Handles at the corners: which side of the box each one moves, across and down. */
const CORNERS = ["left top", "right top", "left bottom", "right bottom"] as const;

/** What the pointer does: it draws or resizes from a corner that stays, or moves the box by a grip. */
type Drag = { kind: "corner"; x: number; y: number } | { kind: "move"; dx: number; dy: number };

export class EyeBox {
  /** In pixels of the frame as it is shown; null until there is one. */
  box: Box | null = null;
  onChange: (box: Box) => void = () => undefined;
  private readonly node = element<HTMLButtonElement>("box");
  private dragged: Drag | null = null;
  /** The box before it was dragged, and where on the screen that began. */
  private before: { box: Box | null; x: number; y: number; moved: boolean } = { box: null, x: 0, y: 0, moved: false };
  private on = false;

  constructor(
    private readonly area: HTMLElement,
    private readonly fit: () => Fit,
  ) {
    for (const corner of CORNERS) {
      const handle = made("span", "", `handle ${corner}`);
      handle.dataset["corner"] = corner;
      this.node.append(handle);
    }
    area.addEventListener("pointerdown", (event) => this.begin(event));
    area.addEventListener("pointermove", (event) => this.drag(event));
    area.addEventListener("pointerup", () => this.end());
    area.addEventListener("pointercancel", () => this.cancel());
    this.node.addEventListener("keydown", (event) => this.press(event));
  }

  /** Whether the user's box counts. */
  set choosing(on: boolean) {
    this.on = on;
    this.node.hidden = !on;
    this.area.classList.toggle("drawing", on);
    if (on && this.box === null) this.start();
    this.place();
  }

  get choosing(): boolean {
    return this.on;
  }

  /** The frame is another one: a box begins anew. */
  forget(): void {
    this.box = null;
    if (this.on) this.start();
    this.place();
  }

  place(): void {
    if (this.box !== null) placed(this.node, seen(this.fit(), this.box));
  }

  private start(): void {
    const { width, height } = this.fit();
    const side = Math.round(FIRST * Math.min(width, height));
    this.change([(width - side) / 2, (height - side) / 2, side, side]);
  }

  private begin(event: PointerEvent): void {
    if (!this.on || event.button !== 0) return;
    const at = this.pixel(event);
    const target = event.target as HTMLElement;
    const corner = target.dataset["corner"];
    this.before = { box: this.box, x: event.clientX, y: event.clientY, moved: false };
    if (this.box !== null && corner !== undefined) this.dragged = opposite(this.box, corner, this.fit().mirrored);
    else if (this.box !== null && target === this.node) this.dragged = { kind: "move", dx: at.x - this.box[0], dy: at.y - this.box[1] };
    else this.dragged = { kind: "corner", ...at };
    this.area.setPointerCapture(event.pointerId);
  }

  private drag(event: PointerEvent): void {
    if (this.dragged === null || this.box === null) return;
    const { before } = this;
    before.moved ||= Math.hypot(event.clientX - before.x, event.clientY - before.y) >= DRAG_PX;
    if (!before.moved) return;
    const { x, y } = this.pixel(event);
    if (this.dragged.kind === "move") {
      this.change([x - this.dragged.dx, y - this.dragged.dy, this.box[2], this.box[3]]);
      return;
    }
    const { x: fixedX, y: fixedY } = this.dragged;
    const width = Math.max(LEAST, Math.abs(x - fixedX));
    const height = Math.max(LEAST, Math.abs(y - fixedY));
    this.change([x < fixedX ? fixedX - width : fixedX, y < fixedY ? fixedY - height : fixedY, width, height]);
  }

  /** Once there is a box, fingers scroll the page again where they do not touch it. */
  private end(): void {
    if (this.dragged !== null) this.area.classList.remove("drawing");
    this.dragged = null;
  }

  /** The browser has taken the finger, to scroll the page: nothing was meant for the box. */
  private cancel(): void {
    if (this.dragged !== null && this.before.moved && this.before.box !== null) this.change(this.before.box);
    this.end();
  }

  private press(event: KeyboardEvent): void {
    if (this.box === null || event.ctrlKey || event.altKey || event.metaKey) return;
    const [x, y, width, height] = this.box;
    const fit = this.fit();
    const step = Math.max(1, Math.round((event.shiftKey ? 4 : 1) * STEP * fit.width));
    const across = fit.mirrored ? -step : step;
    const larger: Box = [x - step, y - step, width + 2 * step, height + 2 * step];
    const moves: Record<string, Box> = {
      ArrowLeft: [x - across, y, width, height],
      ArrowRight: [x + across, y, width, height],
      ArrowUp: [x, y - step, width, height],
      ArrowDown: [x, y + step, width, height],
      "+": larger,
      "=": larger,
      "-": [x + step, y + step, width - 2 * step, height - 2 * step],
    };
    const moved = moves[event.key];
    if (moved === undefined) return;
    event.preventDefault();
    if (moved[2] >= LEAST && moved[3] >= LEAST) this.change(moved);
  }

  private change(box: Box): void {
    const frame = this.fit();
    const width = Math.min(Math.round(box[2]), frame.width);
    const height = Math.min(Math.round(box[3]), frame.height);
    const x = Math.round(Math.min(Math.max(0, box[0]), frame.width - width));
    const y = Math.round(Math.min(Math.max(0, box[1]), frame.height - height));
    this.box = [x, y, width, height];
    const fromLeft = frame.mirrored ? frame.width - x - width : x; // as it is seen
    this.node.setAttribute(
      "aria-label",
      `Box around the eye: ${width} by ${height} pixels, ${fromLeft} from the left, ${y} from the top. ` +
        "Arrow keys move it, plus and minus change its size.",
    );
    this.place();
    this.onChange(this.box);
  }

  private pixel(event: PointerEvent): { x: number; y: number } {
    const bounds = this.area.getBoundingClientRect();
    return pixelAt(this.fit(), event.clientX - bounds.left, event.clientY - bounds.top);
  }
}

/** The corner that stays where it is when the one with this name, as it is seen, is dragged. */
function opposite([x, y, width, height]: Box, corner: string, mirrored: boolean): Drag {
  const isLeft = corner.startsWith("left") !== mirrored;
  return { kind: "corner", x: isLeft ? x + width : x, y: corner.endsWith("top") ? y + height : y };
}
