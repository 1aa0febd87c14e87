// The router and its nodes in workerd, with plain HTTP servers as containers.

import assert from "node:assert/strict";
import http from "node:http";
import { after, before, beforeEach, test } from "node:test";
import { setTimeout as later } from "node:timers/promises";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { ask, run, serve } from "./workerd.mjs";

const SECRET = "s".repeat(64);
const SCRIPT = "export const answer = 42;\n".repeat(100);
const PACKED = { br: brotliCompressSync(SCRIPT), gzip: gzipSync(SCRIPT), identity: Buffer.from(SCRIPT) };
const nodes = [];
let worker;
/** What the nodes were asked since the test began. */
let asked = [];

before(async () => {
  for (const name of ["node-0", "node-1"])
    nodes.push(await serve((request, response) => node(name, request, response)));
  const external = (node) => ({ external: { address: node.address, http: {} } });
  worker = await run("tests/router-worker.mjs", {
    bindings: { NODE_COUNT: "2", IMGC_PUBLIC_URL: "https://pictures.example", GATEWAY_SECRET: SECRET },
    serviceBindings: { "node-0": external(nodes[0]), "node-1": external(nodes[1]) },
    durableObjects: { NODES: { className: "TestNode", useSQLite: true } },
    d1Databases: ["DB"],
  });
});
after(async () => {
  await worker.stop();
  nodes.forEach((node) => node.stop());
});
beforeEach(() => (asked = []));

const MINUTES = "public, max-age=300, s-maxage=1";
const LEFT = { streams: 0 };

function node(name, request, response) {
  const { pathname, searchParams } = new URL(request.url, "http://node");
  if (pathname === "/healthz") return void response.end("ok\n");
  asked.push({ name, method: request.method, url: request.url, headers: request.headers });
  const send = (status, headers, body) => response.writeHead(status, headers).end(body);
  if (pathname.startsWith("/media/none")) {
    return send(404, { "cache-control": MINUTES, "content-encoding": "gzip" }, PACKED.gzip);
  }
  if (pathname.startsWith("/media/")) {
    const headers = {
      "content-type": "image/webp",
      etag: '"one"',
      "cache-control": searchParams.get("rule") ?? MINUTES,
    };
    // The query says what this test's picture is like; the router does not keep it apart.
    if (pathname.includes("cookie")) headers["set-cookie"] = "imgc=new";
    if (pathname.includes("private")) headers["cache-control"] = "private, no-store";
    if (pathname.includes("varied")) headers.vary = "Cookie, Accept-Language";
    return send(200, headers, `picture ${asked.length}`);
  }
  if (pathname.startsWith("/pkg/")) {
    const accepted = request.headers["accept-encoding"] ?? "";
    const packed = ["br", "gzip"].find((one) => accepted.includes(one));
    const headers = {
      "content-type": "text/javascript",
      vary: "accept-encoding",
      "cache-control": "public, max-age=31536000, immutable",
    };
    if (packed) headers["content-encoding"] = packed;
    return send(200, headers, PACKED[packed ?? "identity"]);
  }
  if (pathname === "/stream") return void stream(request, response);
  if (pathname === "/cookies") return send(200, { "set-cookie": ["a=1; Path=/", "b=2, with a comma; Path=/"] }, name);
  if (pathname === "/away") return send(303, { location: "/sign-in?next=/create" }, "");
  if (pathname === "/upload") return void upload(request, send);
  send(200, { "content-type": "application/json" }, JSON.stringify({ name, headers: request.headers }));
}

function stream(request, response) {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  const timer = setInterval(() => response.write(`data: ${Date.now()}\n\n`), 50);
  request.on("close", () => {});
  response.on("close", () => {
    clearInterval(timer);
    LEFT.streams += 1;
  });
}

async function upload(request, send) {
  let first;
  let bytes = 0;
  for await (const part of request) {
    first ??= Date.now();
    bytes += part.length;
  }
  send(200, { "content-type": "application/json" }, JSON.stringify({ bytes, first }));
}

const get = (path, headers = {}) => ask(worker.base + path, { headers });
const json = async (path, headers) => JSON.parse((await get(path, headers)).body);
const report = (name, action = "report") => json(`/test/${name}/${action}`);

