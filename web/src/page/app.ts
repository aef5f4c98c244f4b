/** The page: it opens the model, plays the source that the user chooses, and shows what comes of it. Each part is a module
 * of its own; here they are put together. */

import { FRAME_RATE_HZ } from "../runtime/contract";
import { Certain } from "./certain";
import { isSamePlace } from "../engine/engine";
import { Choosing } from "./choosing";
import { Guide, progress } from "./guide";
import { keepReadings } from "./keeping";
import { Mirror } from "./mirror";
import { Neutral } from "./neutral";
import { Opening } from "./opening";
import { marksOf } from "./overlay";
import { Program } from "./program";
import { Readings } from "./readings";
import { Recording } from "./recording";
import { Session } from "./session";
import { Choices } from "./settings";
import { Stage } from "./stage";
import { State } from "./state";
import { Transport } from "./transport";
import { tell } from "./trouble";

async function main(): Promise<void> {
  const opening = await Opening.begin();
  const { model, status } = opening;
  const stage = new Stage();
  const mirror = new Mirror(stage);
  const certain = new Certain(status.certain);
  const choices = new Choices(stage, certain);
  const neutral = new Neutral(() => opening.engine);
  const recording = new Recording((side) => ((choices.keep = side), configure()));

  const configure = (): void => opening.engine.configure(choices.settings);
  const session = new Session(() => opening.engine, {
    async begun(source) {
      choices.begin(source);
      mirror.begin(source);
      neutral.begin();
      readings.begin(source, choosing.shown);
      stage.mark([]);
      guide.begin();
      choosing.begun(source);
      await opening.ready(choices.settings);
      configure();
      opening.engine.begin();
    },
    shown(frame) {
      stage.draw(frame.drawn, frame.width, frame.height, choices.turn);
      state.seen();
      if (session.phase !== "running") stage.mark([]); // it is seen, but not read
      readings.shown();
      transport.show();
    },
    moved(timeS) {
      recording.end();
      readings.moved(timeS);
    },
    read(frame, result) {
      stage.mark(marksOf(result.eyes, choices.settings, opening.engine.kind));
      guide.read(result);
      if (session.phase !== "running") guide.halt();
      neutral.show(result.calibration, result.lost);
      choices.suggestTurn(result.seemsTurned);
      recording.add(result.eyes[0]?.kept ?? null);
      readings.add(frame, result);
      keeping.enabled = true;
    },
    stopped() {
      neutral.begin();
      opening.engine.begin();
    },
    changed() {
      const { phase } = session;
      neutral.enabled = phase === "running";
      recording.enabled = phase === "running";
      readings.running = phase === "running";
      keeping.enabled = phase === "running" || readings.history.length > 0;
      state.show();
      transport.show();
      if (phase === "running") guide.show();
      else guide.halt();
    },
  });
  const readings = new Readings(model, session, certain);
  const choosing = new Choosing(session, (where, isSure) => choices.suggest(where, isSure));
  const state = new State(session);
  const transport = new Transport(session);
  const guide = new Guide(() => ({
    source: progress(session.phase),
    again: session.durationS !== null,
    automatic: choices.settings.automatic,
  }));
  const keeping = keepReadings(status.version, model, () => ({
    history: readings.history,
    source: session.source?.name ?? "",
    rateHz: session.source?.rateHz ?? FRAME_RATE_HZ,
    certain: certain.value,
    chart: readings.timeline.canvas,
  }));

  let place = choices.settings;
  choices.onChange = () => {
    if (!isSamePlace(place, choices.settings)) recording.end(); // a sequence is of one eye, cut out in one way
    place = choices.settings;
    configure();
    guide.show();
    if (session.phase !== "running") readings.refresh();
  };
  opening.onChange = configure;
  const program = new Program(() => opening.engine);
  void opening.ready(choices.settings).then(() => program.keep(), tell);
  document.documentElement.dataset["state"] = "ready";
  if (!matchMedia("(prefers-reduced-motion: reduce)").matches) await choosing.playClip();
}

main().catch(tell);
