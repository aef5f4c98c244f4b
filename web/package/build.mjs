// Builds the package into web/package/dist: node build.mjs [PYTHON]. PYTHON has eyeprentice installed; nothing is downloaded.
import { build } from "esbuild";
import { execFileSync } from "node:child_process";
import { copyFile, mkdir, rm } from "node:fs/promises";

const here = new URL(".", import.meta.url).pathname;
const web = new URL("../", import.meta.url).pathname;
const out = `${here}dist/`;

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await build({
  absWorkingDir: web,
  entryPoints: { index: "src/package.ts", worker: "src/worker.ts" },
  outdir: out,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["chrome107", "firefox115", "safari16.4"],
  legalComments: "linked",
  logLevel: "warning",
});
await copyFile(`${web}node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm`, `${out}ort-wasm.wasm`);
await copyFile(`${web}../LICENSE`, `${here}LICENSE`);
const types = ["--declaration", "--emitDeclarationOnly", "--noEmit", "false", "--stripInternal", "--rootDir", "src", "--outDir", `${out}types`];
execFileSync(`${web}node_modules/.bin/tsc`, ["-p", `${here}tsconfig.json`, ...types], { cwd: web, stdio: "inherit" });
execFileSync(process.argv[2] ?? "python3", [`${here}networks.py`, `${out}networks`], { stdio: "inherit" });
