/** The model, and what runs it: this browser, or the server where the browser cannot. All is loaded while the page is; what
 * cannot be loaded is asked for until it is there. */

import { BrowserEngine, type Files } from "../engine/browser";
import type { Engine, Settings } from "../engine/engine";
import { ServerEngine } from "../engine/server";
import { EMOTIONS, type ModelDescription } from "../runtime/contract";
import { SourceError } from "../sources/source";
import { element } from "./dom";
import { loaded, Missing } from "../release";
import { settled, tell } from "./trouble";

interface Status {
  version: string;
  certain: number;
}

const RETRY_MS = 2000;

export class Opening {
  engine: Engine;
  onChange: () => void = () => undefined;
  private opened: Promise<void> | null = null;

  private constructor(
    readonly model: ModelDescription,
    readonly status: Status,
    private files: Promise<Files>,
  ) {
    this.engine = new Nothing();
  }

  static async begin(): Promise<Opening> {
    for (const path of ["worker.js", "ort-wasm.wasm"]) present(path).catch(() => undefined); // while all else is loaded
    return patiently(async () => {
      const files = networks();
      const [model, status] = await Promise.all([told<ModelDescription>("api/model"), told<Status>("api/status")]);
      if (String(model.labels) !== String(EMOTIONS)) {
        throw new SourceError("the model tells other emotions than this page knows", "start `live` with another --model");
      }
      return new Opening(model, status, files);
    });
  }

  /** Resolves when an engine is there. */
  ready(settings: Settings): Promise<void> {
    this.opened ??= this.open(settings);
    return this.opened;
  }

  private async open(settings: Settings): Promise<void> {
    this.engine = await patiently(() => this.anEngine(settings));
    this.onChange();
  }

  private async anEngine(settings: Settings): Promise<Engine> {
    try {
      if (new URLSearchParams(location.search).get("engine") === "server") throw new Error("the address asks for it");
      const engine = await BrowserEngine.open(await this.files, this.model, settings);
      element("engine").textContent = "The network runs in this browser (WebAssembly). Nothing is sent anywhere.";
      return engine;
    } catch (error) {
      if (error instanceof SourceError) {
        this.files = networks();
        throw error;
      }
      for (const path of ["worker.js", "ort-wasm.wasm"]) await present(path); // or that is the reason, and passes
      return this.onServer(settings, error instanceof Error ? error.message : String(error));
    }
  }

  private onServer(settings: Settings, reason: string): Engine {
    const here = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
    const place = here ? "the eyeprentice program on this computer" : `the eyeprentice program on ${location.hostname}`;
    element("engine").textContent = `The network runs in ${place}, because this browser did not run it (${reason}).`;
    if (!here) element("privacy").textContent = `The picture of the eye is sent to ${location.hostname}.`;
    return new ServerEngine(this.model.size, settings);
  }
}

/** Tries until nothing is missing any more, and says what is. */
async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
  for (let missed = false; ; missed = true) {
    try {
      const result = await attempt();
      if (missed) settled();
      return result;
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      tell(error);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

function networks(): Promise<Files> {
  const [model, finder, upright] = ["model", "finder", "upright"].map((name) => loaded(`api/${name}.onnx`));
  const bytes = async (file: Promise<Response>): Promise<ArrayBuffer> => (await file).arrayBuffer();
  const all = Promise.all([bytes(model), bytes(finder), bytes(upright)]);
  const files = all.then(([step, eyes, up]) => ({ model: step, finder: eyes, upright: up }));
  files.catch(() => undefined); // whoever asks for them is told
  return files;
}

async function told<T>(path: string): Promise<T> {
  return (await loaded(path)).json() as Promise<T>;
}

async function present(path: string): Promise<void> {
  await (await loaded(path)).arrayBuffer();
}

/** Until an engine is there. */
class Nothing implements Engine {
  readonly kind = "browser";
  configure(): void {}
  read(): Promise<never> {
    return Promise.reject(new Error("the network is not there yet"));
  }
  calibrate(): void {}
  forgetNeutral(): void {}
  begin(): void {}
  rewind(): void {}
  close(): void {}
}
