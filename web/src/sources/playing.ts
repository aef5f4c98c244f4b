/** The frames of a <video> that plays: a camera's, or a file's where nothing better can decode it. Newest frame only. */

import { pictureOf, type Frame } from "./source";

export async function* playingFrames(video: HTMLVideoElement, signal: AbortSignal): AsyncGenerator<Frame> {
  const clock = new FrameClock(video, signal);
  for (let timeS = await clock.after(-1); timeS !== null; timeS = await clock.after(timeS)) {
    const width = video.videoWidth;
    const height = video.videoHeight;
    yield { drawn: video, width, height, timeS, take: () => taken(video, width, height) };
  }
}

function taken(video: HTMLVideoElement, width: number, height: number): ReturnType<typeof pictureOf> {
  if (typeof VideoFrame === "undefined") return pictureOf(video, width, height);
  try {
    return new VideoFrame(video);
  } catch {
    return pictureOf(video, width, height); // some browsers give no frames of a camera
  }
}

/** Which frame is shown: it also notices those that come while another one is read. */
class FrameClock {
  private newest = -1;
  private over = false;
  private waiting: (() => void) | null = null;

  constructor(
    private readonly video: HTMLVideoElement,
    signal: AbortSignal,
  ) {
    const end = (): void => {
      this.over = true;
      this.waiting?.();
    };
    video.addEventListener("ended", end, { once: true });
    signal.addEventListener("abort", end, { once: true });
    this.over = video.ended || signal.aborted;
    this.listen();
  }

  /** Time of a frame that is newer; null at the end. */
  async after(timeS: number): Promise<number | null> {
    while (this.newest <= timeS && !this.over) {
      await new Promise<void>((resolve) => (this.waiting = resolve));
    }
    return this.over ? null : this.newest;
  }

  private listen(): void {
    if (this.over) return;
    const seen = (timeS: number): void => {
      if (timeS > this.newest) {
        this.newest = timeS;
        this.waiting?.();
      }
      this.listen();
    };
    if ("requestVideoFrameCallback" in this.video) {
      this.video.requestVideoFrameCallback((_, { mediaTime }) => seen(mediaTime));
    } else {
      requestAnimationFrame(() => seen((this.video as HTMLVideoElement).currentTime));
    }
  }
}
