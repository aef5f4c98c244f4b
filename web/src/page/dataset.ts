/** Labelled sequences in SEE's layout, kept in memory until they are saved as a ZIP file (layout/ of the package). */

import { zipSync } from "fflate";
import { EMOTIONS } from "../runtime/contract";
import { greyPixels } from "./dom";

export const LIGHTINGS = ["normal", "Overexposed", "Low", "HDR"] as const;
/** Side of the pictures that are kept. */
export const KEPT_SIDE = 180;
/** Of one sequence: a minute. */
export const MOST_FRAMES = 1800;
const QUALITY = 0.95;

export interface Label {
  emotion: string;
  lighting: string;
  subject: number;
  age: number;
  sex: string;
}

/** Pictures of one person who shows one emotion. */
export interface Sequence {
  label: Label;
  images: Uint8Array<ArrayBuffer>[];
}

/** A sequence that is being recorded. */
export class Take {
  private readonly images: Promise<Uint8Array<ArrayBuffer>>[] = [];

  constructor(readonly label: Label) {}

  get length(): number {
    return this.images.length;
  }

  /** One more picture of the eye, grey, `KEPT_SIDE` pixels a side. */
  add(image: Uint8Array): void {
    if (this.length < MOST_FRAMES) this.images.push(asJpeg(image, KEPT_SIDE));
  }

  async sequence(): Promise<Sequence> {
    return { label: this.label, images: await Promise.all(this.images) };
  }
}

/** The sequences that are kept, and whether they are saved. What was removed last can be put back. */
export class Dataset {
  sequences: Sequence[] = [];
  private before: Sequence[] | null = null;
  private saved: Sequence[] = this.sequences;

  get unsaved(): boolean {
    return this.sequences !== this.saved && this.sequences.length > 0;
  }

  get canUndo(): boolean {
    return this.before !== null;
  }

  add(sequence: Sequence): void {
    this.sequences = [...this.sequences, sequence];
    this.before = null;
  }

  remove(sequence: Sequence): void {
    this.before = this.sequences;
    this.sequences = this.sequences.filter((each) => each !== sequence);
  }

  undo(): void {
    if (this.before !== null) this.sequences = this.before;
    this.before = null;
  }

  /** The dataset: every sequence for training, annotated from its first to its last frame. */
  zip(): Uint8Array {
    this.saved = this.sequences;
    const files: Record<string, Uint8Array> = {};
    const database: Record<string, unknown> = {};
    const takes = new Map<string, number>();
    this.sequences.forEach(({ label, images }, number) => {
      const { subject, sex, age, lighting, emotion } = label;
      const key = `${subject} ${lighting} ${emotion}`;
      const take = takes.get(key) ?? 0;
      takes.set(key, take + 1);
      const person = String(subject).padStart(3, "0");
      const name = `${number + 1}_${person}_${sex}_${age}_own_${lighting}_${emotion}_${images.length}_take${String(take).padStart(3, "0")}`;
      images.forEach((image, frame) => (files[`frame/${emotion}/${name}/${String(frame).padStart(5, "0")}.jpg`] = image));
      database[name] = { subset: "training", annotations: { label: emotion, segment: [0, images.length - 1] } };
    });
    files["emotion.json"] = new TextEncoder().encode(JSON.stringify({ labels: EMOTIONS, database }, null, 1));
    return zipSync(files, { level: 0 }); // JPEG is compressed already
  }
}

async function asJpeg(image: Uint8Array, side: number): Promise<Uint8Array<ArrayBuffer>> {
  const canvas = new OffscreenCanvas(side, side);
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("this browser cannot write pictures");
  context.putImageData(greyPixels(image, side), 0, 0);
  return new Uint8Array(await (await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY })).arrayBuffer());
}
