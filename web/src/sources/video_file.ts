/** A video of this computer, or the built-in clip: every frame is read, at the pace of the video. */

import { ALL_FORMATS, BlobSource, Input, VideoSampleSink } from "mediabunny";
import { playingFrames } from "./playing";
import { SourceError, waited, type Frame, type Source } from "./source";

const CONVERT = "convert it, for example `ffmpeg -i FILE video.mp4`, or read it with `eyeprentice predict FILE`";

export class VideoFile implements Source {
  private constructor(
    readonly name: string,
    readonly rateHz: number,
    readonly live: boolean,
    private readonly read: (signal: AbortSignal) => AsyncGenerator<Frame>,
  ) {}

  /** Opens a file; rejects with a `SourceError` if this browser cannot decode it. */
  static async open(file: Blob, name: string): Promise<VideoFile> {
    if (file.size === 0) throw new SourceError(`the file ${name} is empty`, "choose another file");
    const decoded = typeof VideoDecoder === "undefined" ? null : await opened(file);
    if (decoded !== null) return new VideoFile(name, decoded.rateHz, false, decoded.frames);
    const video = await played(file);
    if (video === null) throw new SourceError(`this browser cannot decode ${name}`, CONVERT);
    return new VideoFile(name, 30, true, async function* (signal) {
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
  frames(signal: AbortSignal): AsyncGenerator<Frame>;
}

/** Decoded frame by frame; null if it is no video that can be. */
async function opened(file: Blob): Promise<Decoded | null> {
  try {
    const input = new Input({ source: new BlobSource(file), formats: ALL_FORMATS });
    const track = await input.getPrimaryVideoTrack();
    if (track === null || !(await track.canDecode())) return null;
    const { averagePacketRate } = await track.computePacketStats(100);
    const sink = new VideoSampleSink(track);
    return { rateHz: Math.round(averagePacketRate * 1000) / 1000 || 30, frames: (signal) => paced(sink, signal) };
  } catch {
    return null;
  }
}

async function* paced(sink: VideoSampleSink, signal: AbortSignal): AsyncGenerator<Frame> {
  let began: number | null = null;
  for await (const sample of sink.samples()) {
    if (signal.aborted) {
      sample.close();
      return;
    }
    const frame = sample.toVideoFrame();
    began ??= performance.now() - 1000 * sample.timestamp;
    const timeS = sample.timestamp;
    sample.close();
    await waited(Math.max(0, began + 1000 * timeS - performance.now()), signal);
    // what is late is read all the same, and what follows is read later: no frame of a file is left out
    began = Math.max(began, performance.now() - 1000 * timeS - 100);
    let given = false;
    yield {
      drawn: frame,
      width: frame.displayWidth,
      height: frame.displayHeight,
      timeS,
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
