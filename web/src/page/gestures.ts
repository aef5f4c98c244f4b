/** What the mouse, fingers and keys do on the timeline. */

import type { Timeline } from "./timeline";

/** Pixels from which on a press is a drag. */
const DRAG_PX = 5;
/** For so long after a click, a second one makes it a double click. */
const DOUBLE_MS = 250;
/** Share of what is shown that a key moves by, and with Shift. */
const STEP = 0.01;
const LARGE_STEP = 0.1;
const HALF = 0.5;
const CLOSER = 0.5;

export interface Gestured {
  /** The pointer is at this time; null: it has left. */
  point(timeS: number | null): void;
  /** The pointer moves by this share of what is shown. */
  step(share: number): void;
  /** The frame of that time is wanted; of the pointer's, if it is null. */
  seek(timeS: number | null): void;
  select(fromS: number, toS: number): void;
  /** Moves what is shown by a share of it. */
  move(share: number): void;
  zoom(factor: number, aroundS: number | null): void;
  showAll(): void;
  follow(): void;
}

interface Press {
  id: number;
  fromX: number;
  lastX: number;
  dragged: boolean;
  touch: boolean;
}

export class Gestures {
  private pressed: Press | null = null;
  private clicked = 0;

  constructor(
    private readonly element: HTMLElement,
    private readonly timeline: Timeline,
    private readonly act: Gestured,
  ) {
    element.addEventListener("pointerdown", (event) => this.press(event));
    element.addEventListener("pointermove", (event) => this.drag(event));
    element.addEventListener("pointerup", (event) => this.release(event));
    element.addEventListener("pointercancel", () => this.cancel());
    element.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && this.pressed === null && act.point(null));
    element.addEventListener("dblclick", () => {
      clearTimeout(this.clicked);
      act.showAll();
    });
    element.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    element.addEventListener("keydown", (event) => this.key(event));
  }

  private press(event: PointerEvent): void {
    if (event.button !== 0 || !event.isPrimary) return;
    const { pointerId: id, clientX: x } = event;
    this.pressed = { id, fromX: x, lastX: x, dragged: false, touch: event.pointerType === "touch" };
  }

  private drag(event: PointerEvent): void {
    const { pressed, timeline } = this;
    if (pressed === null) {
      if (event.pointerType === "mouse") this.act.point(timeline.timeAt(event.clientX));
      return;
    }
    if (!pressed.dragged && Math.abs(event.clientX - pressed.fromX) < DRAG_PX) return;
    if (!pressed.dragged) this.element.setPointerCapture(pressed.id);
    pressed.dragged = true;
    if (pressed.touch) this.act.move((pressed.lastX - event.clientX) / timeline.width);
    else timeline.markSelection(...this.selected(event));
    pressed.lastX = event.clientX;
  }

  private release(event: PointerEvent): void {
    const { pressed } = this;
    this.cancel();
    if (pressed === null) return;
    if (!pressed.dragged) {
      const timeS = this.timeline.timeAt(event.clientX);
      this.act.point(timeS);
      clearTimeout(this.clicked);
      this.clicked = window.setTimeout(() => this.act.seek(timeS), DOUBLE_MS);
    } else if (!pressed.touch) this.act.select(...this.selected(event, pressed));
  }

  private cancel(): void {
    this.pressed = null;
    this.timeline.markSelection(null, null);
  }

  private selected(event: PointerEvent, pressed = this.pressed): [number, number] {
    const times = [pressed?.fromX ?? event.clientX, event.clientX].map((x) => this.timeline.timeAt(x));
    return [Math.min(...times), Math.max(...times)];
  }

  /** The wheel scrolls the page, unless a key or the focus says that the timeline is meant. */
  private wheel(event: WheelEvent): void {
    if (!event.ctrlKey && !event.shiftKey && document.activeElement !== this.element) return;
    event.preventDefault();
    const across = event.deltaX || (event.shiftKey ? event.deltaY : 0);
    if (Math.abs(across) >= Math.abs(event.deltaY)) this.act.move(across / 600);
    else this.act.zoom(Math.exp(event.deltaY / 400), this.timeline.timeAt(event.clientX));
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target !== this.element) return;
    const { act } = this;
    const step = event.shiftKey ? LARGE_STEP : STEP;
    const acts: Record<string, () => void> = {
      ArrowLeft: () => act.step(-step),
      ArrowRight: () => act.step(step),
      PageUp: () => act.move(-HALF),
      PageDown: () => act.move(HALF),
      "+": () => act.zoom(CLOSER, null),
      "=": () => act.zoom(CLOSER, null),
      "-": () => act.zoom(1 / CLOSER, null),
      Home: () => act.showAll(),
      End: () => act.follow(),
      Enter: () => act.seek(null),
      " ": () => act.seek(null),
      Escape: () => act.point(null),
    };
    const wanted = acts[event.key];
    if (wanted === undefined) return;
    event.preventDefault();
    wanted();
  }
}
