/** The engine in this browser: a worker with ONNX Runtime in WebAssembly. */

import type { ModelDescription } from "../runtime/contract";
import { EngineError, type Engine, type Picture, type Result, type Settings } from "./engine";
import { released } from "../release";
import type { FromWorker, ToWorker } from "./messages";

const PATIENCE_MS = 30_000;

/** The step model, the finder of eyes, and what tells which way is up. */
export interface Files {
  model: ArrayBuffer;
  finder: ArrayBuffer;
  upright: ArrayBuffer;
}

export class BrowserEngine implements Engine {
  readonly kind = "browser";
  private waiting: { resolve: (result: Result) => void; reject: (error: Error) => void } | null = null;

  private constructor(private readonly worker: Worker) {
    worker.onmessage = (event: MessageEvent<FromWorker>) => this.heard(event.data);
    worker.onerror = (event) => this.heard({ kind: "failed", reason: event.message || "its worker stopped" });
  }

  /** Rejects with the reason where this browser cannot do it. */
  static async open(files: Files, description: ModelDescription, settings: Settings): Promise<BrowserEngine> {
    if (typeof WebAssembly === "undefined") throw new EngineError("this browser has no WebAssembly");
    const worker = new Worker(new URL(released("worker.js"), document.baseURI), { type: "module" });
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new EngineError("the model did not start in time")), PATIENCE_MS);
      worker.onmessage = (event: MessageEvent<FromWorker>) => {
        clearTimeout(timer);
        if (event.data.kind === "failed") reject(new EngineError(event.data.reason));
        else resolve();
      };
      worker.onerror = (event) => {
        clearTimeout(timer);
        reject(new EngineError(event.message || "its worker cannot be started"));
      };
      worker.postMessage({ kind: "open", ...files, description, settings } satisfies ToWorker);
    }).catch((error: unknown) => {
      worker.terminate();
      throw error;
    });
    return new BrowserEngine(worker);
  }

  configure(settings: Settings): void {
    this.say({ kind: "configure", settings });
  }

  read(picture: Picture, timeUs: number): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      const parts = "rgba" in picture ? [picture.rgba.buffer] : [picture];
      this.worker.postMessage({ kind: "read", picture, timeUs } satisfies ToWorker, parts as Transferable[]);
    });
  }

  calibrate(seconds: number): void {
    this.say({ kind: "calibrate", seconds });
  }

  forgetNeutral(): void {
    this.say({ kind: "forget-neutral" });
  }

  begin(): void {
    this.say({ kind: "begin" });
  }

  rewind(): void {
    this.say({ kind: "rewind" });
  }

  close(): void {
    this.worker.terminate();
    this.waiting?.reject(new EngineError("closed"));
  }

  private say(message: ToWorker): void {
    this.worker.postMessage(message);
  }

  private heard(message: FromWorker): void {
    const { waiting } = this;
    if (message.kind === "ready" || waiting === null) return;
    this.waiting = null;
    if (message.kind === "result") waiting.resolve(message.result);
    else waiting.reject(new EngineError(message.reason));
  }
}
