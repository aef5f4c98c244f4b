/** The timeline as a picture that can be kept: with its key, and what it is of. */

import { EMOTIONS } from "../runtime/contract";
import { colour, emotionColours } from "./colours";

const EDGE = 16;
const LINE = 26;

/** The chart on paper, with a title above it and the colours below; as a PNG file. */
export async function chartPicture(chart: HTMLCanvasElement, title: string, note: string): Promise<Blob> {
  const scale = devicePixelRatio;
  const [edge, line] = [EDGE * scale, LINE * scale];
  const canvas = document.createElement("canvas");
  canvas.width = chart.width + 2 * edge;
  canvas.height = chart.height + 2 * edge + 3 * line;
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("this browser cannot draw the chart");
  context.fillStyle = colour("panel");
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.textBaseline = "middle";
  const write = (text: string, x: number, y: number, of: string, weight = 400, px = 13): void => {
    context.font = `${weight} ${px * scale}px system-ui, sans-serif`;
    context.fillStyle = colour(of);
    context.fillText(text, x, y, canvas.width - x - edge);
  };
  write(title, edge, edge + line / 2, "ink", 600, 15);
  context.drawImage(chart, edge, edge + line);
  const below = edge + line + chart.height;
  const step = (canvas.width - 2 * edge) / EMOTIONS.length;
  emotionColours().forEach((shade, n) => {
    const x = edge + n * step;
    context.fillStyle = shade;
    context.fillRect(x, below + line / 2 - 5 * scale, 10 * scale, 10 * scale);
    write(EMOTIONS[n], x + 15 * scale, below + line / 2, "ink");
  });
  write(note, edge, below + 1.5 * line, "quiet", 400, 12);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob === null ? reject(new Error("this browser cannot save the chart")) : resolve(blob)), "image/png");
  });
}
