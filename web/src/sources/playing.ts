/** The frames of a <video> that plays: a camera's, or a file's where nothing better can decode it. Newest frame only. */

import { pictureOf, type Frame } from "./source";

export async function* playingFrames(video: HTMLVideoElement, signal: AbortSignal): AsyncGenerator<Frame> {
  let last = -1;
  while (!signal.aborted) {
    const timeS = await nextTime(video, last, signal);
    if (timeS === null) return;
    last = timeS;
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

/** Resolves with the time of a frame that is newer than `last`; null at the end. */
function nextTime(video: HTMLVideoElement, last: number, signal: AbortSignal): Promise<number | null> {
  return new Promise((resolve) => {
    let done = false;
    const finish = (time: number | null): void => {
      if (done) return;
      done = true;
      video.removeEventListener("ended", over);
      signal.removeEventListener("abort", over);
      resolve(time);
    };
    const over = (): void => finish(null);
    video.addEventListener("ended", over);
    signal.addEventListener("abort", over);
    if (video.ended) return over();
    if ("requestVideoFrameCallback" in video) {
      video.requestVideoFrameCallback((_, { mediaTime }) => finish(mediaTime));
    } else {
      const look = (): void => {
        const { currentTime } = video as HTMLVideoElement;
        if (currentTime !== last) finish(currentTime);
        else if (!done) requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    }
  });
}
