/** The marks over the picture: which eye is read, or which two. They stay until the next result, or until no eye is seen. */

import type { Engine, Eye, Settings } from "../engine/engine";
import type { Place } from "../eye/place";
import { made } from "./dom";
import { placed, seen, type Fit } from "./fitting";

/** What is marked: a part of the frame, and what is written at it. */
export interface Mark {
  place: Pick<Place, "x" | "y" | "width" | "height">;
  word: string;
}

/** What is read, with the side that it is of, where that is known: the server does not tell which eye it found. */
export function marksOf(eyes: Eye[], { where, side }: Settings, kind: Engine["kind"]): Mark[] {
  return eyes.map(({ place }) => {
    const told = kind === "browser" ? (place.mirrored ? "left" : "right") : where !== "auto" || side === "left" ? side : "";
    return { place, word: `${told} eye`.trim() };
  });
}

export class Overlay {
  private marks: Mark[] = [];
  private readonly nodes: HTMLElement[] = [];

  constructor(private readonly area: HTMLElement) {}

  show(marks: Mark[], fit: Fit): void {
    this.marks = marks;
    while (this.nodes.length < marks.length) {
      const node = made("div", "", "mark");
      node.setAttribute("aria-hidden", "true");
      node.append(made("span"));
      this.area.append(node);
      this.nodes.push(node);
    }
    this.place(fit);
  }

  /** The stage has another size, or is mirrored. */
  place(fit: Fit): void {
    this.nodes.forEach((node, n) => {
      const mark = this.marks[n];
      node.hidden = mark === undefined;
      if (mark === undefined) return;
      const { x, y, width, height } = mark.place;
      const shape = seen(fit, [x - width / 2, y - height / 2, width, height]);
      placed(node, shape);
      node.classList.toggle("high", shape.top < LABEL_PX);
      const label = node.firstElementChild as HTMLElement;
      label.style.top = shape.top < 0 ? `${-shape.top}px` : ""; // a large eye reaches beyond the picture
      label.style.left = shape.left < 0 ? `${-shape.left}px` : "";
      if (label.textContent !== mark.word) label.textContent = mark.word;
    });
  }
}

/** Where there is less room above a mark, its word stands inside. */
const LABEL_PX = 24;
