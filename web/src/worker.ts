/** The worker: it alone runs the networks, so that the page never waits for them. */

import type { FromWorker, ToWorker } from "./engine/messages";
import { Reader } from "./engine/reader";
import { EyeFinder } from "./eye/finder";
import { openUpright } from "./eye/upright";
import { StepModel } from "./runtime/step_model";

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
    await finder.search({ data: new Uint8Array(64 * 64), width: 64, height: 64 });
    reader = new Reader(model, finder, await openUpright(message.upright), message.settings);
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

function say(message: FromWorker): void {
  self.postMessage(message);
}
