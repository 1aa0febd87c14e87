// Two real nodes behind the router, on the stand's D1 and R2. Needs a built imgc
// with the demo in it:
//   IMGC_BIN=target/debug/imgc LEPTOS_SITE_ROOT=target/site node --test …/nodes.test.mjs
// (both from the repository's root).

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import { createServer } from "node:net";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as later } from "node:timers/promises";
import { promisify } from "node:util";
import { ask, run } from "./workerd.mjs";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const BIN = process.env.IMGC_BIN && path.resolve(ROOT, process.env.IMGC_BIN);
const skip = BIN ? false : "IMGC_BIN is not set";
const started = { children: [], folders: [], nodes: [] };

/** What a node of a test needs; `port` is its site's, the next one its demo's. */
function environment({ gateway, secret, s3 }, key, origin, port, data) {
  return {
    ...process.env,
    LEPTOS_SITE_ADDR: `127.0.0.1:${port}`,
    LEPTOS_SITE_ROOT: path.resolve(ROOT, process.env.LEPTOS_SITE_ROOT ?? "target/site"),
    IMGC_PUBLIC_URL: origin,
    IMGC_TRUSTED_PROXIES: "127.0.0.0/8",
    IMGC_DATA_DIR: data,
    IMGC_DATABASE_URL: gateway,
    IMGC_DATABASE_SECRET: secret,
    IMGC_INSTANCE_KEY: key,
    IMGC_OBJECTS_URL: s3.url,
    IMGC_OBJECTS_ENDPOINT: s3.endpoint,
    IMGC_OBJECTS_REGION: s3.region,
    IMGC_OBJECTS_ACCESS_KEY_ID: s3.access_key_id,
    IMGC_OBJECTS_SECRET_ACCESS_KEY: s3.secret_access_key,
    IMGC_DEMO_PACE_MS: "0",
    IMGC_DEMO_PAINTED_PIXELS: "10000",
  };
}

before(async () => {
  if (skip) return;
  const taken = await stand();
  const key = randomBytes(32).toString("hex");
  const ports = [await freePair(), await freePair()];
  const external = (port) => ({ external: { address: `127.0.0.1:${port}`, http: {} } });
  started.router = await run("tests/router-worker.mjs", {
    bindings: { NODE_COUNT: "2" },
    serviceBindings: { "node-0": external(ports[0]), "node-1": external(ports[1]) },
    durableObjects: { NODES: { className: "TestNode", useSQLite: true } },
    d1Databases: ["DB"],
  });
  const environments = ports.map((port) => {
    const data = fs.mkdtempSync(path.join(os.tmpdir(), "imgc-node-"));
    started.folders.push(data);
    return environment(taken, key, started.router.base, port, data);
  });
  await promisify(execFile)(BIN, ["migrate"], { cwd: ROOT, env: environments[0] });
  for (const [index, port] of ports.entries()) await start(environments[index], port);
});

after(async () => {
  await started.router?.stop();
  // The nodes before the stand.
  for (const child of started.children.reverse()) await ended(child);
  for (const folder of started.folders) fs.rmSync(folder, { recursive: true, force: true });
});

/** A database and a prefix of a stand: the one that is there, or one of our own. */
async function stand() {
  let control = process.env.IMGC_TEST_STAND;
  if (control === undefined) {
    const child = spawn(process.execPath, [path.join(import.meta.dirname, "stand.mjs")], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    started.children.push(child);
    const line = await new Promise((done) => child.stdout.once("data", (data) => done(String(data))));
    control = JSON.parse(line).control;
  }
  return JSON.parse((await ask(`${control}/take`, { method: "POST" })).body);
}

async function start(env, port) {
  const child = spawn(BIN, ["serve"], { cwd: ROOT, env, stdio: ["ignore", "ignore", "pipe"] });
  started.children.push(child);
  let complaint = "";
  child.stderr.on("data", (data) => (complaint += data));
  const base = `http://127.0.0.1:${port}`;
  const host = new URL(started.router.base).host;
  for (let n = 0; n < 300; n++) {
    if (child.exitCode !== null) throw new Error(`imgc ended with ${child.exitCode}\n${complaint}`);
    const answer = await ask(`${base}/readyz`, { headers: { host } }).catch(() => undefined);
    if (answer?.status === 200) return void started.nodes.push(base);
    await later(100);
  }
  throw new Error(`the node on ${port} was not ready in time\n${complaint}`);
}

async function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((done) => child.once("exit", done));
  child.kill("SIGTERM");
  const impatience = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await exit;
  clearTimeout(impatience);
}

/** A free port whose successor is free too: the demo's services take that one. */
async function freePair() {
  const listen = (port) =>
    new Promise((done, failed) => {
      const server = createServer().once("error", failed);
      server.listen(port, "127.0.0.1", () => {
        const { port } = server.address();
        server.close(() => done(port));
      });
    });
  for (let n = 0; n < 50; n++) {
    const port = await listen(0);
    if (port < 65_535 && (await listen(port + 1).catch(() => 0))) return port;
  }
  throw new Error("no two free ports in a row");
}

/** A browser as far as the server can tell: it keeps cookies. */
class Browser {
  cookies = new Map();

  async send(address, { method = "GET", headers = {}, body } = {}) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await ask(address, {
      method,
      headers: { accept: "text/html", "sec-fetch-site": "same-origin", ...(cookie && { cookie }), ...headers },
      body,
    });
    for (const line of answer.headers["set-cookie"] ?? []) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (value === "") this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return answer;
  }

  async signIn(site, person) {
    const begun = await this.send(`${site}/auth/start?next=/create`);
    assert.equal(begun.status, 303, begun.body.toString());
    const authorize = new URL(begun.headers.location);
    const form = new URLSearchParams(authorize.search);
    form.set("name", person);
    // The provider is another site: our cookies do not go there.
    const chosen = await ask(authorize, {
      method: "POST",
      headers: {
        origin: authorize.origin,
        "sec-fetch-site": "same-origin",
        "content-type": "application/x-www-form-urlencoded",
      },
      body: form.toString(),
    });
    const callback = new URL(chosen.headers.location);
    assert.equal(callback.origin, site, "the way back leads through the router");
    const done = await this.send(callback);
    assert.ok(done.status < 400, done.body.toString());
  }
}

test("a page is served through the router, and its files with it", { skip }, async () => {
  const site = started.router.base;
  const page = await new Browser().send(site);
  assert.equal(page.status, 200);
  assert.match(page.headers["content-type"], /^text\/html/);
  const style = /href="(\/pkg\/[^"]+\.css)"/.exec(page.body)?.[1];
  assert.ok(style, "the page names its style sheet");
  assert.equal((await ask(site + style)).status, 200);
});

test("a session made on one node is known on the other", { skip }, async () => {
  const site = started.router.base;
  const ada = new Browser();
  await ada.signIn(site, "Ada Lovelace");
  // A node asked past the router still hears the name that people use.
  const headers = { host: new URL(site).host };
  for (const base of [site, ...started.nodes]) {
    assert.equal((await ada.send(`${base}/account`, { headers })).status, 200, base);
    const stranger = await new Browser().send(`${base}/account`, { headers });
    assert.match(stranger.headers.location ?? "", /^\/sign-in/);
  }
});
