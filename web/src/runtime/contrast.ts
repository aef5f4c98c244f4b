/** Local contrast as the network's first layer computes it (models/base.py, `ContrastAndChange`), to be shown. */

/** Grey (size x size) -> `(x - mean) / (deviation + floor)` over a box, as much of it as lies within the image. */
export function localContrast(image: Uint8Array, size: number, window: number, floor: number): Float32Array {
  const half = window >> 1;
  const stride = size + 1;
  const sums = new Float64Array(stride * stride);
  const squares = new Float64Array(stride * stride);
  for (let y = 0; y < size; y++) {
    let row = 0;
    let rowSquares = 0;
    for (let x = 0; x < size; x++) {
      const value = image[y * size + x] / 255;
      row += value;
      rowSquares += value * value;
      const at = (y + 1) * stride + x + 1;
      sums[at] = sums[at - stride] + row;
      squares[at] = squares[at - stride] + rowSquares;
    }
  }
  const result = new Float32Array(size * size);
  for (let y = 0; y < size; y++) {
    const top = Math.max(0, y - half);
    const bottom = Math.min(size, y + half + 1);
    for (let x = 0; x < size; x++) {
      const left = Math.max(0, x - half);
      const right = Math.min(size, x + half + 1);
      const count = (bottom - top) * (right - left);
      const box = (table: Float64Array): number =>
        table[bottom * stride + right] - table[top * stride + right] - table[bottom * stride + left] + table[top * stride + left];
      const mean = box(sums) / count;
      const variance = Math.max(box(squares) / count - mean * mean, 1e-6);
      result[y * size + x] = (image[y * size + x] / 255 - mean) / (Math.sqrt(variance) + floor);
    }
  }
  return result;
}
