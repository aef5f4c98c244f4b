/** A camera of this computer. */

import { FRAME_RATE_HZ } from "../runtime/contract";
import { playingFrames } from "./playing";
import { aborted, either, SourceError, type Frame, type Source } from "./source";
import { UNTURNED } from "./turning";

const WANTED = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 }, facingMode: "user" };
const OR_ELSE = "or choose a video, or the simulated clip";

export class Camera implements Source {
  readonly live = true;
  readonly turn = UNTURNED;
  readonly durationS = null;
  readonly name: string;
  readonly rateHz: number;
  readonly camera: { id: string; facesUser: boolean };
  private readonly lost = new AbortController();
  readonly gone = this.lost.signal;

  private constructor(private readonly stream: MediaStream) {
    const track = stream.getVideoTracks()[0];
    const { frameRate, deviceId, facingMode } = track.getSettings();
    this.name = track.label || "camera";
    this.rateHz = frameRate || FRAME_RATE_HZ;
    this.camera = { id: deviceId ?? "", facesUser: facingMode !== "environment" };
    track.addEventListener("ended", () => this.lost.abort());
  }

  /** Asks the user for a camera, or for the one with this id; rejects with a `SourceError` that says what to do. */
  static async open(device?: string): Promise<Camera> {
    if (!window.isSecureContext || navigator.mediaDevices?.getUserMedia === undefined) {
      const what = "this browser gives cameras only to pages of this computer or of HTTPS";
      throw new SourceError(what, `open the page on the computer that runs it, ${OR_ELSE}`);
    }
    try {
      const video = device ? { ...WANTED, deviceId: { exact: device } } : WANTED;
      const stream = await navigator.mediaDevices.getUserMedia({ video, audio: false });
      return new Camera(stream);
    } catch (error) {
      throw refusal(error);
    }
  }

  async *frames(signal: AbortSignal): AsyncGenerator<Frame> {
    const video = document.createElement("video");
    video.muted = true;
    video.playsInline = true;
    video.srcObject = this.stream;
    try {
      const over = either(signal, this.gone);
      await Promise.race([video.play(), aborted(over)]); // a camera that gives nothing never begins to play
      yield* playingFrames(video, over);
    } finally {
      video.srcObject = null;
    }
    if (!signal.aborted) throw new SourceError("the camera gives no more pictures", `connect it again, ${OR_ELSE}`);
  }

  close(): void {
    for (const track of this.stream.getTracks()) track.stop();
  }
}

function refusal(error: unknown): SourceError {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") {
    const todo = `allow it (the camera sign beside the address), and press Camera again, ${OR_ELSE}`;
    return new SourceError("the use of the camera was refused", todo);
  }
  if (name === "NotFoundError" || name === "OverconstrainedError") {
    return new SourceError("no camera was found", `connect one, and press Camera again, ${OR_ELSE}`);
  }
  if (name === "NotReadableError" || name === "AbortError") {
    return new SourceError("the camera cannot be read", `close other programs that use it, ${OR_ELSE}`);
  }
  return new SourceError(`the camera cannot be opened (${String(error)})`, `try again, ${OR_ELSE}`);
}
