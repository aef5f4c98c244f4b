/** The menu of cameras, once the user has allowed to use one. It remembers which one was chosen. */

import type { Source } from "../sources/source";
import { element } from "./dom";

const REMEMBERED = "camera";

export class CameraMenu {
  private readonly select = element<HTMLSelectElement>("cameras");
  private readonly label = element("cameras-label");
  private readonly gone = element("camera-gone");
  /** The one that is read, or was read last. */
  private used = "";

  /** `chosen` is called when the user chose another camera. */
  constructor(chosen: () => void) {
    this.select.addEventListener("change", () => {
      remember(this.select.value);
      chosen();
    });
    navigator.mediaDevices?.addEventListener("devicechange", () => void this.fill());
  }

  /** The id of the camera that the user chose, if it is there. */
  async wanted(): Promise<string | undefined> {
    const chosen = remembered();
    return (await cameras()).some(({ deviceId }) => deviceId === chosen) ? (chosen ?? undefined) : undefined;
  }

  async begun({ camera }: Source): Promise<void> {
    if (camera === undefined) return;
    this.used = camera.id;
    await this.fill();
    this.select.value = camera.id;
  }

  private async fill(): Promise<void> {
    const found = (await cameras()).filter(({ label }) => label !== "");
    const before = Array.from(this.select.options, ({ value, text }) => ({ value, text }));
    const missing = before.filter(({ value }) => !found.some(({ deviceId }) => deviceId === value));
    this.gone.textContent = missing.map(({ text }) => `The camera ${text} was taken away.`).join(" ");
    this.gone.hidden = missing.length === 0;
    this.select.replaceChildren(...found.map(({ label, deviceId }) => new Option(label, deviceId)));
    this.select.value = (await this.wanted()) ?? this.used;
    this.label.hidden = found.length < 2;
  }
}

function remember(id: string): void {
  try {
    localStorage.setItem(REMEMBERED, id);
  } catch {
    // a browser that keeps nothing has its first camera again the next time
  }
}

function remembered(): string | null {
  try {
    return localStorage.getItem(REMEMBERED);
  } catch {
    return null;
  }
}

async function cameras(): Promise<MediaDeviceInfo[]> {
  const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return devices.filter(({ kind }) => kind === "videoinput");
}
