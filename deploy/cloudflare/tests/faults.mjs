// The fault proxy: what a network and an overloaded database do to a node.

import http from "node:http";

const SOUND = {
  cut_before: 0,
  cut_after: 0,
  busy: 0,
  delay_ms: [0, 0],
  down: false,
  protocol: false,
  clock_ms: 0,
  seed: 1,
};

/** What is done to one database's requests, and how often it was done. */
export class Faults {
  #counts = { requests: 0, passed: 0, cut_before: 0, cut_after: 0, busy: 0, delayed: 0, down: 0 };
  #wanted = SOUND;
  #random = () => 1;

  /** Sets all of it: what is not named is as it is without faults. */
  set(wanted) {
    const stranger = Object.keys(wanted).find((name) => !(name in SOUND));
    if (stranger !== undefined) throw new Error(`no such fault: ${stranger}`);
    this.#wanted = { ...SOUND, ...wanted };
    this.#random = mulberry32(this.#wanted.seed);
  }

  get counts() {
    return this.#counts;
  }

  /** Draws what happens to the next request. Each draws the same number of
   * times, so that a seed says the same of the tenth whatever befell the ninth. */
  draw() {
    const { cut_before, cut_after, busy, delay_ms, down, protocol, clock_ms } = this.#wanted;
    const [one, two, three, four] = [this.#random(), this.#random(), this.#random(), this.#random()];
    const delay = delay_ms[0] + (delay_ms[1] - delay_ms[0]) * four;
    const counts = this.#counts;
    counts.requests += 1;
    let what = "passed";
    if (down) what = "down";
    else if (one < cut_before) what = "cut_before";
    else if (two < busy) what = "busy";
    else if (three < cut_after) what = "cut_after";
    counts[what] += 1;
    if (delay > 0) counts.delayed += 1;
    return { what, delay, protocol, clock_ms };
  }
}

/** A small generator that a seed starts again from the beginning. */
function mulberry32(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A server that passes requests on to `gateway` as `faultsOf(number)` wants it. */
export function faultProxy(gateway, faultsOf) {
  // workerd hangs up after five idle seconds; a request on its way to a line that
  // is just being hung up would be a cut that nobody asked for.
  const agent = new http.Agent({ keepAlive: true, timeout: 3_000 });
  const server = http.createServer((request, response) => {
    const faults = faultsOf(Number(request.url.split("/")[2]));
    if (faults === undefined) return void response.writeHead(404).end();
    serve(request, response, faults.draw(), gateway, agent).catch(() => request.socket.destroy());
  });
  // The same towards the nodes, which hang up after 90.
  server.keepAliveTimeout = 120_000;
  return server;
}

async function serve(request, response, { what, delay, protocol, clock_ms }, gateway, agent) {
  if (what === "down") return void request.socket.destroy();
  const body = await whole(request);
  // Half of the delay on the way there, half on the way back.
  await later(delay / 2);
  if (what === "cut_before") return void request.socket.destroy();
  if (what === "busy") return says(response, 503, { error: "busy" });
  if (protocol) return says(response, 426, { error: "protocol" });
  const answered = await passOn(request, body, gateway, agent);
  await later(delay / 2);
  if (what === "cut_after") return void request.socket.destroy();
  let bytes = answered.body;
  if (clock_ms !== 0 && answered.status === 200) {
    const said = JSON.parse(bytes);
    bytes = Buffer.from(JSON.stringify({ ...said, now: said.now + clock_ms }));
  }
  response.writeHead(answered.status, { "content-type": "application/json", "content-length": bytes.length });
  response.end(bytes);
}

function passOn(request, body, gateway, agent) {
  const { method, headers, url } = request;
  const sent = http.request(new URL(url, gateway), {
    agent,
    method,
    headers: { ...headers, "content-length": body.length },
  });
  return new Promise((done, failed) => {
    sent.on("error", failed);
    sent.on("response", (answer) =>
      whole(answer).then((bytes) => done({ status: answer.statusCode, body: bytes }), failed),
    );
    sent.end(body);
  });
}

async function whole(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

const later = (ms) => (ms > 0 ? new Promise((done) => setTimeout(done, ms)) : undefined);

/** Answers with JSON. */
export function says(response, status, value) {
  const bytes = Buffer.from(JSON.stringify(value));
  response.writeHead(status, { "content-type": "application/json", "content-length": bytes.length }).end(bytes);
}
