/** The action units as small bars with plain names, where the model estimates them. */

import { affectOf } from "../runtime/affect";
import type { Reading } from "../runtime/contract";
import { element, made } from "./dom";

/** Names of FACS in plain words; others are shown as the model has them. */
const PLAIN: Record<string, string> = {
  AU1: "inner brow up",
  AU2: "outer brow up",
  AU4: "brow down",
  AU5: "upper lid up",
  AU6: "cheek up",
  AU7: "lid tight",
  AU9: "nose wrinkled",
  AU43: "lids closed",
  blink: "blink",
};

export class Units {
  private readonly affect = element("affect");
  private readonly rows;

  constructor(private readonly names: string[]) {
    element("units").hidden = names.length === 0;
    this.rows = names.map((name) => {
      const row = made("li");
      const track = made("span", "", "track");
      const bar = made("i");
      track.append(bar);
      track.setAttribute("aria-hidden", "true");
      const value = made("span", "–", "value");
      row.append(made("span", PLAIN[name] ?? name), track, value);
      if (name in PLAIN && PLAIN[name] !== name) row.title = name;
      element("unit-bars").append(row);
      return { bar, value };
    });
  }

  show(reading: Reading | null): void {
    this.rows.forEach(({ bar, value }, n) => {
      const intensity = reading?.units[n] ?? 0;
      bar.style.width = `${100 * intensity}%`;
      value.textContent = reading === null ? "–" : `${Math.round(100 * intensity)} %`;
    });
    if (reading === null) {
      this.affect.textContent = "valence –, arousal –";
      return;
    }
    const { valence, arousal } = affectOf(reading.probabilities, reading.units, this.names);
    this.affect.textContent = `valence ${signed(valence)}, arousal ${signed(arousal)}`;
  }
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
}
