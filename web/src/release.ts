/** Everything that the page loads is of one release: of the same build, with the same networks. The server refuses to give
 * what is of another one, and the browser may keep what it got. */

import { SourceError } from "./sources/source";

const RELEASE = document.documentElement.dataset["release"] ?? "";
const START = "start `eyeprentice live` again; this page goes on by itself";

/** Something could not be loaded; it is worth trying again. */
export class Missing extends SourceError {
  constructor(path: string) {
    super(`${path} is missing: the program that serves this page does not give it`, START);
  }
}

/** Where a file of this release is. */
export function released(path: string): string {
  return `${path}?release=${RELEASE}`;
}

/** A file of this release; raises `Missing`, or says that the program is of another release. */
export async function loaded(path: string, signal: AbortSignal | null = null): Promise<Response> {
  const answer = await fetch(released(path), { signal }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new Missing(path);
  });
  if (answer.status === 409) throw new SourceError("the program is another release than this page", "load the page again");
  if (!answer.ok) throw new Missing(path);
  return answer;
}

export function isThisRelease(release: string): boolean {
  return release === RELEASE;
}
