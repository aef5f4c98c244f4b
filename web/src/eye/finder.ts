/** Looks for eyes: in a whole picture, or in a window around a known one. eye/looking.py once more. */

import * as ort from "onnxruntime-web/wasm";
import { roundHalfEven } from "../runtime/arithmetic";
import type { Grey } from "../runtime/contract";
import { openSession } from "../runtime/step_model";
import { decode, joined, moved, paired, type FoundEye, type Maps } from "./decoding";
import { enlarged, partOf, resizedByArea, type Part } from "./resize";

const LEVELS = [256, 64];
const MULTIPLE = 16;
const LEAST = 32;
const WINDOW = 112;
const FOLLOWED_SIZE = 40;
const LEAST_WINDOW = 4;
const WHOLE = 0.5;

/** Whatever finds eyes in grey pictures. Both calls give pairs first, the right eye before the left one. */
export interface Finder {
  search(frame: Grey): Promise<FoundEye[]>;
  lookAround(frame: Grey, x: number, y: number, size: number): Promise<FoundEye[]>;
}

/** The network of the package. */
export class EyeFinder implements Finder {
  constructor(private readonly run: (frame: Grey) => Promise<Maps>) {}

  static async open(file: ArrayBuffer): Promise<EyeFinder> {
    const session = await openSession(file);
    return new EyeFinder(async ({ data, width, height }) => {
      const given = await session.run({ frame: new ort.Tensor("uint8", data, [height, width]) });
      const eyes = given[session.outputNames[0]];
      return { data: eyes.data as Float32Array, rows: eyes.dims[1], columns: eyes.dims[2] };
    });
  }

  search(frame: Grey): Promise<FoundEye[]> {
    return this.searched(frame, LEVELS);
  }

  async lookAround(frame: Grey, x: number, y: number, size: number): Promise<FoundEye[]> {
    // around a large eye, a window would show mostly black, in which the network takes other things for eyes
    if (size >= WHOLE * Math.max(frame.width, frame.height)) return this.searched(frame, LEVELS.slice(1));
    const side = roundHalfEven(Math.max((WINDOW * size) / FOLLOWED_SIZE, LEAST_WINDOW));
    const left = roundHalfEven(x - side / 2);
    const top = roundHalfEven(y - side / 2);
    if (left >= frame.width || top >= frame.height || left + side <= 0 || top + side <= 0) return [];
    const shown = scaled(frame, { left, top, width: side, height: side }, WINDOW, WINDOW);
    const scale = WINDOW / side;
    const found = decode(await this.run(shown));
    return paired(found.map((eye) => moved(eye, left, top, scale, scale)));
  }

  private async searched(frame: Grey, levels: number[]): Promise<FoundEye[]> {
    const longer = Math.max(frame.width, frame.height);
    const eyes: FoundEye[] = [];
    let shown = frame;
    for (const level of longer > LEVELS[1] ? levels : LEVELS.slice(1)) {
      const scale = Math.min(1, level / longer);
      const width = Math.max(1, roundHalfEven(scale * frame.width));
      const height = Math.max(1, roundHalfEven(scale * frame.height));
      const all = { left: 0, top: 0, width: shown.width, height: shown.height };
      // the second level from the first, which is nearly the same and faster
      if (width !== shown.width || height !== shown.height) shown = scaled(shown, all, width, height);
      const found = decode(await this.run(padded(shown)));
      eyes.push(...found.map((eye) => moved(eye, 0, 0, width / frame.width, height / frame.height)));
    }
    return paired(joined(eyes));
  }
}

/** For two trackers of one frame: what one has searched, the other need not search. */
export class SharedFinder implements Finder {
  private found: FoundEye[] | null = null;

  constructor(private readonly finder: Finder) {}

  nextFrame(): void {
    this.found = null;
  }

  async search(frame: Grey): Promise<FoundEye[]> {
    this.found ??= await this.finder.search(frame);
    return this.found;
  }

  lookAround(frame: Grey, x: number, y: number, size: number): Promise<FoundEye[]> {
    return this.finder.lookAround(frame, x, y, size);
  }
}

/** A part of a picture as means over areas, or bilinear where it is enlarged; black outside. */
function scaled(image: Grey, part: Part, width: number, height: number): Grey {
  const isSmaller = width <= part.width && height <= part.height;
  return isSmaller ? resizedByArea(image, part, width, height) : enlarged(partOf(image, part), width, height);
}

/** Black at the right and below, up to sides that the network takes. */
function padded(frame: Grey): Grey {
  const width = Math.max(LEAST, Math.ceil(frame.width / MULTIPLE) * MULTIPLE);
  const height = Math.max(LEAST, Math.ceil(frame.height / MULTIPLE) * MULTIPLE);
  if (width === frame.width && height === frame.height) return frame;
  const data = new Uint8Array(width * height);
  for (let y = 0; y < frame.height; y++) {
    data.set(frame.data.subarray(y * frame.width, (y + 1) * frame.width), y * width);
  }
  return { data, width, height };
}
