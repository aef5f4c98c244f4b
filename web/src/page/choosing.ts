/** Where frames come from: the buttons of the sources. */

import type { Where } from "../engine/engine";
import { Camera } from "../sources/camera";
import { Pictures } from "../sources/pictures";
import type { Source } from "../sources/source";
import { openVideo } from "../sources/video_file";
import { CameraMenu } from "./cameras";
import { element } from "./dom";
import { onDrop, sorted } from "./files";
import { loaded } from "../release";
import type { Open, Session } from "./session";
import type { Shown } from "./timeline";
import { tell } from "./trouble";

export class Choosing {
  /** What the drawn person of the clip shows; nothing is known of other sources. */
  shown: Shown[] = [];
  private readonly menu = new CameraMenu(() => {
    if (this.session.cameraOn) void this.playCamera();
  });

  constructor(
    private readonly session: Session,
    /** Told what fits the source, unless the user chose already. */
    private readonly suggest: (where: Where, isSure?: boolean) => void,
  ) {
    const input = element<HTMLInputElement>("file");
    element("camera").addEventListener("click", () => void this.playCamera());
    element("clip").addEventListener("click", () => void this.playClip());
    element("choose").addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      void this.playFiles(Array.from(input.files ?? []));
      input.value = "";
    });
    onDrop((files) => void this.playFiles(files), tell);
  }

  /** This source was opened. */
  begun(source: Source): void {
    void this.menu.begun(source);
  }

  playCamera(): Promise<void> {
    return this.play("auto", async () => [await Camera.open(await this.menu.wanted()), []]);
  }

  playClip(): Promise<void> {
    return this.play("full", async (signal) => {
      const [clip, told] = await Promise.all(["clip.webm", "clip.json"].map((name) => loaded(name, signal)));
      const { shown } = (await told.json()) as { shown: Shown[] };
      return [await openVideo(await clip.blob(), "simulated clip"), shown];
    });
  }

  /** A video, or pictures. */
  async playFiles(files: File[]): Promise<void> {
    if (files.length === 0) return;
    const open = async (): Promise<Source> => {
      const { pictures, video } = sorted(files);
      return video === null ? new Pictures(pictures) : openVideo(video, video.name);
    };
    await this.play("auto", async () => [await open(), []]);
  }

  private play(where: Where, open: (signal: AbortSignal) => Promise<[Source, Shown[]]>): Promise<void> {
    this.suggest(where, where === "full"); // the clip is an eye, whatever other sources are
    const opened: Open = async (signal) => {
      const [source, shown] = await open(signal);
      if (!signal.aborted) this.shown = shown;
      return source;
    };
    return this.session.start(opened);
  }
}
