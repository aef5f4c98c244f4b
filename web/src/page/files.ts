/** Files that the user chooses or drops on the page: what they are, and what cannot be read together. */

import { isPicture } from "../sources/pictures";
import { SourceError } from "../sources/source";
import { element } from "./dom";
import { counted } from "./words";

/** The pictures, or the one video; throws a `SourceError` that says why these cannot be read together. */
export function sorted(files: File[]): { pictures: File[]; video: File | null } {
  const pictures = files.filter(isPicture);
  const others = files.filter((file) => !isPicture(file));
  if (others.length === 0) return { pictures, video: null };
  if (pictures.length > 0) {
    const what = `the file ${others[0].name} is no picture, and was given together with ${counted(pictures.length, "picture")}`;
    throw new SourceError(what, "choose either pictures alone, or one video");
  }
  if (others.length > 1) {
    const what = `${others.length} videos were given, and this page reads one at a time`;
    throw new SourceError(what, "choose one of them, or read all of them with `eyeprentice predict`");
  }
  return { pictures: [], video: others[0] };
}

/** Calls back with files that are dropped anywhere on the page; `failed` is told what is no file. */
export function onDrop(dropped: (files: File[]) => void, failed: (error: SourceError) => void): void {
  const stage = element("stage");
  const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;
  window.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    stage.classList.add("dropping");
  });
  window.addEventListener("dragleave", (event) => event.relatedTarget === null && stage.classList.remove("dropping"));
  window.addEventListener("drop", (event) => {
    if (!hasFiles(event) || event.dataTransfer === null) return;
    event.preventDefault();
    stage.classList.remove("dropping");
    const { items, files } = event.dataTransfer;
    const isFolder = (item: DataTransferItem): boolean => item.webkitGetAsEntry?.()?.isDirectory ?? false;
    if (Array.from(items).some(isFolder)) {
      failed(new SourceError("a folder was dropped, and this page reads files", "open the folder, select what is in it, and drop that"));
    } else dropped(Array.from(files));
  });
}
