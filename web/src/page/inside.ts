/** What the network is given and what it does: two pictures, speed, spikes, energy. */

import type { Result } from "../engine/engine";
import type { ModelDescription } from "../runtime/contract";
import { layerColours } from "./colours";
import { element, made, paintGrey } from "./dom";
import type { History } from "./history";
import { SpikePlot } from "./spike_plot";

/** Over which speeds are averaged. */
const WINDOW = 45;

export class Inside {
  readonly layers: number;
  private readonly neurons: number[];
  private readonly cells: { count: HTMLElement; share: HTMLElement }[];
  private readonly dots: HTMLElement[] = [];
  private readonly plot: SpikePlot | null;
  private readonly delays: number[] = [];
  private readonly moments: number[] = [];
  private readonly energies: number[] = [];
  private spikes: number[] = [];

  constructor(private readonly model: ModelDescription) {
    const layers = model.operations?.layers ?? [];
    this.layers = layers.length;
    this.neurons = layers.map((layer) => model.state[layer.state].reduce((a, b) => a * b, 1));
    const body = element<HTMLTableElement>("spikes").tBodies[0];
    this.cells = this.neurons.map((neurons, n) => {
      const row = made("tr");
      const head = made("th");
      const dot = made("span", "", "dot");
      this.dots.push(dot);
      head.setAttribute("scope", "row");
      head.append(dot, String(n + 1));
      const count = made("td", "–");
      const share = made("td", "–");
      row.append(head, made("td", neurons.toLocaleString("en")), count, share);
      body.append(row);
      return { count, share };
    });
    this.plot = this.layers ? new SpikePlot(element("spike-plot"), this.neurons) : null;
    if (!this.layers) {
      element("spikes").hidden = element("spike-plot").hidden = true;
      element("spike-note").textContent = "This model's file does not tell its spikes and operations; export it again.";
    }
    this.recolour();
  }

  recolour(): void {
    layerColours(this.layers).forEach((shade, n) => (this.dots[n].style.background = shade));
    this.plot?.recolour();
  }

  /** Of every frame. */
  add(result: Result): void {
    const eye = result.eyes[0];
    if (eye?.contrast) paintGrey(element<HTMLCanvasElement>("contrast"), eye.contrast, this.model.size);
    if (eye?.change) paintGrey(element<HTMLCanvasElement>("change"), eye.change, this.model.size);
    push(this.delays, result.findMs + result.stepMs);
    push(this.moments, performance.now());
    if (result.activity !== null) push(this.energies, result.activity.energy_uj);
    this.spikes = result.activity?.spikes ?? this.spikes;
  }

  /** Shows what was added, a few times a second. */
  refresh(history: History): void {
    const { moments } = this;
    const passed = moments.length > 1 ? moments[moments.length - 1] - moments[0] : 0;
    const stale = moments.length > 0 && performance.now() - moments[moments.length - 1] > 2000;
    element("rate").textContent = passed > 0 && !stale ? ((1000 * (moments.length - 1)) / passed).toFixed(1) : "–";
    element("latency").textContent = this.delays.length ? median(this.delays).toFixed(1) : "–";
    element("energy").textContent = this.energies.length ? mean(this.energies).toFixed(1) : "–";
    this.spikes.forEach((count, n) => {
      this.cells[n].count.textContent = count.toLocaleString("en");
      this.cells[n].share.textContent = `${((100 * count) / this.neurons[n]).toFixed(1)} %`;
    });
    this.plot?.update(history);
  }

  clear(): void {
    this.delays.length = this.moments.length = this.energies.length = 0;
  }
}

function push(values: number[], value: number): void {
  values.push(value);
  if (values.length > WINDOW) values.shift();
}

function mean(values: number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}