test("a person stays on one node, and people are spread over both", async () => {
  const seen = new Set();
  for (let person = 0; person < 12; person++) {
    const headers = { cookie: `other=1; imgc=token${person}; last=2`, "cf-connecting-ip": "203.0.113.1" };
    const { name } = await json("/", headers);
    seen.add(name);
    for (const cookie of [`imgc=token${person}`, `__Host-imgc=token${person}; a=b`]) {
      assert.equal((await json("/again", { ...headers, cookie })).name, name, "the session's cookie alone decides");
    }
  }
  assert.equal(seen.size, 2);
  const strangers = await Promise.all(
    Array.from({ length: 12 }, (_, n) => json("/", { cookie: "imgc-sign-in=x", "cf-connecting-ip": `203.0.113.${n}` })),
  );
  assert.equal(new Set(strangers.map(({ name }) => name)).size, 2, "strangers go by their address");
});

test("where a request comes from is what the edge says", async () => {
  const forged = {
    "x-forwarded-for": "198.51.100.7, 10.0.0.1",
    forwarded: "for=198.51.100.7",
    "x-real-ip": "198.51.100.7",
    "true-client-ip": "198.51.100.7",
    "x-forwarded-host": "evil.example",
    "cf-connecting-ip": "203.0.113.9",
    host: "pictures.example",
    cookie: "imgc=mine",
  };
  const { headers } = await json("/", forged);
  assert.equal(headers["x-forwarded-for"], "203.0.113.9");
  assert.equal(headers.host, "pictures.example");
  assert.equal(headers.cookie, "imgc=mine");
  for (const name of ["forwarded", "x-real-ip", "true-client-ip", "x-forwarded-host"])
    assert.equal(headers[name], undefined);
  delete forged["cf-connecting-ip"];
  assert.equal((await json("/", forged)).headers["x-forwarded-for"], undefined, "nothing rather than a lie");
});

test("a picture is asked for once, and again when its seconds are over", async () => {
  for (let n = 0; n < 20; n++) {
    const answer = await get("/media/once/1.webp", { cookie: `imgc=person${n}`, "cf-connecting-ip": `203.0.113.${n}` });
    assert.equal(answer.status, 200);
    assert.equal(answer.body.toString(), "picture 1");
    assert.equal(answer.headers["cache-control"], MINUTES);
  }
  assert.equal(asked.length, 1);
  assert.equal(asked[0].headers.cookie, undefined, "what is kept is what a stranger gets");
  const known = await get("/media/once/1.webp", { "if-none-match": 'W/"one"' });
  assert.deepEqual([known.status, known.body.length], [304, 0]);
  await later(1_200);
  assert.equal((await get("/media/once/1.webp")).body.toString(), "picture 2");
  assert.equal(asked.length, 2);
});

test("a browser that has the picture gets no second copy, even where the edge has none", async () => {
  const fresh = await get("/media/known/1.webp", { "if-none-match": '"zero", "one"' });
  assert.deepEqual([fresh.status, fresh.headers.etag], [304, '"one"']);
  await later(100);
  assert.equal((await get("/media/known/1.webp")).body.toString(), "picture 1");
  assert.equal(asked.length, 1, "and the edge has it now");
});

test("what is private, sets a cookie, failed or depends on more is never kept", async () => {
  for (const path of [
    "/media/private/1.webp",
    "/media/cookie/1.webp",
    "/media/varied/1.webp",
    "/media/none/1.webp",
    "/files/mine/1.webp",
  ]) {
    asked = [];
    const one = await get(path);
    const two = await get(path);
    assert.equal(asked.length, 2, path);
    if (path.includes("cookie"))
      assert.deepEqual(
        [one, two].map(({ headers }) => headers["set-cookie"]),
        [["imgc=new"], ["imgc=new"]],
      );
  }
  const none = await get("/media/none/1.webp", { "accept-encoding": "gzip" });
  assert.ok(none.body.equals(PACKED.gzip), "what is not kept passes as it is");
  for (const method of ["HEAD", "POST"]) await ask(`${worker.base}/media/method/1.webp`, { method });
  assert.equal(asked.filter(({ url }) => url.includes("method")).length, 2);
});

