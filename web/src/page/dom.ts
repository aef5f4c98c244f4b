/** The element with an id; every one that is asked for is in index.html. */
export function element<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no ${id}`);
  return found as T;
}

/** Lets a button be pressed or not. If it has the keyboard's focus and cannot be pressed any more, the first of the
 * others that can be has it. */
export function enable(button: HTMLButtonElement, on: boolean, ...others: HTMLButtonElement[]): void {
  const focused = document.activeElement === button;
  button.disabled = !on;
  if (focused && !on) others.find((other) => !other.disabled && !other.hidden)?.focus();
}

export function made(tag: string, text = "", kind = ""): HTMLElement {
  const node = document.createElement(tag);
  node.textContent = text;
  if (kind) node.className = kind;
  return node;
}

/** A grey image (size x size) on a canvas of that size. */
export function paintGrey(canvas: HTMLCanvasElement, image: Uint8Array | null, size: number): void {
  const context = canvas.getContext("2d");
  if (context === null) return;
  if (canvas.width !== size) canvas.width = canvas.height = size;
  if (image === null) {
    context.clearRect(0, 0, size, size);
    return;
  }
  context.putImageData(greyPixels(image, size), 0, 0);
}

/** A grey image (size x size) as a browser's. */
export function greyPixels(image: Uint8Array, size: number): ImageData {
  const pixels = new ImageData(size, size);
  const words = new Uint32Array(pixels.data.buffer);
  for (let at = 0; at < words.length; at++) words[at] = 0xff000000 | (image[at] * 0x010101);
  return pixels;
}

export function download(content: BlobPart, kind: string, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type: kind }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
