/** From the finder's cells to eyes, pairs of eyes, and the one that is wanted: eye/decoding.py once more. */

export const KEEP = 0.25;
export const FIND = 0.5;
const CELL = 8;
const SAME = 0.35;
const MOST_EYES = 16;
const PAIR_DISTANCE = [0.6, 1.5];
const PAIR_SIZES = 1.5;
const PAIR_TILT = 0.5;

export type SoughtSide = "auto" | "right" | "left";

/** An eye in a picture; places in pixels from the upper left corner. */
export interface FoundEye {
  x: number;
  y: number;
  /** Distance between the two eyes of the face, whether both are seen or not. */
  size: number;
  probability: number;
  /** Probability that it is the person's left eye; 0 or 1 where both are seen. */
  left: number;
  openness: number;
  tilt: number;
  /** Whether the face's other eye is seen too. */
  paired: boolean;
}

/** The network's answer: seven channels of rows x columns. */
export interface Maps {
  data: Float32Array;
  rows: number;
  columns: number;
}

export function apart(a: { x: number; y: number }, b: { x: number; y: number }): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** The eye in the picture of which it was seen in a part from (`left`, `top`) on, scaled. */
export function moved(eye: FoundEye, left: number, top: number, scaleX: number, scaleY: number): FoundEye {
  return { ...eye, x: left + eye.x / scaleX, y: top + eye.y / scaleY, size: eye.size / Math.sqrt(scaleX * scaleY) };
}

/** The eyes, the most probable one first; none is near another. */
export function decode({ data, rows, columns }: Maps): FoundEye[] {
  const count = rows * columns;
  const cells: FoundEye[] = [];
  for (let cell = 0; cell < count; cell++) {
    if (data[cell] < KEEP) continue;
    const channel = (n: number): number => data[n * count + cell];
    cells.push({
      probability: data[cell],
      x: CELL * ((cell % columns) + 0.5) + channel(1),
      y: CELL * (Math.floor(cell / columns) + 0.5) + channel(2),
      size: channel(3),
      tilt: channel(4),
      left: channel(5),
      openness: channel(6),
      paired: false,
    });
  }
  cells.sort((a, b) => b.probability - a.probability); // stable: equals stay in the order of cells
  const free = new Set(cells);
  const eyes: FoundEye[] = [];
  for (const best of cells) {
    if (!free.has(best) || eyes.length === MOST_EYES) continue;
    const near = [...free].filter((cell) => cell === best || apart(cell, best) < SAME * best.size);
    near.forEach((cell) => free.delete(cell));
    eyes.push(mean(near, best.probability));
  }
  return joined(eyes);
}

function mean(cells: FoundEye[], probability: number): FoundEye {
  const total = cells.reduce((sum, cell) => sum + cell.probability, 0);
  const of = (value: (cell: FoundEye) => number): number =>
    cells.reduce((sum, cell) => sum + value(cell) * (cell.probability / total), 0);
  return {
    x: of((cell) => cell.x),
    y: of((cell) => cell.y),
    size: Math.exp(of((cell) => Math.log(Math.max(cell.size, 1e-3)))),
    probability,
    left: of((cell) => cell.left),
    openness: of((cell) => cell.openness),
    tilt: of((cell) => cell.tilt),
    paired: false,
  };
}

/** Without those that are near a more probable one, the most probable one first. */
export function joined(eyes: FoundEye[]): FoundEye[] {
  const kept: FoundEye[] = [];
  for (const eye of [...eyes].sort((a, b) => b.probability - a.probability)) {
    if (kept.every((other) => apart(eye, other) >= SAME * Math.max(eye.size, other.size))) kept.push(eye);
  }
  return kept.slice(0, MOST_EYES);
}

/** The same eyes; those of which two belong to a face know their sides. Pairs come first, right eye before left. */
export function paired(eyes: FoundEye[]): FoundEye[] {
  const candidates = eyes
    .flatMap((a, number) => eyes.slice(number + 1).map((b) => [a, b] as const))
    .filter(([a, b]) => isPair(a, b))
    .sort((one, two) => two[0].probability + two[1].probability - (one[0].probability + one[1].probability));
  const free = new Set(eyes);
  const pairs: FoundEye[] = [];
  for (const [a, b] of candidates) {
    if (!free.has(a) || !free.has(b)) continue;
    free.delete(a);
    free.delete(b);
    const [right, left] = a.x < b.x ? [a, b] : [b, a];
    pairs.push({ ...right, left: 0, paired: true }, { ...left, left: 1, paired: true });
  }
  return [...pairs, ...free];
}

/** The wanted eye of the largest face; without a pair, the largest and most probable eye of that side. */
export function chosen(eyes: FoundEye[], side: SoughtSide): FoundEye | null {
  const count = eyes.filter((eye) => eye.paired).length;
  let best: [FoundEye, FoundEye] | null = null;
  for (let n = 0; n < count; n += 2) {
    const [right, left] = [eyes[n], eyes[n + 1]];
    if (Math.max(right.probability, left.probability) < FIND) continue;
    if (best === null || right.size + left.size > best[0].size + best[1].size) best = [right, left];
  }
  if (best !== null) return side === "left" ? best[1] : best[0];
  const single = eyes.filter((eye) => eye.probability >= FIND && isWanted(eye, side));
  return single.reduce<FoundEye | null>(
    (most, eye) => (most === null || eye.probability * eye.size > most.probability * most.size ? eye : most),
    null,
  );
}

function isWanted(eye: FoundEye, side: SoughtSide): boolean {
  return side === "auto" || eye.left >= 0.5 === (side === "left");
}

function isPair(a: FoundEye, b: FoundEye): boolean {
  const [right, left] = a.x < b.x ? [a, b] : [b, a];
  const distance = apart(a, b) / (0.5 * (a.size + b.size));
  const line = Math.atan2(left.y - right.y, left.x - right.x);
  return (
    distance >= PAIR_DISTANCE[0] &&
    distance <= PAIR_DISTANCE[1] &&
    Math.max(a.size, b.size) < PAIR_SIZES * Math.min(a.size, b.size) &&
    Math.abs(line - 0.5 * (a.tilt + b.tilt)) < PAIR_TILT
  );
}