test("a file keeps its packing, each by itself", async () => {
  const wanted = {
    "gzip, deflate, br, zstd": "br",
    "gzip;q=1.0, br;q=0": "gzip",
    "": "identity",
    "zstd, gzip": "gzip",
  };
  for (let round = 0; round < 2; round++) {
    for (const [said, packing] of Object.entries(wanted)) {
      const answer = await get("/pkg/app.js", { "accept-encoding": said });
      assert.equal(answer.headers["content-encoding"] ?? "identity", packing, said);
      assert.ok(answer.body.equals(PACKED[packing]), `${said}: ${answer.body.length} bytes`);
      await later(50);
    }
  }
  assert.equal(asked.length, 3);
});

test("events arrive when they are sent, and the node sees the browser leave", async () => {
  const before = LEFT.streams;
  const late = [];
  await new Promise((done, failed) => {
    const request = http.get(`${worker.base}/stream`, (response) => {
      response.on("data", (data) => {
        late.push(Date.now() - Number(/data: (\d+)/.exec(data)[1]));
        if (late.length === 8) request.destroy();
      });
      response.on("close", done);
    });
    request.on("error", (error) => late.length < 8 && failed(error));
  });
  late.sort((one, other) => one - other);
  assert.ok(late[4] < 100, `late by ${late} ms`);
  for (let n = 0; n < 100 && LEFT.streams === before; n++) await later(20);
  assert.equal(LEFT.streams, before + 1);
});

test("an upload is passed on while it arrives", async () => {
  const answer = await new Promise((done, failed) => {
    const request = http.request(`${worker.base}/upload`, { method: "POST" }, async (response) => {
      let text = "";
      for await (const part of response) text += part;
      done(JSON.parse(text));
    });
    request.on("error", failed);
    request.write(Buffer.alloc(200_000));
    setTimeout(() => request.end(Buffer.alloc(100_000, 1)), 400);
  });
  assert.equal(answer.bytes, 300_000);
  assert.ok(Date.now() - answer.first > 300, "the first part was there before the last was sent");
});

test("cookies stay apart, and redirects are the browser's", async () => {
  assert.deepEqual((await get("/cookies")).headers["set-cookie"], ["a=1; Path=/", "b=2, with a comma; Path=/"]);
  const away = await get("/away");
  assert.deepEqual([away.status, away.headers.location], [303, "/sign-in?next=/create"]);
});

test("a container is started once, with imgc's settings and with the database", async () => {
  await Promise.all(Array.from({ length: 12 }, (_, n) => get("/", { cookie: `imgc=many${n}` })));
  for (const name of ["node-0", "node-1"]) {
    const { running, asked } = await report(name);
    assert.ok(running);
    const starts = asked.filter(([what]) => what === "start");
    assert.deepEqual(starts, [
      [
        "start",
        {
          env: { IMGC_PUBLIC_URL: "https://pictures.example", IMGC_DATABASE_URL: "http://d1.imgc.internal" },
          enableInternet: true,
        },
      ],
    ]);
    assert.deepEqual(asked[0], ["intercept", "d1.imgc.internal"], "before the start");
    assert.ok(asked.every(([what, port]) => what !== "port" || port === 3000));
    assert.equal((await report(name, "hello")).protocol, 1);
  }
  await report("node-0", "crash");
  await Promise.all(Array.from({ length: 12 }, (_, n) => get("/", { cookie: `imgc=many${n}` })));
  const { asked: again } = await report("node-0");
  assert.equal(again.filter(([what]) => what === "start").length, 2, "after a crash, once more");
});

test("the gateway's public entrance is on the same host", async () => {
  const headers = { authorization: `Bearer ${SECRET}`, "imgc-protocol": "1" };
  assert.equal((await json("/.d1/v1/hello", headers)).protocol, 1);
  assert.equal((await get("/.d1/v1/hello", { "imgc-protocol": "1" })).status, 401);
  assert.equal(asked.length, 0);
});

