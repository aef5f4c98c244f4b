// A client of the live server in JavaScript (a browser, or Node.js 22 and newer): sends frames, shows what is believed.
//
//     node client.js [ws://127.0.0.1:8731/api/stream]
//
// Here the frames are noise; an application gives those of its camera, 8-bit grey, row by row.

export function read(address, { width, height, rate }, nextFrame, onReading) {
  const server = new WebSocket(address);
  server.binaryType = "arraybuffer";
  server.onopen = () =>
    server.send(JSON.stringify({ type: "start", frames: "grey", width, height, rate_hz: rate, eye: "full" }));
  server.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.type === "reading") onReading(message);
    if (message.type === "error" || message.type === "wait") throw new Error(`${message.what}; ${message.todo}`);
    const frame = nextFrame(); // a Uint8Array of width x height bytes, or null at the end
    if (frame === null) server.close();
    else server.send(frame);
  };
  return server;
}

if (typeof process !== "undefined" && process.argv[1]?.endsWith("client.js")) {
  let left = 20;
  const noise = () => (left-- > 0 ? Uint8Array.from({ length: 96 * 96 }, () => 256 * Math.random()) : null);
  const address = process.argv[2] ?? "ws://127.0.0.1:8731/api/stream";
  read(address, { width: 96, height: 96, rate: 30 }, noise, ({ frame, emotion, probability }) =>
    console.log(frame, emotion, probability),
  );
}
