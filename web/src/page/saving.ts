/** Probabilities of every frame as a table or as JSON; the columns are those of `predict --csv`. */

import { EMOTIONS } from "../runtime/contract";
import type { Manner } from "../eye/tracking";
import { MANNERS, type History } from "./history";

interface Row {
  frame: number;
  timeS: number;
  manner: Manner | null;
  probabilities: number[] | null;
  best: number;
  energyUj: number | null;
  spikes: number[] | null;
}

function* rows(history: History): Generator<Row> {
  const width = EMOTIONS.length;
  for (let at = 0; at < history.length; at++) {
    const values = Array.from(history.probabilities.subarray(at * width, (at + 1) * width));
    const seen = !Number.isNaN(values[0]);
    const energy = history.energyUj[at];
    yield {
      frame: history.dropped + at,
      timeS: history.timesS[at],
      manner: MANNERS[history.manners[at]],
      probabilities: seen ? values : null,
      best: seen ? values.indexOf(Math.max(...values)) : -1,
      energyUj: Number.isNaN(energy) ? null : energy,
      spikes: Number.isNaN(energy) ? null : Array.from(history.spikes.subarray(at * history.layers, (at + 1) * history.layers)),
    };
  }
}

export function asCsv(history: History, certain: number): string {
  const lines = [["frame", "time_s", "eye", "emotion", "probability", "certain", ...EMOTIONS].join(",")];
  for (const { frame, timeS, manner, probabilities, best } of rows(history)) {
    const head = [frame, timeS.toFixed(4), manner ?? "none"];
    if (probabilities === null) {
      lines.push(head.join(","));
      continue;
    }
    const values = probabilities.map((value) => value.toFixed(4));
    lines.push([...head, EMOTIONS[best], values[best], String(probabilities[best] >= certain), ...values].join(","));
  }
  return lines.join("\r\n") + "\r\n";
}

export function asJson(history: History, certain: number, about: Record<string, unknown>): string {
  const frames = Array.from(rows(history), ({ frame, timeS, manner, probabilities, best, energyUj, spikes }) => {
    const head = { frame, time_s: rounded(timeS), eye: probabilities !== null };
    if (probabilities === null) return head;
    const named = Object.fromEntries(EMOTIONS.map((emotion, n) => [emotion, rounded(probabilities[n])]));
    const answer = { emotion: EMOTIONS[best], probability: rounded(probabilities[best]), certain: probabilities[best] >= certain };
    const activity = energyUj === null ? {} : { spikes, energy_uj: rounded(energyUj) };
    return { ...head, eye_manner: manner, ...answer, probabilities: named, ...activity };
  });
  return `${JSON.stringify({ ...about, frames }, null, 1)}\n`;
}

function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
