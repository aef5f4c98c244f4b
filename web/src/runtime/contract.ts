/** What the server says of the model, and what comes of a frame. The words are those of the Python package. */

export const EMOTIONS = ["angry", "disgust", "fear", "happiness", "neutral", "sadness", "surprise"] as const;
export type Emotion = (typeof EMOTIONS)[number];

/** Frames a second of the clips that models learn from. */
export const FRAME_RATE_HZ = 30;

/** Where the spikes of a layer go: `outputs` of a convolution, or 0 if they are only averaged. */
export interface SpikingLayer {
  state: string;
  /** Height and width of its map, and which axis its channels are. */
  sides: [number, number];
  channels: "first" | "last";
  outputs: number;
  kernel: number;
  stride: number;
  padding: number;
}

/** The entry `operations` of a model file's metadata (deploy/operation_notes.py). */
export interface Operations {
  macs: number;
  pj_a_mac: number;
  pj_an_ac: number;
  contrast: { window: number; floor: number } | null;
  layers: SpikingLayer[];
}

/** How what a face usually looks like is learnt (runtime/usual.py, `Habits`). */
export interface Habits {
  sample_hz: number;
  kept: number;
  least_neutral: number;
  margin: number;
  forget_s: number;
  least_fit: number;
  lost_s: number;
  sharpness: number;
}

/** `GET api/model` */
export interface ModelDescription {
  name: string;
  labels: string[];
  /** Names of the action units that it estimates. */
  units: string[];
  size: number;
  steps: number;
  skip: number;
  sharpness: number;
  forgetting_hz: number;
  habits: Habits;
  operations: Operations | null;
  state: Record<string, number[]>;
}

/** What is believed after a frame. */
export interface Reading {
  emotion: Emotion;
  probability: number;
  certain: boolean;
  /** Of all seven, in the order of `EMOTIONS`. */
  probabilities: number[];
  /** Intensities of the model's action units, 0..1, in its order; none if it estimates none. */
  units: number[];
}

/** What a step did: spikes of each layer, and the energy of its operations in microjoules. */
export interface Activity {
  spikes: number[];
  energy_uj: number;
}

/** A grey image: `data[row * width + column]`, 0..255. */
export interface Grey {
  data: Uint8Array;
  width: number;
  height: number;
}

/** What is known of the neutral face: from the stream itself, or from the user; while it is shown, the share that was seen. */
export type Calibration = { state: "none" | "automatic" | "done" } | { state: "collecting"; share: number };
