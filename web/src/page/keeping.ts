/** The buttons that save what was read: numbers only. */

import type { ModelDescription } from "../runtime/contract";
import { download, element } from "./dom";
import type { History } from "./history";
import { asCsv, asJson } from "./saving";

/** `read` gives what was read and the name of its source. */
export function keepReadings(
  { certain, version }: { certain: number; version: string },
  model: ModelDescription,
  read: () => [History, string],
): { enabled: boolean } {
  const [csv, json] = ["save-csv", "save-json"].map((id) => element<HTMLButtonElement>(id));
  csv.addEventListener("click", () => download(asCsv(read()[0], certain), "text/csv", "readings.csv"));
  json.addEventListener("click", () => {
    const [history, source] = read();
    download(asJson(history, certain, { source, model: model.name, version }), "application/json", "readings.json");
  });
  return {
    get enabled(): boolean {
      return !csv.disabled;
    },
    set enabled(on: boolean) {
      csv.disabled = json.disabled = !on;
    },
  };
}
