/** Rounding as NumPy and OpenCV have it. */

/** To the nearest whole number; halves go to the even one. */
export function roundHalfEven(value: number): number {
  const low = Math.floor(value);
  const rest = value - low;
  if (rest < 0.5) return low;
  if (rest > 0.5) return low + 1;
  return low % 2 === 0 ? low : low + 1;
}

/** Integer division as Python's `//`. */
export function floorDivide(a: number, b: number): number {
  return Math.floor(a / b);
}
