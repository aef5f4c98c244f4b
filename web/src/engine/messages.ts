/** What the page and its worker say to each other. */

import type { ModelDescription } from "../runtime/contract";
import type { Picture, Result, Settings } from "./engine";

export type ToWorker =
  | { kind: "open"; model: ArrayBuffer; finder: ArrayBuffer; upright: ArrayBuffer; description: ModelDescription; settings: Settings }
  | { kind: "configure"; settings: Settings }
  | { kind: "read"; picture: Picture; timeUs: number }
  | { kind: "calibrate"; seconds: number }
  | { kind: "forget-neutral" }
  | { kind: "begin" }
  | { kind: "rewind" };

export type FromWorker = { kind: "ready" } | { kind: "result"; result: Result } | { kind: "failed"; reason: string };
