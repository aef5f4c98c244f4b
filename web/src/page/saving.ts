/** What every frame was read as, in a table or as JSON; the columns are those of `predict --csv`. */

import { affectOf, type Affect } from "../runtime/affect";
import { EMOTIONS } from "../runtime/contract";
import { shares } from "../runtime/segments";
import type { Manner } from "../eye/tracking";
import { MANNERS, type History } from "./history";

interface Row {
  frame: number;
  timeS: number;
  manner: Manner | null;
  probabilities: number[] | null;
  best: number;
  units: number[];
  affect: Affect;
  energyUj: number | null;
  spikes: number[] | null;
}

function* rows(history: History): Generator<Row> {
  const width = EMOTIONS.length;
  for (let at = 0; at < history.length; at++) {
    const values = Array.from(history.probabilities.subarray(at * width, (at + 1) * width));
    const seen = !Number.isNaN(values[0]);
    const energy = history.energyUj[at];
    const count = history.unitNames.length;
    const units = Array.from(history.units.subarray(at * count, (at + 1) * count));
    yield {
      frame: history.dropped + at,
      timeS: history.timesS[at],
      manner: MANNERS[history.manners[at]],
      probabilities: seen ? values : null,
      units,
      affect: affectOf(values, units, history.unitNames),
      best: seen ? values.indexOf(Math.max(...values)) : -1,
      energyUj: Number.isNaN(energy) ? null : energy,
      spikes: Number.isNaN(energy) ? null : Array.from(history.spikes.subarray(at * history.layers, (at + 1) * history.layers)),
    };
  }
}

export function asCsv(history: History, certain: number): string {
  const lines = [["frame", "time_s", "eye", "emotion", "probability", "certain", ...EMOTIONS, "valence", "arousal", ...history.unitNames].join(",")];
  for (const { frame, timeS, manner, probabilities, best, units, affect } of rows(history)) {
    const head = [frame, timeS.toFixed(4), manner ?? "none"];
    if (probabilities === null) {
      lines.push(head.join(","));
      continue;
    }
    const values = [...probabilities, affect.valence, affect.arousal, ...units].map((value) => value.toFixed(4));
    lines.push([...head, EMOTIONS[best], values[best], String(probabilities[best] >= certain), ...values].join(","));
  }
  return lines.join("\r\n") + "\r\n";
}

/** `certain`: the probability from which on an emotion is named; `rateHz`: usual frames a second. */
export function asJson(history: History, certain: number, rateHz: number, about: Record<string, unknown>): string {
  const frames = Array.from(rows(history), ({ frame, timeS, manner, probabilities, best, units, affect, energyUj, spikes }) => {
    const head = { frame, time_s: rounded(timeS), eye: probabilities !== null };
    if (probabilities === null) return head;
    const named = Object.fromEntries(EMOTIONS.map((emotion, n) => [emotion, rounded(probabilities[n])]));
    const answer = { emotion: EMOTIONS[best], probability: rounded(probabilities[best]), certain: probabilities[best] >= certain };
    const all = Object.fromEntries(history.unitNames.map((name, n) => [name, rounded(units[n])]));
    const told = { valence: rounded(affect.valence), arousal: rounded(affect.arousal), units: all };
    const activity = energyUj === null ? {} : { spikes, energy_uj: rounded(energyUj) };
    return { ...head, eye_manner: manner, ...answer, probabilities: named, ...told, ...activity };
  });
  const found = history.segments(certain, rateHz);
  const segments = found.map(({ emotion, startS, endS, probability, likeliest }) => {
    return { emotion, start_s: rounded(startS, 3), end_s: rounded(endS, 3), probability: rounded(probability), likeliest };
  });
  const share = Object.fromEntries(Array.from(shares(found), ([answer, of]) => [answer, rounded(of)]));
  const anew = history.anewS.length > 0 ? { read_anew_from_s: history.anewS.map((timeS) => rounded(timeS)) } : {};
  return `${JSON.stringify({ ...about, ...anew, segments, shares: share, frames }, null, 1)}\n`;
}

function rounded(value: number, digits = 4): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
