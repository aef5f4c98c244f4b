// A client of the live server in JavaScript (a browser, or Node.js 20.10 and newer): sends frames, shows what is believed.
//
//     node client.js [ws://127.0.0.1:8731/api/stream]
//
// Here the frames are noise; an application gives those of its camera, 8-bit grey, row by row.

export function read(address, { width, height, rate }, nextFrame, onReading, onError) {
  const server = new WebSocket(address);
  let ended = false; // nothing is said twice, and an end that was asked for is no error
  const fail = (why) => {
    if (!ended) onError(why);
    ended = true;
    if (server.readyState === WebSocket.OPEN) server.close();
  };
  server.binaryType = "arraybuffer";
  server.onerror = () => fail(`no server answers at ${address}; start one with: eyeprentice live`);
  server.onclose = () => fail("the server ended the connection");
  server.onopen = () =>
    // a camera's frames count when they arrive; `rate` is how many usually come in a second
    server.send(JSON.stringify({ type: "start", frames: "grey", width, height, rate_hz: rate, times: "arrival", eye: "full" }));
  server.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.type === "error" || message.type === "wait") return fail(`${message.what}; ${message.todo}`);
    if (message.type === "reading") onReading(message);
    const frame = nextFrame(); // a Uint8Array of width x height bytes, or null at the end
    if (frame !== null) return server.send(frame);
    ended = true;
    if (server.readyState === WebSocket.OPEN) server.close();
  };
  return server;
}

async function main(address = "ws://127.0.0.1:8731/api/stream") {
  if (typeof WebSocket === "undefined") return again();
  let left = 20;
  const noise = () => (left-- > 0 ? Uint8Array.from({ length: 96 * 96 }, () => 256 * Math.random()) : null);
  const fail = (why) => {
    console.error(`error: ${why}`);
    process.exitCode = 1;
  };
  const show = ({ frame, emotion, probability }) => console.log(frame, emotion, probability);
  try {
    read(address, { width: 96, height: 96, rate: 30 }, noise, show, fail);
  } catch {
    fail(`${address} is no address of a server; give one like ws://127.0.0.1:8731/api/stream`);
  }
}

// Node.js 20 has WebSocket behind a flag: the same program once more, with it.
async function again() {
  const flag = "--experimental-websocket";
  const { spawnSync } = await import("node:child_process");
  if (!process.allowedNodeEnvironmentFlags.has(flag)) {
    console.error(`error: Node.js ${process.versions.node} has no WebSocket; install Node.js 20.10 or newer`);
    process.exitCode = 1;
    return;
  }
  const words = [...process.execArgv, flag, ...process.argv.slice(1)];
  process.exitCode = spawnSync(process.execPath, words, { stdio: "inherit" }).status ?? 1;
}

if (typeof process !== "undefined" && process.argv[1]?.endsWith("client.js")) await main(process.argv[2]);
