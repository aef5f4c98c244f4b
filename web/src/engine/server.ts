/** The engine on the server, for browsers that cannot run it: frames go over a WebSocket, to this computer. */

import { greyOf } from "../eye/grey";
import { boxed, cut, whole, type Place } from "../eye/place";
import { SourceError } from "../sources/source";
import type { Degrees } from "../sources/turning";
import { EMOTIONS, type Calibration, type Grey, type Reading } from "../runtime/contract";
import { Away, EngineError, isSamePlace, type Engine, type Eye, type Picture, type Result, type Settings } from "./engine";

interface Said {
  type: "ready" | "reading" | "wait" | "error";
  what?: string;
  todo?: string;
  retry_s?: number;
  eye?: boolean;
  eye_manner?: Eye["manner"];
  eye_box?: [number, number, number, number];
  emotion?: (typeof EMOTIONS)[number];
  probability?: number;
  certain?: boolean;
  probabilities?: Record<string, number>;
  units?: Record<string, number>;
  spikes?: number[];
  energy_uj?: number;
  step_ms?: number;
  calibration?: Calibration["state"];
  reference_lost?: boolean;
  seems_turned?: Degrees;
}

const PATIENCE_MS = 20_000;
/** Frame rates that the server takes. */
const RATES_HZ = [1, 1000] as const;
const TIME_BYTES = 8;

const LOST_RETRY_S = 2;
const LOST = "the program that runs the network does not answer any more";
const START = "start `eyeprentice live` again; as soon as it is there, reading goes on";

export class ServerEngine implements Engine {
  readonly kind = "server";
  private socket: WebSocket | null = null;
  private key = "";
  /** Whether the server has answered the first message. */
  private greeted = false;
  private answer: { resolve: (said: Said) => void; reject: (error: Error) => void } | null = null;
  private collectingSince = 0;
  private lastUs = -Infinity;
  private state: Calibration["state"] = "none";
  private neutralS = 0;
  /** What is to be said as soon as there is a connection. */
  private orders: object[] = [];

  constructor(
    private readonly size: number,
    private settings: Settings,
  ) {}

  configure(settings: Settings): void {
    if (!isSamePlace(this.settings, settings)) this.key = ""; // the next frame connects anew
    this.settings = settings;
  }

  async read(picture: Picture, timeUs: number): Promise<Result> {
    const began = performance.now();
    const frame = await greyOf(picture, this.settings.turn);
    if (timeUs < this.lastUs) this.rewind();
    this.lastUs = timeUs;
    const { side, where, keep } = this.settings;
    const place = where === "box" ? boxed(this.settings.box, frame) : whole(frame);
    // what is cut out here need not be sent: only a face is, in which the server finds the eye
    const sent = where === "auto" ? frame : { data: cut(frame, place, this.size), width: this.size, height: this.size };
    const start = {
      type: "start",
      frames: "grey",
      width: sent.width,
      height: sent.height,
      times: "sent",
      rate_hz: Math.min(Math.max(this.settings.rateHz, RATES_HZ[0]), RATES_HZ[1]),
      eye: where === "auto" ? (side === "right" ? "auto" : side) : "full",
      mirror: where !== "auto" && side === "left",
      neutral: this.settings.automatic ? "auto" : "none",
    };
    await this.connect(JSON.stringify(start));
    const said = await this.ask(() => this.socket?.send(withTime(timeUs, sent.data)));
    const readMs = performance.now() - began;
    const seen = said.eye === true ? [eyeOf(said, where === "auto" ? null : place, frame, keep)] : [];
    return {
      width: frame.width,
      height: frame.height,
      eyes: seen,
      reading: readingOf(said),
      activity: said.spikes === undefined ? null : { spikes: said.spikes, energy_uj: said.energy_uj ?? 0 },
      calibration: this.calibrationOf(said, 1e-6 * timeUs),
      lost: said.reference_lost ?? false,
      seemsTurned: said.seems_turned ?? 0,
      findMs: readMs - (said.step_ms ?? 0),
      stepMs: said.step_ms ?? 0,
    };
  }

  calibrate(seconds: number): void {
    this.state = "collecting";
    this.neutralS = seconds;
    this.collectingSince = NaN;
    this.order({ type: "neutral", seconds });
  }

