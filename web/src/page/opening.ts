/** The model, and what runs it: this browser, or the server where the browser cannot. */

import { BrowserEngine, type Files } from "../engine/browser";
import type { Engine, Settings } from "../engine/engine";
import { ServerEngine } from "../engine/server";
import { EMOTIONS, type ModelDescription } from "../runtime/contract";
import { SourceError } from "../sources/source";
import { element } from "./dom";

interface Status {
  version: string;
  certain: number;
}

export class Opening {
  engine: Engine;
  onChange: () => void = () => undefined;
  private opened: Promise<void> | null = null;

  private constructor(
    readonly model: ModelDescription,
    readonly status: Status,
    private readonly files: Promise<Files>,
  ) {
    this.engine = new Nothing();
  }

  static async begin(): Promise<Opening> {
    const [model, status] = await Promise.all([told<ModelDescription>("api/model"), told<Status>("api/status")]);
    if (String(model.labels) !== String(EMOTIONS)) {
      throw new SourceError("the model tells other emotions than this page knows", "start `live` with another --model");
    }
    const files = Promise.all(["model", "finder", "upright"].map((name) => bytes(`api/${name}.onnx`)));
    return new Opening(model, status, files.then(([step, finder, upright]) => ({ model: step, finder, upright })));
  }

  /** Resolves when an engine is there. */
  ready(settings: Settings): Promise<void> {
    this.opened ??= this.open(settings);
    return this.opened;
  }

  private async open(settings: Settings): Promise<void> {
    const where = element("engine");
    try {
      if (new URLSearchParams(location.search).get("engine") === "server") throw new Error("the address asks for it");
      this.engine = await BrowserEngine.open(await this.files, this.model, settings);
      where.textContent = "The network runs in this browser (WebAssembly). Nothing is sent anywhere.";
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.engine = new ServerEngine(this.model.size, settings);
      const here = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
      const place = here ? "the eyeprentice program on this computer" : `the eyeprentice program on ${location.hostname}`;
      where.textContent = `The network runs in ${place}, because this browser did not run it (${reason}).`;
      if (!here) element("privacy").textContent = `The picture of the eye is sent to ${location.hostname}.`;
    }
    this.onChange();
  }
}

async function told<T>(path: string): Promise<T> {
  const answer = await fetch(path);
  if (!answer.ok) throw new SourceError("the server does not tell its model", "start `eyeprentice live` again");
  return (await answer.json()) as T;
}

async function bytes(path: string): Promise<ArrayBuffer> {
  return (await fetch(path)).arrayBuffer();
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
