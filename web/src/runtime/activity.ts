/** Spikes of each layer and the energy of a step, from the state that it left: runtime/activity.py once more. */

import type { Activity, Operations } from "./contract";
import type { State } from "./step_model";

export class Activities {
  private readonly reach: Float64Array[];

  constructor(private readonly operations: Operations) {
    this.reach = operations.layers.map((layer) => {
      const [rows, columns] = layer.sides.map((length) => reachAlong(length, layer));
      const reach = new Float64Array(rows.length * columns.length);
      rows.forEach((a, y) => columns.forEach((b, x) => (reach[y * columns.length + x] = layer.outputs * a * b)));
      return reach;
    });
  }

  /** Neurons that fired are exactly 0 after their reset. */
  of(state: State): Activity {
    let additions = 0;
    const spikes = this.operations.layers.map((layer, number) => {
      const membrane = state[layer.state];
      const reach = this.reach[number];
      const channels = layer.channels === "last" ? membrane.length / reach.length : 1; // a place's lie side by side
      let count = 0;
      for (let at = 0; at < membrane.length; at++) {
        if (membrane[at] !== 0) continue;
        count += 1;
        additions += reach[Math.floor(at / channels) % reach.length];
      }
      return count;
    });
    const { macs, pj_a_mac, pj_an_ac } = this.operations;
    return { spikes, energy_uj: (pj_a_mac * macs + pj_an_ac * additions) / 1e6 };
  }
}

function reachAlong(length: number, where: { kernel: number; stride: number; padding: number }): number[] {
  const padded = length + 2 * where.padding;
  const count = new Array<number>(padded).fill(0);
  for (let start = 0; start + where.kernel <= padded; start += where.stride) {
    for (let place = start; place < start + where.kernel; place++) count[place] += 1;
  }
  return count.slice(where.padding, where.padding + length);
}
