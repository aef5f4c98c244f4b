/** The values at a time: of the pointer, of the frame that is shown, or the newest ones. */

import { EMOTIONS } from "../runtime/contract";
import { element, made } from "./dom";
import type { History } from "./history";

export class Readout {
  private readonly at = element("at");
  private readonly values = EMOTIONS.map((emotion) => {
    const dot = made("span", "", "dot");
    dot.style.background = `var(--${emotion})`;
    const item = made("li");
    const value = made("span", "", "value");
    item.append(dot, emotion, value);
    element("key").append(item);
    return value;
  });

  /** Shows what was read at or next to a time, and tells it in words. */
  show(history: History, timeS: number): string {
    const place = history.nearest(timeS);
    const read = Array.from(place < 0 ? [] : history.probabilitiesAt(place));
    const seen = read.length > 0 && !Number.isNaN(read[0]);
    this.values.forEach((value, n) => (value.textContent = seen ? percent(read[n]) : "–"));
    const best = read.indexOf(Math.max(...read));
    const told = seen ? `${EMOTIONS[best]} ${percent(read[best])}` : "no eye";
    const text = place < 0 ? "nothing was read yet" : `${history.timesS[place].toFixed(2)} s: ${told}`;
    this.at.textContent = text;
    return text;
  }
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
