/** From a picture to what is believed: the eye is found and cut out, the network is asked. Runs in the worker. */

import type { Finder } from "../eye/finder";
import { SharedFinder } from "../eye/finder";
import { greyOf } from "../eye/grey";
import { Levelling } from "../eye/levelling";
import { boxed, cut, whole, type Place } from "../eye/place";
import { Tracker, type Sight } from "../eye/tracking";
import type { Upright } from "../eye/upright";
import { Activities } from "../runtime/activity";
import { combined } from "../runtime/belief";
import { localContrast } from "../runtime/contrast";
import type { Activity, Calibration, Grey } from "../runtime/contract";
import { meanUnits } from "../runtime/phases";
import { reading, Recognizer } from "../runtime/recognizer";
import type { StepModel } from "../runtime/step_model";
import { Pace } from "../sources/pace";
import { isSamePlace, type Eye, type Picture, type Result, type Settings } from "./engine";

/** One eye: what follows it (nothing, where its place is fixed) and what reads it. */
interface Follower {
  tracker: Tracker | null;
  recognizer: Recognizer;
  seen: boolean;
}

/** From one picture of contrast and change to the next, at least. */
const VIEWS_MS = 60;

export class Reader {
  private viewedAt = 0;
  private pace: Pace;
  private lastUs = -Infinity;
  private followers: Follower[];
  private levelling: Levelling;
  private readonly finder: SharedFinder;
  private readonly activities: Activities | null;

  constructor(
    private readonly model: StepModel,
    private readonly eyes: Finder,
    private readonly upright: Upright,
    private settings: Settings,
  ) {
    this.finder = new SharedFinder(eyes);
    this.pace = new Pace(settings.rateHz);
    this.levelling = new Levelling(upright, eyes);
    this.followers = this.made();
    const { operations } = model.description;
    this.activities = operations === null ? null : new Activities(operations);
  }

  /** Another place of the eye, or another frame rate, begins anew; a calibration stays with the eye that it is of. */
  async configure(settings: Settings): Promise<void> {
    const before = this.settings;
    this.settings = settings;
    const same = isSamePlace(before, settings);
    if (!same || before.rateHz !== settings.rateHz) {
      this.pace = new Pace(settings.rateHz);
      this.levelling = new Levelling(this.upright, this.eyes);
      const earlier = this.followers;
      this.followers = this.made();
      for (const [number, { recognizer }] of this.followers.entries()) {
        if (same) await recognizer.goOnFrom(earlier[number].recognizer);
      }
    }
    if (before.automatic === settings.automatic) return;
    for (const { recognizer } of this.followers) await recognizer.setAutomatic(settings.automatic);
  }

  /** Another source. */
  begin(): void {
    this.rewind();
    this.followers = this.made();
  }

  /** The same source from elsewhere, usually its beginning: what change is measured against stays. */
  rewind(): void {
    this.pace = new Pace(this.settings.rateHz);
    this.levelling = new Levelling(this.upright, this.eyes);
    this.lastUs = -Infinity;
    const neutral = this.followers.map(({ recognizer }) => recognizer);
    this.followers = this.made();
    this.followers.forEach((follower, number) => {
      follower.recognizer = neutral[number];
      follower.recognizer.stopCollecting();
      follower.recognizer.reset();
    });
  }

  calibrate(seconds: number): void {
    for (const { recognizer } of this.followers) recognizer.beginNeutral(seconds);
  }

  async forgetNeutral(): Promise<void> {
    for (const { recognizer } of this.followers) await recognizer.forgetNeutral();
  }