  forgetNeutral(): void {
    this.order({ type: "forget_neutral" });
  }

  /** The place on the server is given back until the next frame connects anew. */
  begin(): void {
    this.lastUs = -Infinity;
    this.state = "none";
    this.fail(new EngineError("another source began"));
  }

  /** What the user calibrated stays; otherwise the next frame connects anew, and all is learnt again. */
  rewind(): void {
    this.lastUs = -Infinity;
    if (this.state === "collecting") this.order({ type: "forget_neutral" });
    if (this.state === "done" || this.state === "collecting") this.order({ type: "reset" });
    else this.key = "";
  }

  close(): void {
    if (this.socket !== null) this.socket.onmessage = this.socket.onclose = this.socket.onerror = null;
    this.socket?.close();
    this.socket = null;
    this.key = "";
    this.orders = [];
  }

  private order(order: object): void {
    if (this.ready) this.socket?.send(JSON.stringify(order));
    else this.orders.push(order);
  }

  private get ready(): boolean {
    return this.socket?.readyState === WebSocket.OPEN && this.greeted;
  }

  /** A connection that was begun with this message. */
  private async connect(start: string): Promise<void> {
    if (this.ready && this.key === start) return;
    const { orders } = this;
    this.close();
    this.greeted = false;
    const address = new URL("api/stream", document.baseURI);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address);
    socket.onmessage = (event: MessageEvent<string>) => this.heard(JSON.parse(event.data) as Said);
    socket.onclose = socket.onerror = () => this.fail(new Away(LOST, START, LOST_RETRY_S));
    this.socket = socket;
    this.key = start;
    const ready = await this.ask(() => (socket.onopen = () => socket.send(start)));
    if (ready.type !== "ready") throw new EngineError("the server answered something else");
    this.greeted = true;
    for (const order of orders) this.order(order);
  }

  private ask(send: () => void): Promise<Said> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.fail(new Away(LOST, START, LOST_RETRY_S)), PATIENCE_MS);
      this.answer = {
        resolve: (said) => (clearTimeout(timer), resolve(said)),
        reject: (error) => (clearTimeout(timer), reject(error)),
      };
      send();
    });
  }

  private heard(said: Said): void {
    const { what = "", todo = "" } = said;
    if (said.type === "wait") this.fail(new Away(what, todo, said.retry_s ?? 5));
    else if (said.type === "error") this.fail(new SourceError(what, todo));
    else this.settle()?.resolve(said);
  }

  private fail(error: Error): void {
    this.close();
    this.settle()?.reject(error);
  }

  private settle(): typeof this.answer {
    const { answer } = this;
    this.answer = null;
    return answer;
  }

  private calibrationOf(said: Said, timeS: number): Calibration {
    this.state = said.calibration ?? "none";
    if (this.state !== "collecting") return { state: this.state };
    if (Number.isNaN(this.collectingSince)) this.collectingSince = timeS;
    return { state: "collecting", share: Math.min(1, (timeS - this.collectingSince) / this.neutralS) };
  }
}

/** A frame as the server is sent it: its time in µs, then its pixels. */
function withTime(timeUs: number, pixels: Uint8Array): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(TIME_BYTES + pixels.length);
  new DataView(message.buffer).setBigInt64(0, BigInt(timeUs), true);
  message.set(pixels, TIME_BYTES);
  return message;
}

function eyeOf(said: Said, known: Place | null, frame: Grey, keep: number): Eye {
  const [left, top, width, height] = said.eye_box ?? [0, 0, frame.width, frame.height];
  const place = known ?? { x: left + width / 2, y: top + height / 2, width, height, mirrored: false };
  const kept = keep > 0 && known !== null ? cut(frame, known, keep) : null;
  return { place, manner: said.eye_manner ?? "full", image: null, contrast: null, change: null, kept };
}

function readingOf(said: Said): Reading | null {
  if (said.eye !== true || said.probabilities === undefined || said.emotion === undefined) return null;
  const { probabilities, emotion, probability = 0, certain = false, units = {} } = said;
  // JSON keeps the order of the model's units
  return { emotion, probability, certain, probabilities: EMOTIONS.map((name) => probabilities[name]), units: Object.values(units) };
}
