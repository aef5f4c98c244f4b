/** What went wrong, said in its place, with the way out. */

import { SourceError } from "../sources/source";
import { element, made } from "./dom";

export function tell(error: unknown): void {
  const place = element("trouble");
  const what = error instanceof SourceError ? error.what : error instanceof Error ? error.message : String(error);
  const todo = error instanceof SourceError ? error.todo : "try again, or choose another source";
  const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
  place.replaceChildren(made("strong", sentence(what)), made("span", sentence(todo)));
  place.hidden = false;
}

export function settled(): void {
  element("trouble").hidden = true;
}
