/** The worker: it alone runs the networks, so that the page never waits for them. */

import type { FromWorker, ToWorker } from "./engine/messages";
import { Reader } from "./engine/reader";
import { EyeFinder, type Finder } from "./eye/finder";
import { greyOf } from "./eye/grey";
import { whole } from "./eye/place";
import { openUpright, type Upright } from "./eye/upright";
import { StepModel } from "./runtime/step_model";
import { UNTURNED } from "./sources/turning";

let reader: Reader | null = null;
let work: Promise<void> = Promise.resolve();

self.onmessage = (event: MessageEvent<ToWorker>): void => {
  work = work.then(() => handle(event.data)).catch((error: unknown) => {
    say({ kind: "failed", reason: error instanceof Error ? error.message : String(error) });
  });
};

async function handle(message: ToWorker): Promise<void> {
  if (message.kind === "open") {
    const model = await StepModel.open(message.model, message.description);
    await model.run(new Uint8Array(message.description.size ** 2), model.rest()); // what cannot run says so at once
    const finder = await EyeFinder.open(message.finder);
    const upright = await openUpright(message.upright);
    await warmed(finder, upright);
    reader = new Reader(model, finder, upright, message.settings);
    say({ kind: "ready" });
    return;
  }
  if (reader === null) throw new Error("the model is not open");
  if (message.kind === "configure") await reader.configure(message.settings);
  else if (message.kind === "calibrate") reader.calibrate(message.seconds);
  else if (message.kind === "forget-neutral") await reader.forgetNeutral();
  else if (message.kind === "begin") reader.begin();
  else if (message.kind === "rewind") reader.rewind();
  else say({ kind: "result", result: await reader.read(message.picture, message.timeUs) });
}

/** Whatever runs for the first time takes a second: that is over before frames come, which would be left out meanwhile. */
async function warmed(finder: Finder, upright: Upright): Promise<void> {
  const [width, height] = [640, 480];
  const blank = { data: new Uint8Array(width * height), width, height };
  await finder.search(blank);
  await finder.lookAround(blank, width / 2, height / 2, height / 4);
  await upright(blank, whole(blank));
  await greyOf({ rgba: new Uint8ClampedArray(4 * width * height), width, height }, UNTURNED);
}

function say(message: FromWorker): void {
  self.postMessage(message);
}
