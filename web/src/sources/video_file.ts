/** A video of this computer, or the built-in clip: every frame is read, at the pace of the video. */

import { ALL_FORMATS, BlobSource, EncodedPacketSink, Input, VideoSampleSink, type InputVideoTrack, type VideoSample } from "mediabunny";
import { FRAME_RATE_HZ } from "../runtime/contract";
import { risingTimes, usualRate } from "./pace";
import { playingFrames } from "./playing";
import { aborted, Schedule, SourceError, type Frame, type Source } from "./source";
import { isQuarterTurn, UNTURNED } from "./turning";

const CONVERT_ALONE = "convert it, for example `ffmpeg -i FILE video.mp4`";
const CONVERT = `${CONVERT_ALONE}, or read it with \`eyeprentice predict FILE\``;
/** Frames whose times tell the rate (`LOOKED_AT` in sources/videos.py), and how late one may lie in a file, at most. */
const LOOKED_AT = 25;
const REORDERED = 16;

/** Opens a file; rejects with a `SourceError` if this browser cannot decode it. */
export async function openVideo(file: Blob, name: string): Promise<Source> {
  if (file.size === 0) throw new SourceError(`the file ${name} is empty`, "choose another file");
  const decoded = typeof VideoDecoder === "undefined" ? null : await opened(file);
  if (decoded !== null) return { name, live: false, ...decoded };
  const video = await played(file);
  if (video === null) throw new SourceError(`this browser cannot decode ${name}`, CONVERT);
  return new PlayedVideo(name, video);
}

/** A video that this browser plays, but does not decode frame by frame: the newest frame is read. */
class PlayedVideo implements Source {
  readonly rateHz = FRAME_RATE_HZ;
  readonly turn = UNTURNED;
  readonly live = true;

  constructor(
    readonly name: string,
    private readonly video: HTMLVideoElement,
  ) {}

  get durationS(): number | null {
    return Number.isFinite(this.video.duration) ? this.video.duration : null;
  }

  async *frames(signal: AbortSignal, fromS = 0): AsyncGenerator<Frame> {
    this.video.currentTime = fromS;
    await Promise.race([this.video.play(), aborted(signal)]);
    try {
      yield* playingFrames(this.video, signal, 0);
    } finally {
      this.video.pause();
    }
  }

  hold(on: boolean): void {
    if (on) this.video.pause();
    else void this.video.play();
  }

  close(): void {
    this.video.pause();
    URL.revokeObjectURL(this.video.src);
  }
}

type Decoded = Pick<Source, "rateHz" | "turn" | "durationS" | "frames" | "close">;

/** Decoded frame by frame; null if it is no video that can be. */
async function opened(file: Blob): Promise<Decoded | null> {
  try {
    const input = new Input({ source: new BlobSource(file), formats: ALL_FORMATS });
    const track = await input.getPrimaryVideoTrack();
    if (track === null || !(await track.canDecode())) return null;
    const times = await firstTimes(track);
    const measured = usualRate(times);
    const rateHz = measured ?? FRAME_RATE_HZ;
    if (!isQuarterTurn(await track.getTransformationMatrix())) {
      throw new SourceError("the video is to be shown turned by what is no quarter turn", CONVERT_ALONE);
    }
    const turn = { degrees: await track.getRotation(), mirrored: await track.getFlip() };
    const sink = new VideoSampleSink(track);
    const timed = measured !== null;
    const endS = await track.computeDuration().catch(() => null); // a file that was cut off may not tell
    const durationS = endS === null ? null : endS - 1e-6 * (times[0] ?? 0);
    const frames = (signal: AbortSignal, fromS = 0): AsyncGenerator<Frame> => {
      // frames without times of their own are counted from the first one, whichever is asked for
      const from = fromS > 0 && timed ? fromS + 1e-6 * times[0] : undefined;
      return paced(sink.samples(from), risingTimes(rateHz, timed, timed ? times[0] : NaN), timed ? -1 : fromS - 1 / rateHz, signal);
    };
    return { rateHz, turn, durationS, frames, close: () => undefined };
  } catch (error) {
    if (error instanceof SourceError) throw error;
    return null;
  }
}

/** Times of the first frames, in the order in which they are shown, in µs. */
async function firstTimes(track: InputVideoTrack): Promise<number[]> {
  const times: number[] = [];
  for await (const packet of new EncodedPacketSink(track).packets(undefined, undefined, { metadataOnly: true })) {
    times.push(1e6 * packet.timestamp);
    if (times.length === LOOKED_AT + REORDERED) break;
  }
  return times.sort((a, b) => a - b).slice(0, LOOKED_AT);
}

/** Frames up to `skipS` are not given. */
async function* paced(
  samples: AsyncGenerator<VideoSample, void>,
  timeOf: (timeUs: number) => number,
  skipS: number,
  signal: AbortSignal,
): AsyncGenerator<Frame> {
  const schedule = new Schedule();
  for await (const sample of samples) {
    if (signal.aborted) {
      sample.close();
      return;
    }
    const timeUs = timeOf(1e6 * sample.timestamp);
    if (1e-6 * timeUs <= skipS) {
      sample.close();
      continue;
    }
    const frame = sample.toVideoFrame();
    sample.close();
    await schedule.due(timeUs, signal);
    const { width, height } = frame.visibleRect ?? { width: frame.displayWidth, height: frame.displayHeight };
    try {
      yield { drawn: frame, width, height, timeUs, take: () => frame.clone() };
    } finally {
      frame.close();
    }
  }
}

/** A <video> that can play it; null if it cannot. */
function played(file: Blob): Promise<HTMLVideoElement | null> {
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  video.src = URL.createObjectURL(file);
  return new Promise((resolve) => {
    video.onloadeddata = () => resolve(video.videoWidth > 0 ? video : null);
    video.onerror = () => resolve(null);
  });
}
