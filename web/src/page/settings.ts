/** What the user chose of the eye: radio buttons and the box. */

import type { Settings, Side, Where } from "../engine/engine";
import { element } from "./dom";
import type { Stage } from "./stage";

export class Choices {
  onChange: () => void = () => undefined;
  keep = 0;
  private readonly automatic = element<HTMLInputElement>("automatic");
  /** Whether the user chose where the eye is; until then, the source decides. */
  private touched = false;
  rateHz = 30;

  constructor(
    private readonly stage: Stage,
    private readonly certain: number,
  ) {
    for (const input of document.querySelectorAll<HTMLInputElement>("input[name=where], input[name=side]")) {
      input.addEventListener("change", () => {
        this.touched = true;
        this.changed();
      });
    }
    this.automatic.addEventListener("change", () => this.changed());
    stage.onBox = () => this.onChange();
    this.changed();
  }

  get where(): Where {
    return chosen("where") as Where;
  }

  /** What fits a source, unless the user chose already. */
  suggest(where: Where): void {
    if (this.touched) return;
    element<HTMLInputElement>(`where-${where}`).checked = true;
    this.changed();
  }

  get settings(): Settings {
    const { keep, rateHz, certain, where } = this;
    const [side, box] = [chosen("side") as Side, this.stage.box ?? ([0, 0, 1, 1] as Settings["box"])];
    return { where, side, box, rateHz, certain, automatic: this.automatic.checked, keep };
  }

  private changed(): void {
    const boxed = this.where === "box";
    element("box-help").hidden = !boxed;
    this.stage.choosing = boxed;
    this.onChange();
  }
}

function chosen(name: string): string {
  return document.querySelector<HTMLInputElement>(`input[name=${name}]:checked`)?.value ?? "";
}
