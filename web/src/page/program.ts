/** Whether the program that serves the page is there: said where it is not, and noticed when it is back. And the service
 * worker, because of which the page opens without it. */

import type { Engine } from "../engine/engine";
import { element } from "./dom";
import { isThisRelease, released } from "../release";

const ASKED_EVERY_MS = 5000;
const WHILE_GONE_MS = 1000;
const PATIENCE_MS = 4000;

export class Program {
  private readonly place = element("program");
  private readonly kept = element("kept");

  constructor(private readonly engine: () => Engine) {
    void this.watch();
  }

  /** Keeps all files, so that the page opens without the program. */
  async keep(): Promise<void> {
    const { serviceWorker } = navigator;
    if (serviceWorker === undefined) return; // pages of other computers have none without HTTPS
    try {
      await serviceWorker.register(released("sw.js"));
      await serviceWorker.ready;
      this.kept.hidden = false;
    } catch {
      this.kept.hidden = true; // such as in a private window; the page works all the same
    }
  }

  private async watch(): Promise<never> {
    for (;;) {
      const release = await askedFor();
      if (release === null) this.say(this.gone);
      else if (isThisRelease(release)) this.place.hidden = true;
      else this.say("The program is there again, with another network or of another release. Load the page again to use it.");
      await new Promise((resolve) => setTimeout(resolve, release === null ? WHILE_GONE_MS : ASKED_EVERY_MS));
    }
  }

  private get gone(): string {
    if (this.isNeeded) return "The program that runs the network has ended. Nothing is read without it: start `eyeprentice live` again.";
    const after = this.kept.hidden ? ", but the page does not open without it" : ", and the page opens without it";
    return `The program that serves this page has ended. What runs in this browser goes on${after}. \`eyeprentice live\` starts it again.`;
  }

  private get isNeeded(): boolean {
    return this.engine().kind === "server";
  }

  private say(text: string): void {
    if (this.place.textContent !== text) this.place.textContent = text;
    this.place.className = this.isNeeded ? "trouble" : "notice";
    this.place.hidden = false;
  }
}

/** The release of the program; null if it is not there. */
async function askedFor(): Promise<string | null> {
  try {
    const answer = await fetch("api/status", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
    return ((await answer.json()) as { release: string }).release;
  } catch {
    return null;
  }
}
