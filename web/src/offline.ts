/** The service worker: it keeps all files of one release, so that the page opens without the program. All or none: what is
 * asked for has its release in its address, so files of two releases cannot meet. */

/** All that the page asks for, but the page itself and what the program says; the build fills it in. */
declare const FILES: string[];
const NETWORK = ["api/model", "api/status", "api/model.onnx", "api/finder.onnx", "api/upright.onnx"];
const PAGE = "./";

const scope = self as unknown as ServiceWorkerGlobalScope;
const release = new URL(scope.location.href).searchParams.get("release") ?? "";

scope.addEventListener("install", (event) => event.waitUntil(keep()));
scope.addEventListener("activate", (event) => event.waitUntil(takeOver()));
scope.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== scope.location.origin) return;
  if (address.searchParams.get("release") === release) event.respondWith(kept(request));
  else if (isPage(address)) event.respondWith(newest(request));
  else if (FILES.includes(address.pathname.slice(1))) event.respondWith(newest(request));
});

async function keep(): Promise<void> {
  const page = await fetch(PAGE, { cache: "no-store" });
  const text = await page.clone().text();
  if (!page.ok || !text.includes(`data-release="${release}"`)) throw new Error("the program is another release by now");
  const cache = await caches.open(release);
  await cache.addAll([...FILES, ...NETWORK].map((path) => `${path}?release=${release}`));
  await cache.put(PAGE, page);
  await scope.skipWaiting();
}

async function takeOver(): Promise<void> {
  for (const name of await caches.keys()) if (name !== release) await caches.delete(name);
  await scope.clients.claim();
}

/** What never changes. */
async function kept(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request);
}

/** The program's, if it is there: it may be another release. */
async function newest(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    const path = isPage(new URL(request.url)) ? PAGE : `${new URL(request.url).pathname}?release=${release}`;
    const found = await caches.match(path);
    if (found === undefined) throw error;
    return found;
  }
}

function isPage({ pathname }: URL): boolean {
  return pathname === "/" || pathname === "/index.html";
}
