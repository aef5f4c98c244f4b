/** Valence and arousal of what is believed: runtime/affect.py, number for number, which tells the source. */

import { EMOTIONS, type Emotion } from "./contract";

const BLINK = "blink";
const POINTS: Record<Emotion, [number, number]> = {
  angry: [-0.51, 0.59],
  disgust: [-0.6, 0.35],
  fear: [-0.64, 0.6],
  happiness: [0.81, 0.51],
  neutral: [0, 0],
  sadness: [-0.63, -0.27],
  surprise: [0.4, 0.67],
};

export interface Affect {
  /** -1 unpleasant, 1 pleasant. */
  valence: number;
  /** -1 calm, 1 excited. */
  arousal: number;
}

/** Of probabilities in the order of `EMOTIONS`, and intensities of the action units that have these names. */
export function affectOf(probabilities: number[], units: number[], names: string[]): Affect {
  const mean = (part: 0 | 1): number => EMOTIONS.reduce((sum, emotion, n) => sum + probabilities[n] * POINTS[emotion][part], 0);
  const shown = units.filter((_, n) => names[n] !== BLINK);
  const strongest = shown.length > 0 ? Math.max(...shown) : 1;
  return { valence: mean(0), arousal: (mean(1) * (1 + strongest)) / 2 };
}
