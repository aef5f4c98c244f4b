/** Pictures of this computer, in order of their names, as the frames of a video of 30 a second. */

import { FRAME_RATE_HZ } from "../runtime/contract";
import { SourceError, pictureOf, waited, type Frame, type Source } from "./source";
import { UNTURNED } from "./turning";

export class Pictures implements Source {
  readonly live = false;
  readonly turn = UNTURNED;
  readonly rateHz = FRAME_RATE_HZ;
  readonly name: string;
  private readonly files: File[];

  constructor(files: File[]) {
    const numbered = new Intl.Collator("en", { numeric: true });
    this.files = [...files].sort((a, b) => numbered.compare(a.name, b.name));
    this.name = files.length === 1 ? files[0].name : `${files.length} pictures`;
  }

  async *frames(signal: AbortSignal): AsyncGenerator<Frame> {
    const began = performance.now();
    for (const [number, file] of this.files.entries()) {
      const drawn = await decoded(file);
      const timeUs = Math.round((number * 1e6) / this.rateHz);
      await waited(Math.max(0, began + timeUs / 1000 - performance.now()), signal);
      if (signal.aborted) return;
      const { width, height } = drawn;
      yield { drawn, width, height, timeUs, take: () => pictureOf(drawn, width, height) };
      drawn.close();
    }
  }
}

async function decoded(file: File): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(file, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  } catch {
    throw new SourceError(`this browser cannot read ${file.name} as a picture`, "choose JPEG or PNG files");
  }
}

export function isPicture(file: File): boolean {
  return file.type.startsWith("image/");
}
