// What of others is in the built page: every package that esbuild put into it, its licence, and where its source is.
import { readFile, readdir } from "node:fs/promises";

// The package has no file with its licence; what is in its WebAssembly is listed beside its source.
const MIT_OF_MICROSOFT = `MIT License

Copyright (c) Microsoft Corporation

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`;
const NOTES = {
  "onnxruntime-web": (version) =>
    "ort-wasm.wasm and worker.js. The notices of the software within it are in ThirdPartyNotices.txt of\n" +
    `https://github.com/microsoft/onnxruntime/tree/v${version} and of the Python package onnxruntime.`,
};

/** The text of third_party.txt; throws where a package has no licence that could be shown. */
export async function thirdParty(here, metafile) {
  const lock = JSON.parse(await readFile(`${here}package-lock.json`, "utf8")).packages;
  const inputs = Object.keys(metafile.inputs).map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]);
  const names = [...new Set(inputs.filter(Boolean))].sort();
  const parts = ["The page that `eyeprentice live` serves contains this software of others. All else in it is eyeprentice's own (MIT).\n"];
  for (const name of names) {
    const { version, license } = lock[`node_modules/${name}`];
    const source = `https://registry.npmjs.org/${name}/-/${name.split("/").pop()}-${version}.tgz`;
    const note = NOTES[name]?.(version);
    parts.push(`== ${name} ${version} (${license})\nsource: ${source}\n${note ? note + "\n" : ""}\n${await licence(`${here}node_modules/${name}`, name)}`);
  }
  return parts.join("\n") + "\n";
}

async function licence(folder, name) {
  const file = (await readdir(folder)).sort().find((entry) => /^licen[cs]e/i.test(entry));
  if (file) return await readFile(`${folder}/${file}`, "utf8");
  if (name.startsWith("onnxruntime-")) return MIT_OF_MICROSOFT;
  throw new Error(`${name}: has no file with its licence; add the text to third_party.mjs`);
}
