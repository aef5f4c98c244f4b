/** The verdict and the seven probabilities. */

import { EMOTIONS, type Reading } from "../runtime/contract";
import { element, made } from "./dom";

const SPOKEN_EVERY_MS = 1500;
const NOTHING = "–";

export class Answer {
  private readonly verdict = element("verdict");
  private readonly detail = element("verdict-detail");
  private readonly spoken = element("spoken");
  private readonly aloud = new Remembered("aloud", () => (this.spoken.textContent = ""));
  private readonly rows = EMOTIONS.map((emotion) => {
    const row = made("li");
    const track = made("span", "", "track");
    const bar = made("i");
    bar.style.background = `var(--${emotion})`;
    track.append(bar);
    track.setAttribute("aria-hidden", "true");
    const value = made("span", "–", "value");
    row.append(made("span", emotion), track, value);
    element("bars").append(row);
    return { row, bar, value };
  });
  private word = "";
  private said = "";
  private later = 0;
  private saidAt = -Infinity;

  /** `certain`: the probability from which on an emotion is named. */
  show(reading: Reading | null, certain: number): void {
    this.rows.forEach(({ row, bar, value }, n) => {
      const probability = reading?.probabilities[n] ?? 0;
      bar.style.width = `${100 * probability}%`;
      value.textContent = reading === null ? "–" : `${Math.round(100 * probability)} %`;
      row.classList.toggle("top", reading?.emotion === EMOTIONS[n]);
    });
    if (reading === null) {
      this.tell("no eye", "none was found: come closer, or draw a box around it", true);
      return;
    }
    const share = `${Math.round(100 * reading.probability)}\u00a0%`; // in one line
    if (reading.probability >= certain) this.tell(reading.emotion, share, false);
    else this.tell("uncertain", `most probable: ${reading.emotion}, ${share}`, true);
  }

  clear(): void {
    this.rows.forEach(({ row, bar, value }) => {
      bar.style.width = "0";
      value.textContent = "–";
      row.classList.remove("top");
    });
    this.tell(NOTHING, "", true);
  }

  private tell(word: string, detail: string, unsure: boolean): void {
    this.verdict.textContent = word;
    this.detail.textContent = detail;
    this.verdict.classList.toggle("unsure", unsure);
    this.word = word;
    this.speak();
  }

  /** Says the answer, or as soon as the last one has been heard: also if no frame comes any more. */
  private speak(): void {
    if (!this.aloud.on || this.word === this.said || this.word === NOTHING) return;
    const now = performance.now();
    const wait = this.saidAt + SPOKEN_EVERY_MS - now;
    clearTimeout(this.later);
    if (wait > 0) {
      this.later = window.setTimeout(() => this.speak(), wait);
      return;
    }
    this.spoken.textContent = this.said = this.word;
    this.saidAt = now;
  }
}

/** A switch that is the same the next time that the page is opened. */
class Remembered {
  private readonly input: HTMLInputElement;

  constructor(id: string, changed: () => void) {
    this.input = element<HTMLInputElement>(id);
    this.input.checked = stored(id) === "on";
    this.input.addEventListener("change", () => {
      store(id, this.input.checked ? "on" : "off");
      changed();
    });
  }

  get on(): boolean {
    return this.input.checked;
  }
}

/** Browsers may forbid that anything is kept; then nothing is. */
function stored(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function store(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // the switch counts until the page is left
  }
}
