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

interface Sequence {
  label: Label;
  images: Uint8Array[];
}

export class Dataset {
  private readonly sequences: Sequence[] = [];
  private pending: Promise<Uint8Array>[] | null = null;

  get length(): number {
    return this.sequences.length;
  }

  get recording(): number | null {
    return this.pending?.length ?? null;
  }

  begin(): void {
    this.pending = [];
  }

  /** One more picture of the eye, grey, `KEPT_SIDE` pixels a side. */
  add(image: Uint8Array): void {
    if (this.pending !== null && this.pending.length < MOST_FRAMES) this.pending.push(asJpeg(image, KEPT_SIDE));
  }

  /** Ends the sequence; what has no picture is let go. Gives the number of its pictures. */
  async end(label: Label): Promise<number> {
    const images = await Promise.all(this.pending ?? []);
    this.pending = null;
    if (images.length > 0) this.sequences.push({ label, images });
    return images.length;
  }

  /** The dataset: every sequence for training, annotated from its first to its last frame. */
  zip(): Uint8Array {
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

async function asJpeg(image: Uint8Array, side: number): Promise<Uint8Array> {
  const canvas = new OffscreenCanvas(side, side);
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("this browser cannot write pictures");
  context.putImageData(greyPixels(image, side), 0, 0);
  return new Uint8Array(await (await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY })).arrayBuffer());
}
