// What the tests share: a Worker of ours in workerd, and asking it as a client does.

import http from "node:http";
import path from "node:path";
import { Log, LogLevel, Miniflare } from "miniflare";

const PROJECT = path.dirname(import.meta.dirname);

/** Runs a Worker of this folder; `options` are Miniflare's. */
export async function run(script, options) {
  const lines = [];
  const miniflare = new Miniflare({
    log: new Log(LogLevel.NONE),
    cf: false,
    handleRuntimeStdio: (...streams) =>
      streams.forEach((stream) => stream.on("data", (data) => lines.push(String(data)))),
    compatibilityDate: "2026-07-30",
    modules: true,
    modulesRoot: PROJECT,
    scriptPath: path.join(PROJECT, script),
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
    ...options,
  });
  await miniflare.ready;
  return {
    miniflare,
    base: (await miniflare.unsafeGetDirectURL()).origin,
    /** What the Worker has logged. */
    log: () => lines.join(""),
    stop: () => miniflare.dispose(),
  };
}

/** A plain HTTP server on a free port. */
export async function serve(handler) {
  const server = http.createServer(handler);
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    address: `127.0.0.1:${server.address().port}`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Asks, and reads the answer to its end. Nothing is followed or unpacked. */
export function ask(address, { method = "GET", headers = {}, body, agent } = {}) {
  return new Promise((done, failed) => {
    const request = http.request(address, { method, headers, agent }, async (response) => {
      const parts = [];
      for await (const part of response) parts.push(part);
      done({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) });
    });
    request.on("error", failed);
    request.end(body);
  });
}
