/** What the user chose of the eye: radio buttons, the box, and how the picture is turned. */

import type { Settings, Side, Where } from "../engine/engine";
import { FRAME_RATE_HZ } from "../runtime/contract";
import type { Source } from "../sources/source";
import { turnedFurther, UNTURNED, type Degrees, type Turn } from "../sources/turning";
import { element } from "./dom";
import type { Stage } from "./stage";

export class Choices {
  onChange: () => void = () => undefined;
  keep = 0;
  /** The source that is read: it says how fast it is, and how its pictures are to be turned. */
  private of: Pick<Source, "rateHz" | "turn"> = { rateHz: FRAME_RATE_HZ, turn: UNTURNED };
  private degrees: Degrees = 0;
  /** By how many degrees the picture seems to have to be turned further. */
  private seems: Degrees = 0;
  private readonly select = element<HTMLSelectElement>("turn");
  private readonly automatic = element<HTMLInputElement>("automatic");
  /** Whether the user chose where the eye is; until then, the source decides. */
  private touched = false;

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
    this.select.addEventListener("change", () => this.turnTo(Number(this.select.value) as Degrees));
    element("turn-it").addEventListener("click", () => {
      this.turnTo(((this.degrees + this.seems) % 360) as Degrees);
      this.select.focus();
    });
    this.automatic.addEventListener("change", () => this.changed());
    stage.onBox = () => this.onChange();
    this.changed();
  }

  /** Another source. */
  begin(source: Source): void {
    this.of = source;
    this.suggestTurn(0);
  }

  get where(): Where {
    return chosen("where") as Where;
  }

  /** As the source says, and then as the user says. */
  get turn(): Turn {
    return turnedFurther(this.of.turn, this.degrees);
  }

  /** What fits a source, unless the user chose already. */
  suggest(where: Where): void {
    if (this.touched) return;
    element<HTMLInputElement>(`where-${where}`).checked = true;
    this.changed();
  }

  get settings(): Settings {
    const { keep, certain, where, turn } = this;
    const { rateHz } = this.of;
    const [side, box] = [chosen("side") as Side, this.stage.box ?? ([0, 0, 1, 1] as Settings["box"])];
    return { where, side, box, turn, rateHz, certain, automatic: this.automatic.checked, keep };
  }

  /** Tells that the picture seems to have to be turned, if it does. */
  suggestTurn(degrees: Degrees): void {
    if (degrees === this.seems) return;
    this.seems = degrees;
    element("seems-turned").hidden = degrees === 0;
    element("turned-by").textContent = `The picture seems to be turned by ${degrees === 180 ? 180 : 90} degrees.`;
    element("turn-it").textContent = `Turn it by ${degrees}°, clockwise`;
  }

  private turnTo(degrees: Degrees): void {
    this.suggestTurn(0);
    this.select.value = String(degrees);
    this.stage.turnBy(((degrees - this.degrees + 360) % 360) as Degrees);
    this.degrees = degrees;
    this.onChange();
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
