import { roundHalfEven } from "./arithmetic";

/** The median of images of one size, pixel by pixel; between two middle values, their mean rounded as NumPy does. */
export function medianImage(images: Uint8Array[]): Uint8Array {
  const column = new Uint8Array(images.length);
  const low = (images.length - 1) >> 1;
  const high = images.length >> 1;
  return images[0].map((_, pixel) => {
    images.forEach((image, number) => (column[number] = image[pixel]));
    column.sort();
    return roundHalfEven((column[low] + column[high]) / 2);
  });
}
