import { EMOTIONS } from "../runtime/contract";

/** A colour of the style sheet, as it is now (light or dark). */
export function colour(name: string): string {
  const probe = document.createElement("i");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

export function emotionColours(): string[] {
  return EMOTIONS.map((emotion) => colour(emotion));
}

/** Of the layers of the network, the first one darkest. */
export function layerColours(layers: number): string[] {
  const names = ["sadness", "surprise", "happiness", "angry", "fear", "disgust"];
  return Array.from({ length: layers }, (_, layer) => colour(names[layer % names.length]));
}

/** Calls back when light and dark change places. */
export function onScheme(changed: () => void): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
}
