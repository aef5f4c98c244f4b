/** The sequences that were recorded, each with a picture of it: they can be removed, and the last removal be undone. */

import type { Dataset, Sequence } from "./dataset";
import { element, made } from "./dom";
import { counted } from "./words";

export class Shelf {
  private readonly list = element("sequences");
  private readonly undo = element<HTMLButtonElement>("undo-remove");
  private readonly shown = new Map<Sequence, HTMLElement>();

  /** `changed` is called after the user changed the dataset. */
  constructor(
    private readonly dataset: Dataset,
    private readonly changed: () => void,
  ) {
    this.undo.addEventListener("click", () => {
      dataset.undo();
      changed();
      this.list.querySelector<HTMLElement>("li:last-child button")?.focus();
    });
  }

  show(): void {
    const items = this.dataset.sequences.map((sequence) => this.shown.get(sequence) ?? this.made(sequence));
    this.list.replaceChildren(...items);
    this.list.hidden = items.length === 0;
    this.undo.hidden = !this.dataset.canUndo;
  }

  private made(sequence: Sequence): HTMLElement {
    const { images, label } = sequence;
    const item = made("li");
    const picture = document.createElement("img");
    picture.src = URL.createObjectURL(new Blob([images[images.length >> 1]], { type: "image/jpeg" }));
    picture.alt = "";
    picture.width = picture.height = 64;
    const remove = made("button", "Remove");
    remove.setAttribute("type", "button");
    remove.setAttribute("aria-label", `Remove the sequence of ${label.emotion} with ${counted(images.length, "picture")}`);
    remove.addEventListener("click", () => {
      this.dataset.remove(sequence);
      this.changed();
      this.undo.focus();
    });
    item.append(picture, made("span", `${label.emotion}, person ${label.subject}, ${label.lighting}: ${counted(images.length, "picture")}`), remove);
    this.shown.set(sequence, item);
    return item;
  }
}