  /** A time before that of the last picture begins anew. */
  async read(picture: Picture, timeUs: number): Promise<Result> {
    const frame = await greyOf(picture, this.settings.turn);
    if (timeUs < this.lastUs) this.rewind();
    this.lastUs = timeUs;
    const timeS = 1e-6 * timeUs; // as Python computes it: halves of ticks are decided by the last bit
    const began = performance.now();
    const viewed = began - this.viewedAt >= VIEWS_MS;
    if (viewed) this.viewedAt = began;
    const sights = await this.sights(frame, this.pace.ticks(timeS));
    await this.levelling.look(frame, timeUs, this.fixed(frame));
    const findMs = performance.now() - began;
    const eyes: Eye[] = [];
    const beliefs: Float64Array[] = [];
    const units: number[][] = [];
    let activity: Activity | null = null;
    const lost = this.lost;
    for (const [number, follower] of this.followers.entries()) {
      const sight = sights[number];
      if (sight !== null) {
        const image = cut(frame, sight.place, this.model.description.size);
        await follower.recognizer.step(image, timeS);
        beliefs.push(follower.recognizer.belief);
        units.push(follower.recognizer.units);
        activity = added(activity, this.activities?.of(follower.recognizer.state) ?? null);
        const views = viewed ? this.views(image, follower.recognizer) : { contrast: null, change: null };
        eyes.push({ ...sight, image, ...views, kept: this.kept(frame, sight) });
      } else if (follower.seen) follower.recognizer.reset();
      follower.seen = sight !== null;
    }
    const belief = beliefs.length > 1 ? combined(beliefs) : beliefs[0];
    return {
      width: frame.width,
      height: frame.height,
      eyes,
      reading: belief === undefined ? null : reading(belief, this.settings.certain, meanUnits(units)),
      activity,
      calibration: this.calibration,
      lost: this.lost > lost,
      seemsTurned: this.levelling.seems,
      findMs,
      stepMs: performance.now() - began - findMs,
    };
  }

  private made(): Follower[] {
    const { where, side, rateHz, automatic } = this.settings;
    const sides = side === "both" ? (["right", "left"] as const) : ([side === "left" ? "left" : "auto"] as const);
    const follower = (tracker: Tracker | null): Follower => {
      return { tracker, recognizer: new Recognizer(this.model, rateHz, automatic), seen: false };
    };
    if (where !== "auto") return [follower(null)];
    return sides.map((each) => follower(new Tracker(this.finder, rateHz, each)));
  }

  private async sights(frame: Grey, ticks: number): Promise<(Sight | null)[]> {
    const { where, side } = this.settings;
    const fixed = this.fixed(frame);
    if (fixed !== null) {
      return [{ place: { ...fixed, mirrored: side === "left" }, manner: where === "box" ? "box" : "full", quality: 1 }];
    }
    this.finder.nextFrame();
    const sights: (Sight | null)[] = [];
    for (const { tracker } of this.followers) sights.push(tracker === null ? null : await tracker.step(frame, ticks));
    return sights;
  }

  /** Where the eye is, if the user said that; null if it has to be found. */
  private fixed(frame: Grey): Place | null {
    const { where, box } = this.settings;
    if (where === "auto") return null;
    return where === "box" ? boxed(box, frame) : whole(frame);
  }

  /** The least of both eyes. */
  private get calibration(): Calibration {
    const states = this.followers.map(({ recognizer }) => recognizer.calibration);
    for (const least of ["collecting", "none", "automatic"]) {
      const found = states.find(({ state }) => state === least);
      if (found) return found;
    }
    return states[0];
  }

  /** How often a reference was lost. */
  private get lost(): number {
    return this.followers.reduce((sum, { recognizer }) => sum + recognizer.lost, 0);
  }

  private kept(frame: Grey, { place }: Sight): Uint8Array | null {
    return this.settings.keep > 0 ? cut(frame, place, this.settings.keep) : null;
  }

  /** The first two channels that the first layer was given, as pictures around grey: `previous` is what the step kept
   * of the first one, moved onto the first frame if the model does that. */
  private views(image: Uint8Array, { state }: Recognizer): { contrast: Uint8Array | null; change: Uint8Array | null } {
    const { size, operations } = this.model.description;
    const box = operations?.contrast;
    if (!box) return { contrast: null, change: null };
    const contrast = state["previous"] ?? localContrast(image, size, box.window, box.floor);
    const first: Float32Array | undefined = state["first"];
    return { contrast: shown(contrast, null), change: first === undefined ? null : shown(contrast, first) };
  }
}

/** What both eyes took together; the spikes are those of the first one. */
function added(before: Activity | null, more: Activity | null): Activity | null {
  if (before === null || more === null) return before ?? more;
  return { spikes: before.spikes, energy_uj: before.energy_uj + more.energy_uj };
}

/** Values of about -3..3, or their differences to others, around 128. */
function shown(values: Float32Array, others: Float32Array | null): Uint8Array {
  const picture = new Uint8ClampedArray(values.length);
  for (let n = 0; n < values.length; n++) picture[n] = 128 + 42 * (values[n] - (others?.[n] ?? 0));
  return new Uint8Array(picture.buffer);
}
