/** The buttons that save what was read: numbers, and the chart that is drawn of them; no pictures of anybody. */

import type { ModelDescription } from "../runtime/contract";
import { chartPicture } from "./chart";
import { download, element } from "./dom";
import type { History } from "./history";
import { asCsv, asJson } from "./saving";
import { tell } from "./trouble";

/** What there is to be saved. */
export interface Kept {
  history: History;
  /** The name of its source, and how many frames that usually gives a second. */
  source: string;
  rateHz: number;
  /** The probability from which on an emotion is named. */
  certain: number;
  chart: HTMLCanvasElement;
}

export function keepReadings(version: string, model: ModelDescription, read: () => Kept): { enabled: boolean } {
  const buttons = ["save-csv", "save-json", "save-png"].map((id) => element<HTMLButtonElement>(id));
  const [csv, json, png] = buttons;
  csv.addEventListener("click", () => download(asCsv(read().history, read().certain), "text/csv", "readings.csv"));
  json.addEventListener("click", () => {
    const { history, source, rateHz, certain } = read();
    const about = { source, model: model.name, version, certain };
    download(asJson(history, certain, rateHz, about), "application/json", "readings.json");
  });
  png.addEventListener("click", () => {
    const { source, chart } = read();
    const note = `Read by ${model.name}, eyeprentice ${version}. It sees how the eye region moves, not what a person feels.`;
    void chartPicture(chart, source, note).then((picture) => download(picture, "image/png", "timeline.png"), tell);
  });
  return {
    get enabled(): boolean {
      return !csv.disabled;
    },
    set enabled(on: boolean) {
      for (const button of buttons) button.disabled = !on;
    },
  };
}
