/** Pictures of this computer, in order of their names, as the frames of a video of 30 a second. */

import { FRAME_RATE_HZ } from "../runtime/contract";
import { Schedule, SourceError, pictureOf, type Frame, type Source } from "./source";
import { UNTURNED } from "./turning";

/** Dots, signs and exponents at numbers: what they mean is told by all names together, which `predict` looks at. */
const DOUBTFUL = /\d[.,]\d|(^|[^\p{L}\d])[-+]\d|\de[-+]\d/iu;
const RENAME = "rename them with numbers of one length, such as 0001 and 0002, or read their folder with `eyeprentice predict`";
/** Times in seconds are rounded, numbers of pictures are not. */
const NEARLY = 1e-3;
const PNG = 0x89504e47;
const DEPTH_AT = 24; // in the header of a PNG file, the bits of a level

export class Pictures implements Source {
  readonly live = false;
  readonly turn = UNTURNED;
  readonly rateHz = FRAME_RATE_HZ;
  readonly name: string;
  private readonly files: File[];

  constructor(files: File[]) {
    this.files = inOrder(files);
    this.name = files.length === 1 ? files[0].name : `${files.length} pictures`;
  }

  get durationS(): number {
    return this.files.length / this.rateHz;
  }

  async *frames(signal: AbortSignal, fromS = 0): AsyncGenerator<Frame> {
    const schedule = new Schedule();
    const last = this.files.length - 1;
    for (let number = Math.min(last, Math.floor(fromS * this.rateHz + NEARLY)); number <= last; number++) {
      const drawn = await decoded(this.files[number]);
      const timeUs = Math.round((number * 1e6) / this.rateHz);
      await schedule.due(timeUs, signal);
      if (signal.aborted) return;
      const { width, height } = drawn;
      yield { drawn, width, height, timeUs, take: () => pictureOf(drawn, width, height) };
      drawn.close();
    }
  }

  close(): void {}
}

function inOrder(files: File[]): File[] {
  const numbered = new Intl.Collator("en", { numeric: true });
  const stem = ({ name }: File): string => name.replace(/\.[^.]*$/, "");
  const ordered = [...files].sort((a, b) => numbered.compare(stem(a), stem(b)));
  const same = ordered.find((file, n) => n > 0 && numbered.compare(stem(ordered[n - 1]), stem(file)) === 0);
  const doubtful = files.length > 1 ? (same ?? files.find((file) => DOUBTFUL.test(stem(file)))) : undefined;
  if (doubtful) throw new SourceError(`the order of these pictures is not clear, for example the place of ${doubtful.name}`, RENAME);
  return ordered;
}

async function decoded(file: File): Promise<ImageBitmap> {
  const head = new DataView(await file.slice(0, DEPTH_AT + 1).arrayBuffer());
  if (head.byteLength > DEPTH_AT && head.getUint32(0) === PNG && head.getUint8(DEPTH_AT) > 8) {
    const what = `${file.name} has 16 bits, of which a browser does not tell how many are used`;
    throw new SourceError(what, "save it with 8 bits, or read its folder with `eyeprentice predict`");
  }
  try {
    return await createImageBitmap(file, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  } catch {
    throw new SourceError(`this browser cannot read ${file.name} as a picture`, "choose JPEG or PNG files");
  }
}

export function isPicture(file: File): boolean {
  return file.type.startsWith("image/");
}
