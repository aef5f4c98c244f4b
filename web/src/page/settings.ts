/** What the user chose of the eye: radio buttons, the box, and how the picture is turned. */

import type { Settings, Side, Where } from "../engine/engine";
import { FRAME_RATE_HZ } from "../runtime/contract";
import type { Source } from "../sources/source";
import { turnedFurther, UNTURNED, type Degrees, type Turn } from "../sources/turning";
import type { Certain } from "./certain";
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
  /** Where the eye is, as the user chose; until then, the source decides. */
  private wanted: Where | null = null;
  /** Both eyes are wanted as soon as there can be two. */
  private both = false;
  private readonly sideHelp = element("side-help");

  constructor(
    private readonly stage: Stage,
    private readonly certain: Certain,
  ) {
    const listen = (name: string, chose: () => void): void => {
      for (const input of document.querySelectorAll(`input[name=${name}]`)) {
        input.addEventListener("change", () => (chose(), this.changed()));
      }
    };
    listen("where", () => (this.wanted = this.where));
    listen("side", () => (this.both = element<HTMLInputElement>("side-both").checked));
    certain.onChange = () => this.onChange();
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

  /** What fits a source, unless the user chose already; of some it is known for sure. */
  suggest(where: Where, isSure = false): void {
    element<HTMLInputElement>(`where-${isSure ? where : (this.wanted ?? where)}`).checked = true;
    this.changed();
  }

  get settings(): Settings {
    const { keep, where, turn } = this;
    const certain = this.certain.value;
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
    this.offerBoth(this.where === "auto");
    this.onChange();
  }

  /** Both eyes can be read only where they are found in a face: a box, or a whole picture, shows one. */
  private offerBoth(on: boolean): void {
    const input = element<HTMLInputElement>("side-both");
    if (on && this.both) input.checked = true;
    if (!on && input.checked) element<HTMLInputElement>("side-right").checked = true;
    input.disabled = !on;
    const reason = this.where === "box" ? "A box shows one eye" : "The whole picture is one eye";
    this.sideHelp.textContent = on ? "The person’s own right and left." : `${reason}: for both, let them be found in a face.`;
  }
}

function chosen(name: string): string {
  return document.querySelector<HTMLInputElement>(`input[name=${name}]:checked`)?.value ?? "";
}
