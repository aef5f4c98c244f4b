/** The step model on ONNX Runtime: (frame, state) -> (logits, units, state). The state's tensors are zeros at rest. */

import * as ort from "onnxruntime-web/wasm";
import type { ModelDescription } from "./contract";

export type State = Record<string, Float32Array>;

export class StepModel {
  private constructor(
    readonly description: ModelDescription,
    private readonly session: ort.InferenceSession,
  ) {}

  static async open(file: ArrayBuffer, description: ModelDescription): Promise<StepModel> {
    return new StepModel(description, await openSession(file));
  }

  rest(): State {
    const shapes = Object.entries(this.description.state);
    return Object.fromEntries(shapes.map(([name, shape]) => [name, new Float32Array(shape.reduce((a, b) => a * b, 1))]));
  }

  /** `image` is grey, size x size. The arrays that are given are not changed. */
  async run(image: Uint8Array, state: State): Promise<{ logits: Float32Array; units: Float32Array; state: State }> {
    const { size, units: names, state: shapes } = this.description;
    const feeds: Record<string, ort.Tensor> = { frame: new ort.Tensor("uint8", image, [size, size, 1]) };
    for (const [name, array] of Object.entries(state)) feeds[name] = new ort.Tensor("float32", array, shapes[name]);
    const given = await this.session.run(feeds);
    const after = Object.keys(state).map((name) => [name, given[`${name}_after`].data as Float32Array]);
    const units = names.length > 0 ? (given["units"].data as Float32Array) : new Float32Array(0);
    return { logits: given["logits"].data as Float32Array, units, state: Object.fromEntries(after) };
  }
}

/** Where the page's own copy of the WebAssembly lies. One thread: the models are too small to share out. */
export async function openSession(file: ArrayBuffer): Promise<ort.InferenceSession> {
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = { wasm: new URL(`ort-wasm.wasm${self.location.search}`, self.location.href).href };
  ort.env.logLevel = "error";
  return ort.InferenceSession.create(file, { executionProviders: ["wasm"], logSeverityLevel: 3 });
}
