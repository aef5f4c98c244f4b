// Builds the page into the package: node build.mjs. Everything that it needs is in node_modules; nothing is downloaded.
import { Resvg } from "@resvg/resvg-js";
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { thirdParty } from "./third_party.mjs";

const out = new URL("../src/eyeprentice/app/serving/page/", import.meta.url).pathname;
const here = new URL(".", import.meta.url).pathname;
const LARGE = 20_000; // bytes from which on a file lies there compressed

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const bundle = (entryPoints, define = {}) =>
  build({
    absWorkingDir: here,
    entryPoints,
    define,
    outdir: out,
    bundle: true,
    minify: true,
    format: "esm",
    target: ["chrome107", "firefox115", "safari16.4"],
    legalComments: "linked",
    metafile: true,
    logLevel: "warning",
  });
const { metafile } = await bundle({ app: "src/page/app.ts", worker: "src/worker.ts", style: "src/page/style.css" });
await copyFile(`${here}node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm`, `${out}ort-wasm.wasm`);
for (const folder of [`${here}static/`, `${here}../build/page-clip/`]) {
  for (const file of await readdir(folder)) await copyFile(folder + file, out + file);
}

await writeFile(`${out}third_party.txt`, await thirdParty(here, metafile));

// The icons of an installed page: the drawing itself, and with room around it for systems that cut icons into shapes.
const drawing = await readFile(`${here}static/icon.svg`, "utf8");
const onPaper = drawing.replace(/viewBox="[^"]*">/, 'viewBox="-8 -8.5 48 48"><path d="M-8-8.5h48v48h-48z" fill="#d7eaf1"/>');
for (const [name, svg, side] of [["icon-192", drawing, 192], ["icon-512", drawing, 512], ["icon-maskable", onPaper, 512]]) {
  await writeFile(`${out}${name}.png`, new Resvg(svg, { fitTo: { mode: "width", value: side } }).render().asPng());
}

// What the service worker keeps: all that the page asks for.
const kept = (await readdir(out)).filter((name) => name !== "index.html" && !name.endsWith(".txt"));
await bundle({ sw: "src/offline.ts" }, { FILES: JSON.stringify(kept.sort()) });

let total = 0;
for (const file of await readdir(out)) {
  const content = await readFile(out + file);
  let sent = content.length;
  if (sent >= LARGE && !/\.(webm|txt)$/.test(file)) {
    const brotli = await compressed(content);
    await writeFile(`${out}${file}.br`, brotli); // browsers take it from this computer and over HTTPS
    await writeFile(`${out}${file}.gz`, gzipSync(content, { level: 9 }));
    await rm(out + file);
    sent = brotli.length;
  }
  total += sent;
}
console.log(`page: ${(total / 1e6).toFixed(2)} MB as it is sent, in src/eyeprentice/app/serving/page`);

// As small as brotli makes it, which takes a minute for the WebAssembly: what was compressed once is kept in build/brotli.
async function compressed(content) {
  const kept = `${here}../build/brotli/${createHash("sha256").update(content).digest("hex")}.br`;
  try {
    return await readFile(kept);
  } catch {
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 };
    const brotli = brotliCompressSync(content, { params });
    await mkdir(`${here}../build/brotli`, { recursive: true });
    await writeFile(`${kept}.${process.pid}`, brotli);
    await rename(`${kept}.${process.pid}`, kept); // whole or not at all
    return brotli;
  }
}
