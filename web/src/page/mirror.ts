/** Whether the picture is shown as in a mirror, as people are used to see themselves. What is read and kept is not. */

import type { Source } from "../sources/source";
import { element } from "./dom";
import type { Stage } from "./stage";

export class Mirror {
  private readonly box = element<HTMLInputElement>("mirror");
  private readonly label = element("mirror-label");
  private ofCamera = false;

  constructor(private readonly stage: Stage) {
    this.box.addEventListener("change", () => this.show());
  }

  /** Only a camera that looks at its user is a mirror. */
  begin({ camera }: Source): void {
    this.ofCamera = camera !== undefined;
    if (camera?.facesUser === false) this.box.checked = false;
    this.show();
  }

  private show(): void {
    this.label.hidden = !this.ofCamera;
    this.stage.mirrored = this.ofCamera && this.box.checked;
  }
}
