/** The slider that says from which probability on an emotion is named. */

import { element } from "./dom";

export class Certain {
  onChange: () => void = () => undefined;
  private readonly slider = element<HTMLInputElement>("certain");
  private readonly told = element("certain-value");

  /** `value`: what the server was started with, which may lie between two steps of the slider. */
  constructor(public value: number) {
    this.slider.min = String(Math.min(value, Number(this.slider.min)));
    this.slider.max = String(Math.max(value, Number(this.slider.max)));
    this.slider.value = String(value);
    this.slider.addEventListener("input", () => {
      this.value = Number(this.slider.value);
      this.tell();
      this.onChange();
    });
    this.tell();
  }

  private tell(): void {
    const text = `${Number((100 * this.value).toFixed(1))} %`;
    this.told.textContent = text;
    this.slider.setAttribute("aria-valuetext", text);
  }
}
