/** The page: it opens the model, reads the source that the user chooses, and shows what comes of it. */

import { Camera } from "../sources/camera";
import { isPicture, Pictures } from "../sources/pictures";
import type { Frame, Source } from "../sources/source";
import { VideoFile } from "../sources/video_file";
import type { Result } from "../engine/engine";
import { EMOTIONS, type Reading } from "../runtime/contract";
import { Answer } from "./answer";
import { onScheme } from "./colours";
import { element, made, download } from "./dom";
import { History } from "./history";
import { Inside } from "./inside";
import { Neutral } from "./neutral";
import { Opening } from "./opening";
import { Recording } from "./recording";
import { Running } from "./running";
import { asCsv, asJson } from "./saving";
import { Choices } from "./settings";
import { Stage } from "./stage";
import { Timeline, type Shown } from "./timeline";
import { settled, tell } from "./trouble";
import { Units } from "./units";
import { Span } from "./window";

/** Figures and timelines, and bars: what changes faster cannot be read, and costs frames. */
const REDRAWN_MS = 200;
const ANSWERED_MS = 66;

async function main(): Promise<void> {
  const opening = await Opening.begin();
  const { model, status } = opening;
  const stage = new Stage();
  const choices = new Choices(stage, status.certain);
  const answer = new Answer();
  const units = new Units(model.units);
  const inside = new Inside(model);
  const timeline = new Timeline(element("timeline"));
  const span = new Span();
  const neutral = new Neutral(() => opening.engine);
  const recording = new Recording((side) => ((choices.keep = side), configure()));
  let history = new History(inside.layers, model.units);
  let running: Running | null = null;
  let last: Reading | null = null;
  let name = "";

  function configure(): void {
    opening.engine.configure(choices.settings);
  }

  function showFrame(frame: Frame): void {
    stage.draw(frame.drawn, frame.width, frame.height, choices.turn);
  }

  function showResult(frame: Frame, result: Result): void {
    stage.mark(result.eyes.map((eye) => eye.place));
    last = result.reading;
    inside.add(result);
    neutral.show(result.calibration, result.lost);
    choices.suggestTurn(result.seemsTurned);
    recording.add(result.eyes[0]?.kept ?? null);
    history.add(1e-6 * frame.timeUs, result.eyes[0]?.manner ?? null, result.reading, result.activity);
  }

  function showAnswer(): void {
    answer.show(last);
    units.show(last);
  }

  function redraw(): void {
    timeline.update(history, span);
    inside.refresh(history);
    element("follow").setAttribute("aria-pressed", String(span.following));
  }

  async function start(open: () => Promise<Source>, shown: Shown[]): Promise<void> {
    settled();
    await stop();
    try {
      const source = await open();
      name = source.name;
      history = new History(inside.layers, model.units);
      choices.of = source;
      choices.suggestTurn(0);
      timeline.shown = shown;
      element("shown-note").hidden = shown.length === 0;
      span.follow();
      answer.clear();
      units.show(null);
      inside.clear();
      await opening.ready(choices.settings);
      configure();
      opening.engine.reset();
      element("empty").hidden = true;
      buttons(true);
      running = new Running(source, () => opening.engine, showFrame, showResult);
      await running.done;
    } catch (error) {
      tell(error);
    }
    running = null;
    buttons(false);
    if (history.length > 0) showAnswer();
    redraw();
  }

  async function stop(): Promise<void> {
    await running?.stop();
  }

  function buttons(on: boolean): void {
    element<HTMLButtonElement>("stop").disabled = !on;
    neutral.enabled = on;
    recording.enabled = on;
    for (const id of ["save-csv", "save-json"]) element<HTMLButtonElement>(id).disabled = !on && history.length === 0;
    const badge = element("badge");
    badge.hidden = !name;
    badge.textContent = on ? name : `${name} – ended`;
  }

  async function openClip(): Promise<void> {
    const told = (await (await fetch("clip.json")).json()) as { shown: Shown[] };
    choices.suggest("full");
    await start(async () => VideoFile.open(await (await fetch("clip.webm")).blob(), "simulated clip"), told.shown);
  }

  async function openFiles(files: File[]): Promise<void> {
    if (files.length === 0) return;
    choices.suggest("auto");
    const pictures = files.every(isPicture);
    await start(async () => (pictures ? new Pictures(files) : VideoFile.open(files[0], files[0].name)), []);
  }

  const on = (id: string, act: () => void): void => element(id).addEventListener("click", act);
  on("camera", () => {
    choices.suggest("auto");
    void start(() => Camera.open(), []);
  });
  on("clip", () => void openClip());
  on("stop", () => void stop());
  on("choose", () => element("file").click());
  element<HTMLInputElement>("file").addEventListener("change", (event) => {
    const input = event.target as HTMLInputElement;
    void openFiles(Array.from(input.files ?? []));
    input.value = "";
  });
  on("earlier", () => (span.move(-0.5), redraw()));
  on("later", () => (span.move(0.5), redraw()));
  on("closer", () => (span.zoom(0.5), redraw()));
  on("wider", () => (span.zoom(2), redraw()));
  on("follow", () => (span.follow(), redraw()));
  timeline.onSelect = (from, to) => (span.select(from, to), redraw());
  element("timeline").addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) span.move((event.deltaX || event.deltaY) / 600);
      else span.zoom(Math.exp(event.deltaY / 400));
      redraw();
    },
    { passive: false },
  );
  const about = (): Record<string, unknown> => ({ source: name, model: model.name, version: status.version });
  on("save-csv", () => download(asCsv(history, status.certain), "text/csv", "readings.csv"));
  on("save-json", () => download(asJson(history, status.certain, about()), "application/json", "readings.json"));
  choices.onChange = configure;
  opening.onChange = configure;
  onScheme(() => {
    timeline.recolour();
    inside.recolour();
    redraw();
  });
  for (const emotion of EMOTIONS) {
    const dot = made("span", "", "dot");
    dot.style.background = `var(--${emotion})`;
    const item = made("li");
    item.append(dot, emotion);
    element("key").append(item);
  }
  setInterval(() => running !== null && redraw(), REDRAWN_MS);
  setInterval(() => running !== null && history.length > 0 && showAnswer(), ANSWERED_MS);
  document.documentElement.dataset["state"] = "ready";
  if (!matchMedia("(prefers-reduced-motion: reduce)").matches) await openClip();
}

main().catch(tell);
