/** Recording of labelled sequences: the only place where pictures are kept, and only while the user says so. */

import { EMOTIONS } from "../runtime/contract";
import { Dataset, KEPT_SIDE, LIGHTINGS, MOST_FRAMES, Take, type Label } from "./dataset";
import { download, element, enable } from "./dom";
import { Shelf } from "./shelf";
import { counted } from "./words";

export class Recording {
  private readonly dataset = new Dataset();
  private readonly shelf = new Shelf(this.dataset, () => this.show(""));
  private readonly button = element<HTMLButtonElement>("record");
  private readonly save = element<HTMLButtonElement>("save-zip");
  private readonly form = element<HTMLFormElement>("label");
  private readonly fields = element<HTMLFieldSetElement>("label-fields");
  private readonly state = element("record-state");
  private take: Take | null = null;

  /** `keep` is told the side of the pictures that are wanted, or 0. */
  constructor(private readonly keep: (side: number) => void) {
    fill(this.form, "emotion", EMOTIONS);
    fill(this.form, "lighting", LIGHTINGS);
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.button.addEventListener("click", () => (this.take === null ? this.begin() : this.end()));
    this.save.addEventListener("click", () => {
      download(this.dataset.zip() as BlobPart, "application/zip", "dataset.zip");
      this.show("Saved.");
    });
    addEventListener("beforeunload", (event) => {
      if (this.take !== null || this.dataset.unsaved) event.preventDefault(); // browsers ask whether to leave
    });
  }

  set enabled(on: boolean) {
    if (!on) this.end();
    enable(this.button, on, element("pause"), element("camera"));
  }

  add(image: Uint8Array | null): void {
    const { take } = this;
    if (take === null || image === null) return;
    take.add(image);
    if (take.length % 15 === 1) this.state.textContent = `Recording: ${counted(take.length, "picture")}. Press Stop recording to end.`;
    if (take.length >= MOST_FRAMES) this.end();
  }

  /** Ends a sequence, if one is recorded: what comes now does not belong to it. */
  end(): void {
    const { take } = this;
    if (take === null) return;
    this.take = null;
    this.keep(0);
    this.press(false);
    void this.shelve(take);
  }

  private begin(): void {
    if (!this.form.reportValidity()) return;
    this.take = new Take(this.label);
    this.keep(KEPT_SIDE);
    this.press(true);
    this.state.textContent = "Recording…";
  }

  private async shelve(take: Take): Promise<void> {
    const sequence = await take.sequence();
    const count = sequence.images.length;
    if (count > 0) this.dataset.add(sequence);
    this.show(count > 0 ? `Recorded ${counted(count, "picture")} of ${sequence.label.emotion}.` : NOTHING);
  }

  private show(said: string): void {
    const { length } = this.dataset.sequences;
    const all = `${counted(length, "sequence")} in the dataset${this.dataset.unsaved ? ", not saved yet" : ""}.`;
    if (this.take === null) this.state.textContent = `${said} ${all}`.trim();
    this.save.disabled = length === 0;
    this.shelf.show();
  }

  /** As it is when the recording begins; it cannot be changed until its end. */
  private get label(): Label {
    const data = new FormData(this.form);
    const text = (name: string): string => String(data.get(name));
    return {
      emotion: text("emotion"),
      lighting: text("lighting"),
      subject: Number(text("subject")),
      age: Number(text("age")),
      sex: text("sex"),
    };
  }

  private press(on: boolean): void {
    this.fields.disabled = on;
    this.button.textContent = on ? "Stop recording" : "Record";
    this.button.setAttribute("aria-pressed", String(on));
  }
}

const NOTHING = "No picture was kept: no eye was seen, or the program runs the network, which gives no pictures of an eye that it finds.";

function fill(form: HTMLFormElement, name: string, words: readonly string[]): void {
  const select = form.elements.namedItem(name) as HTMLSelectElement;
  for (const word of words) select.add(new Option(word, word));
}
