/** The frames of a <video> that plays: a camera's, or a file's where nothing better can decode it. Newest frame only. */

import { pictureOf, type Frame } from "./source";

/** `firstS`: the video's time that counts as 0; that of the first frame if it is left out. */
export async function* playingFrames(video: HTMLVideoElement, signal: AbortSignal, firstS?: number): AsyncGenerator<Frame> {
  const clock = new FrameClock(video, signal);
  let first = firstS;
  for (let timeS = await clock.next(); timeS !== null; timeS = await clock.next()) {
    const width = video.videoWidth;
    const height = video.videoHeight;
    first ??= timeS;
    const timeUs = Math.round(1e6 * (timeS - first));
    yield { drawn: video, width, height, timeUs, take: () => taken(video, width, height) };
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
  private newest: number | null = null;
  private given: number | null = null;
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

  /** Time of a frame that was not given yet; null at the end. A video that begins anew has earlier times again. */
  async next(): Promise<number | null> {
    while (this.newest === this.given && !this.over) {
      await new Promise<void>((resolve) => (this.waiting = resolve));
    }
    this.given = this.newest;
    return this.over ? null : this.given;
  }

  private listen(): void {
    if (this.over) return;
    const seen = (timeS: number): void => {
      if (timeS !== this.newest) {
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
