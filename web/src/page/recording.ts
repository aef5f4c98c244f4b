/** Recording of labelled sequences: the only place where pictures are kept, and only while the user says so. */

import { EMOTIONS } from "../runtime/contract";
import { Dataset, KEPT_SIDE, LIGHTINGS, MOST_FRAMES, type Label } from "./dataset";
import { download, element } from "./dom";

export class Recording {
  private readonly dataset = new Dataset();
  private readonly button = element<HTMLButtonElement>("record");
  private readonly save = element<HTMLButtonElement>("save-zip");
  private readonly form = element<HTMLFormElement>("label");
  private readonly state = element("record-state");

  /** `keep` is told the side of the pictures that are wanted, or 0. */
  constructor(private readonly keep: (side: number) => void) {
    fill(this.form, "emotion", EMOTIONS);
    fill(this.form, "lighting", LIGHTINGS);
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.button.addEventListener("click", () => void (this.dataset.recording === null ? this.begin() : this.end()));
    this.save.addEventListener("click", () => download(this.dataset.zip() as BlobPart, "application/zip", "dataset.zip"));
  }

  set enabled(on: boolean) {
    if (!on && this.dataset.recording !== null) void this.end();
    this.button.disabled = !on;
  }

  add(image: Uint8Array | null): void {
    const before = this.dataset.recording;
    if (before === null || image === null) return;
    this.dataset.add(image);
    if (before % 15 === 0) this.state.textContent = `Recording: ${before} pictures. Press Stop recording to end.`;
    if (before + 1 >= MOST_FRAMES) void this.end();
  }

  private begin(): void {
    if (!this.form.reportValidity()) return;
    this.dataset.begin();
    this.keep(KEPT_SIDE);
    this.press(true);
  }

  private async end(): Promise<void> {
    this.keep(0);
    this.press(false);
    const data = new FormData(this.form);
    const text = (name: string): string => String(data.get(name));
    const label: Label = {
      emotion: text("emotion"),
      lighting: text("lighting"),
      subject: Number(text("subject")),
      age: Number(text("age")),
      sex: text("sex"),
    };
    const count = await this.dataset.end(label);
    const all = `${this.dataset.length} ${this.dataset.length === 1 ? "sequence" : "sequences"} in the dataset.`;
    this.state.textContent = count > 0 ? `Recorded ${count} pictures of ${label.emotion}. ${all}` : `No eye was seen. ${all}`;
    this.save.disabled = this.dataset.length === 0;
  }

  private press(on: boolean): void {
    this.button.textContent = on ? "Stop recording" : "Record";
    this.button.setAttribute("aria-pressed", String(on));
    if (on) this.state.textContent = "Recording…";
  }
}

function fill(form: HTMLFormElement, name: string, words: readonly string[]): void {
  const select = form.elements.namedItem(name) as HTMLSelectElement;
  for (const word of words) select.add(new Option(word, word));
}
