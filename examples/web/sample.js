// A page that embeds the reader: npm install eyeprentice-0.1.0.tgz, then serve this folder (python -m http.server).
import { open } from "./node_modules/eyeprentice/dist/index.js";

const element = (id) => document.getElementById(id);
const tell = (error) => {
  element("answer").textContent = `It cannot be read: ${error.message}`;
  element("numbers").textContent = "";
};
addEventListener("unhandledrejection", ({ reason }) => tell(reason)); // of the camera, a picture or the networks
const reader = await open({ eye: "auto" });
element("answer").textContent = "Ready";

function show({ reading }) {
  element("answer").textContent = reading === null ? "no eye" : reading.certain ? reading.emotion : "uncertain";
  element("numbers").textContent = reading === null ? "" : JSON.stringify(reading, null, 1);
}

element("camera").onclick = async () => {
  const video = element("video");
  video.srcObject = await navigator.mediaDevices.getUserMedia({ video: true });
  await video.play();
  reader.begin();
  const next = async (_, { mediaTime }) => {
    show(await reader.read(video, Math.round(1e6 * mediaTime)));
    video.requestVideoFrameCallback(next); // frames that came meanwhile are left out
  };
  video.requestVideoFrameCallback(next);
};

element("pictures").onchange = async ({ target }) => {
  const files = [...target.files].sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
  const moments = [];
  reader.begin();
  for (const [number, file] of files.entries()) {
    const picture = await createImageBitmap(file);
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    const context = canvas.getContext("2d");
    context.drawImage(picture, 0, 0);
    const pixels = context.getImageData(0, 0, picture.width, picture.height);
    moments.push(await reader.read(pixels, Math.round((number * 1e6) / 30)));
    show(moments.at(-1));
  }
  dispatchEvent(new CustomEvent("read", { detail: moments }));
};
