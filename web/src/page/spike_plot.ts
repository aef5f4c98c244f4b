/** How many neurons of each layer fire, over the last ten seconds. */

import uPlot from "uplot";
import { layerColours } from "./colours";
import type { History } from "./history";
import { means, plainAxis, Plot } from "./plots";

export class SpikePlot extends Plot {
  constructor(
    element: HTMLElement,
    private neurons: number[],
  ) {
    super(element);
    this.recolour();
  }

  update(history: History): void {
    const to = Math.max(history.endS, history.startS + 10);
    const columns = means(history, to - 10, to, history.spikes, this.neurons.length);
    this.draw(
      columns.map((column, n) =>
        n === 0 ? column : column.map((count) => (count === null ? null : (100 * count) / this.neurons[n - 1])),
      ),
      to - 10,
      to,
    );
  }

  protected made(): uPlot {
    const neurons = this.neurons ?? [];
    const colours = layerColours(neurons.length);
    const axis = plainAxis();
    return new uPlot(
      {
        ...this.room,
        legend: { show: false },
        cursor: { show: false },
        scales: { x: { time: false }, y: { range: (_, __, most) => [0, Math.max(20, most || 0)] } },
        axes: [
          { ...axis, size: 22, values: (_, values) => values.map((value) => `${value} s`) },
          { ...axis, size: 46, values: (_, values) => values.map((value) => `${value} %`) },
        ],
        series: [{}, ...neurons.map((_, n) => ({ stroke: colours[n], width: 1.5, points: { show: false } }))],
        padding: [8, 18, 0, 0],
      },
      Array.from({ length: neurons.length + 1 }, () => []) as unknown as uPlot.AlignedData,
      this.element,
    );
  }
}
