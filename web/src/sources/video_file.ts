/** A video of this computer, or the built-in clip: every frame is read, at the pace of the video. */

import { ALL_FORMATS, BlobSource, EncodedPacketSink, Input, VideoSampleSink, type InputVideoTrack } from "mediabunny";
import { FRAME_RATE_HZ } from "../runtime/contract";
import { risingTimes, usualRate } from "./pace";
import { playingFrames } from "./playing";
import { SourceError, waited, type Frame, type Source } from "./source";
import { isQuarterTurn, UNTURNED, type Turn } from "./turning";

const CONVERT_ALONE = "convert it, for example `ffmpeg -i FILE video.mp4`";
const CONVERT = `${CONVERT_ALONE}, or read it with \`eyeprentice predict FILE\``;
/** Frames whose times tell the rate (`LOOKED_AT` in sources/videos.py), and how late one may lie in a file, at most. */
const LOOKED_AT = 25;
const REORDERED = 16;

export class VideoFile implements Source {
  private constructor(
    readonly name: string,
    readonly rateHz: number,
    readonly turn: Turn,
    readonly live: boolean,
    private readonly read: (signal: AbortSignal) => AsyncGenerator<Frame>,
  ) {}

  /** Opens a file; rejects with a `SourceError` if this browser cannot decode it. */
  static async open(file: Blob, name: string): Promise<VideoFile> {
    if (file.size === 0) throw new SourceError(`the file ${name} is empty`, "choose another file");
    const decoded = typeof VideoDecoder === "undefined" ? null : await opened(file);
    if (decoded !== null) return new VideoFile(name, decoded.rateHz, decoded.turn, false, decoded.frames);
    const video = await played(file);
    if (video === null) throw new SourceError(`this browser cannot decode ${name}`, CONVERT);
    return new VideoFile(name, FRAME_RATE_HZ, UNTURNED, true, async function* (signal) {
      video.currentTime = 0;
      await video.play();
      try {
        yield* playingFrames(video, signal);
      } finally {
        video.pause();
      }
    });
  }

  frames(signal: AbortSignal): AsyncGenerator<Frame> {
    return this.read(signal);
  }
}

interface Decoded {
  rateHz: number;
  turn: Turn;
  frames(signal: AbortSignal): AsyncGenerator<Frame>;
}

/** Decoded frame by frame; null if it is no video that can be. */
async function opened(file: Blob): Promise<Decoded | null> {
  try {
    const input = new Input({ source: new BlobSource(file), formats: ALL_FORMATS });
    const track = await input.getPrimaryVideoTrack();
    if (track === null || !(await track.canDecode())) return null;
    const measured = usualRate(await firstTimes(track));
    const rateHz = measured ?? FRAME_RATE_HZ;
    if (!isQuarterTurn(await track.getTransformationMatrix())) {
      throw new SourceError("the video is to be shown turned by what is no quarter turn", CONVERT_ALONE);
    }
    const turn = { degrees: await track.getRotation(), mirrored: await track.getFlip() };
    const sink = new VideoSampleSink(track);
    return { rateHz, turn, frames: (signal) => paced(sink, risingTimes(rateHz, measured !== null), signal) };
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

async function* paced(
  sink: VideoSampleSink,
  timeOf: (timeUs: number) => number,
  signal: AbortSignal,
): AsyncGenerator<Frame> {
  let began: number | null = null;
  for await (const sample of sink.samples()) {
    if (signal.aborted) {
      sample.close();
      return;
    }
    const frame = sample.toVideoFrame();
    const timeUs = timeOf(1e6 * sample.timestamp);
    sample.close();
    began ??= performance.now();
    await waited(Math.max(0, began + timeUs / 1000 - performance.now()), signal);
    // what is late is read all the same, and what follows is read later: no frame of a file is left out
    began = Math.max(began, performance.now() - timeUs / 1000 - 100);
    let given = false;
    yield {
      drawn: frame,
      width: frame.visibleRect?.width ?? frame.displayWidth,
      height: frame.visibleRect?.height ?? frame.displayHeight,
      timeUs,
      take: () => ((given = true), frame),
    };
    if (!given) frame.close();
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