test("the cron wakes a node for work, and only then", async () => {
  const db = await worker.miniflare.getD1Database("DB");
  const cron = async () => (await worker.miniflare.getWorker()).scheduled({ cron: "* * * * *" });
  const starts = async () => {
    const reports = await Promise.all(["node-0", "node-1"].map((name) => report(name)));
    return reports.map(({ asked }) => asked.filter(([what]) => what === "start").length);
  };
  const idles = async () => (await report("node-1")).asked.filter(([what]) => what === "idle").length;
  const sleep = () => Promise.all(["node-0", "node-1"].map((name) => report(name, "crash")));
  await sleep();
  let [zero, one] = await starts();
  await cron();
  assert.deepEqual(await starts(), [zero, one], "without a schema there is nothing to do");
  await db.exec(
    "CREATE TABLE jobs (state TEXT); CREATE TABLE leases (name TEXT PRIMARY KEY, owner TEXT, until INTEGER)",
  );
  await db
    .prepare("INSERT INTO leases VALUES ('housekeeping', 'x', ?1)")
    .bind(Date.now() - 30 * 60_000)
    .run();
  await db.prepare("INSERT INTO jobs VALUES ('ready'), ('failed'), ('unknown'), ('cancelled')").run();
  await cron();
  assert.deepEqual(await starts(), [zero, one], "all is done, and the house was kept half an hour ago");
  await db.prepare("INSERT INTO jobs VALUES ('received')").run();
  await cron();
  assert.deepEqual(await starts(), [zero + 1, one], "a job is under way");
  await cron();
  assert.deepEqual(await starts(), [zero + 1, one], "one node is enough");
  await sleep();
  await db.prepare("DELETE FROM jobs WHERE state = 'received'").run();
  await db
    .prepare("UPDATE leases SET until = ?1")
    .bind(Date.now() - 46 * 60_000)
    .run();
  await cron();
  assert.deepEqual(await starts(), [zero + 2, one], "nobody has kept the house for three quarters of an hour");
  // A node that runs is kept awake instead.
  await sleep();
  for (let n = 0; (await starts())[1] === one; n++) await get("/", { cookie: `imgc=wake${n}` });
  await report("node-0", "crash");
  [zero] = await starts();
  const before = await idles();
  await cron();
  assert.equal((await starts())[0], zero);
  assert.equal(await idles(), before + 1);
});

test("closed for maintenance, the nodes stop and only the gateway answers", async () => {
  for (let n = 0; n < 12; n++) await get("/", { cookie: `imgc=open${n}` });
  asked = [];
  const closed = await get("/", { "test-closed": "1" });
  assert.deepEqual([closed.status, closed.headers["retry-after"]], [503, "300"]);
  assert.equal((await get("/media/once/1.webp", { "test-closed": "1" })).status, 503);
  const headers = { authorization: `Bearer ${SECRET}`, "imgc-protocol": "1", "test-closed": "1" };
  assert.equal((await get("/.d1/v1/hello", headers)).status, 200);
  await get("/test/cron/on");
  for (const name of ["node-0", "node-1"]) {
    const { running, asked } = await report(name);
    assert.equal(running, false);
    assert.deepEqual(asked.at(-1), ["signal", 15]);
  }
  assert.equal(asked.length, 0);
});

test("without a node the answer is to come back", async () => {
  const alone = await run("tests/router-worker.mjs", {
    bindings: { NODE_COUNT: "2" },
    serviceBindings: { "node-1": { external: { address: nodes[1].address, http: {} } } },
    durableObjects: { NODES: { className: "TestNode", useSQLite: true } },
    d1Databases: ["DB"],
  });
  try {
    for (let n = 0; n < 6; n++) {
      const headers = { cookie: `imgc=${n}` };
      assert.equal(
        JSON.parse((await ask(alone.base, { headers })).body).name,
        "node-1",
        "the other one answers a read",
      );
      const form = await ask(alone.base, { method: "POST", headers, body: "x" });
      if (form.status === 503)
        assert.deepEqual([form.headers["retry-after"], form.headers["cache-control"]], ["5", "no-store"]);
    }
    assert.match(alone.log(), /no container instance/);
  } finally {
    await alone.stop();
  }
});
