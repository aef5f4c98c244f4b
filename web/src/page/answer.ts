/** The verdict and the seven probabilities. */

import { EMOTIONS, type Reading } from "../runtime/contract";
import { element, made } from "./dom";

const SPOKEN_EVERY_MS = 1500;

export class Answer {
  private readonly verdict = element("verdict");
  private readonly detail = element("verdict-detail");
  private readonly spoken = element("spoken");
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
  private said = "";
  private saidAt = -Infinity;

  show(reading: Reading | null): void {
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
    const share = `${Math.round(100 * reading.probability)} %`;
    if (reading.certain) this.tell(reading.emotion, share, false);
    else this.tell("uncertain", `most probable: ${reading.emotion}, ${share}`, true);
  }

  clear(): void {
    this.show(null);
    this.tell("–", "", true);
  }

  private tell(word: string, detail: string, unsure: boolean): void {
    this.verdict.textContent = word;
    this.detail.textContent = detail;
    this.verdict.classList.toggle("unsure", unsure);
    const now = performance.now();
    if (word !== this.said && now - this.saidAt > SPOKEN_EVERY_MS) {
      this.spoken.textContent = word;
      this.said = word;
      this.saidAt = now;
    }
  }
}
