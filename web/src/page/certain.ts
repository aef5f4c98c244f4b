/** The slider that says from which probability on an emotion is named. */

import { element } from "./dom";

export class Certain {
  onChange: () => void = () => undefined;
  private readonly slider = element<HTMLInputElement>("certain");
  private readonly told = element("certain-value");

  /** `value`: what the server was started with. */
  constructor(value: number) {
    this.slider.min = String(Math.min(value, Number(this.slider.min)));
    this.slider.max = String(Math.max(value, Number(this.slider.max)));
    this.slider.step = "any"; // what the server was started with may lie between two steps
    this.slider.value = String(value);
    this.slider.step = "0.01";
    this.slider.addEventListener("input", () => {
      this.tell();
      this.onChange();
    });
    this.tell();
  }

  get value(): number {
    return Number(this.slider.value);
  }

  private tell(): void {
    const text = `${Math.round(100 * this.value)} %`;
    this.told.textContent = text;
    this.slider.setAttribute("aria-valuetext", text);
  }
}
