// The stand: what the tests of the nodes rely on.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as later } from "node:timers/promises";
import { AwsClient } from "./aws.mjs";
import { ask } from "./workerd.mjs";

const STAND = path.join(import.meta.dirname, "stand.mjs");
let stand;

before(async () => (stand = await start()));
after(() => stand.stop());

/** Starts a stand; `order` is its control. */
async function start() {
  const process_ = spawn(process.execPath, [STAND], { stdio: ["pipe", "pipe", "inherit"] });
  const exit = new Promise((done) => process_.once("exit", done));
  const line = await new Promise((done, failed) => {
    process_.stdout.once("data", (data) => done(String(data)));
    exit.then((code) => failed(new Error(`the stand ended with ${code}`)));
  });
  const { control } = JSON.parse(line);
  const order = async (place, body) => {
    const method = body === undefined ? "GET" : "POST";
    const answer = await ask(control + place, { method, body: body && JSON.stringify(body) });
    const said = JSON.parse(answer.body);
    if (answer.status !== 200) throw new Error(said.error);
    return said;
  };
  return {
    process: process_,
    exit,
    order,
    stop: () => {
      process_.stdin.end();
      return exit;
    },
  };
}

async function call(taken, mode, statements, address = taken.gateway) {
  const answer = await ask(`${address}/v1/batch`, {
    method: "POST",
    headers: { authorization: `Bearer ${taken.secret}`, "content-type": "application/json", "imgc-protocol": "1" },
    body: JSON.stringify({ mode, statements }),
  });
  return { status: answer.status, ...JSON.parse(answer.body) };
}

const rows = async (taken, sql) => (await call(taken, "read", [[sql, []]])).results[0].rows;
const write = (taken, sql, values = []) => call(taken, "write", [[sql, values]]);
const take = (body = {}) => stand.order("/take", body);

test("databases are apart, and each has its own secret", async () => {
  const [one, two] = [await take(), await take()];
  assert.equal((await write(one, "CREATE TABLE t (a)")).status, 200);
  assert.equal((await write(two, "SELECT * FROM t")).status, 422);
  assert.equal((await call({ ...one, secret: two.secret }, "read", [["SELECT 1 AS a", []]])).status, 401);
  const next = "n".repeat(64);
  await stand.order(`/databases/${one.database}/secrets`, { secret: one.secret, next });
  for (const secret of [one.secret, next])
    assert.equal((await call({ ...one, secret }, "read", [["SELECT 1 AS a", []]])).status, 200);
});

test("a database can be had with the schema", async () => {
  const taken = await take({ migrated: true });
  const files = fs.readdirSync(path.resolve(import.meta.dirname, "../../../migrations")).sort();
  const headers = { authorization: `Bearer ${taken.secret}`, "imgc-protocol": "1" };
  const hello = JSON.parse((await ask(`${taken.gateway}/v1/hello`, { headers })).body);
  assert.deepEqual(hello.migrations, files);
  assert.deepEqual(await rows(taken, "SELECT id FROM users"), []);
});

test("an older database can be put back", async () => {
  const taken = await take();
  const place = `/databases/${taken.database}`;
  await write(taken, "CREATE TABLE t (a INTEGER) STRICT");
  await write(taken, "INSERT INTO t VALUES (1)");
  const { snapshot } = await stand.order(`${place}/snapshot`, {});
  for (let round = 0; round < 2; round++) {
    await write(taken, "INSERT INTO t VALUES (2)");
    assert.deepEqual(await rows(taken, "SELECT a FROM t"), [[1], [2]]);
    await stand.order(`${place}/restore`, { snapshot });
    assert.deepEqual(await rows(taken, "SELECT a FROM t"), [[1]]);
  }
  await stand.order(`${place}/sql`, { statements: [["INSERT INTO t VALUES (?1)", [9]]] });
  const said = await stand.order(`${place}/sql`, { statements: [["SELECT a FROM t ORDER BY a", []]] });
  assert.deepEqual(said.results, [[{ a: 1 }, { a: 9 }]]);
});

test("the fault proxy cuts before and after, and says how often", async () => {
  const taken = await take();
  const faults = `/faults/${taken.database}`;
  await write(taken, "CREATE TABLE t (a INTEGER) STRICT");
  const insert = (value) =>
    call(taken, "write", [["INSERT INTO t VALUES (?1)", [value]]], taken.faults).then(
      ({ status }) => status,
      () => "cut",
    );
  const befallen = async (wanted, value) => {
    await stand.order(faults, wanted);
    const status = await insert(value);
    return [status, (await rows(taken, `SELECT a FROM t WHERE a = ${value}`)).length];
  };
  assert.deepEqual(await befallen({}, 1), [200, 1]);
  assert.deepEqual(await befallen({ cut_before: 1 }, 2), ["cut", 0]);
  assert.deepEqual(await befallen({ cut_after: 1 }, 3), ["cut", 1]);
  assert.deepEqual(await befallen({ busy: 1 }, 4), [503, 0]);
  assert.deepEqual(await befallen({ down: true }, 5), ["cut", 0]);
  assert.deepEqual(await befallen({ protocol: true }, 6), [426, 0]);
  const began = Date.now();
  assert.deepEqual(await befallen({ delay_ms: [200, 300] }, 7), [200, 1]);
  assert.ok(Date.now() - began >= 200);
  await stand.order(faults, { clock_ms: 60_000 });
  assert.ok((await call(taken, "read", [["SELECT 1 AS a", []]], taken.faults)).now > Date.now() + 50_000);
  const counts = await stand.order(faults);
  assert.deepEqual(counts, { requests: 8, passed: 4, cut_before: 1, cut_after: 1, busy: 1, delayed: 1, down: 1 });
  await assert.rejects(stand.order(faults, { cutbefore: 1 }), /no such fault/);
  // The same seed, the same fate.
  const fates = async () => {
    await stand.order(faults, { cut_before: 0.3, busy: 0.3, seed: 7 });
    const all = [];
    for (let n = 0; n < 12; n++) all.push(await insert(100 + n));
    return all;
  };
  const first = await fates();
  assert.deepEqual(await fates(), first);
  assert.ok(new Set(first).size > 1, first.join());
});

test("the bucket speaks S3, and an object is created by one of many", async () => {
  const { s3 } = await take();
  const client = new AwsClient(s3);
  const put = (name, body, headers = {}) =>
    client.send("PUT", `${s3.url.slice("s3:/".length)}/${name}`, { body, headers });
  const racers = await Promise.all(
    Array.from({ length: 8 }, (_, n) => put("once", `racer ${n}`, { "if-none-match": "*" })),
  );
  assert.deepEqual(racers.map(({ status }) => status).sort(), [200, ...Array(7).fill(412)]);
  const found = await client.send("GET", `${s3.url.slice("s3:/".length)}/once`);
  assert.match(found.body.toString(), /^racer \d$/);
  assert.equal((await new AwsClient({ ...s3, secret_access_key: "x" }).send("GET", `/imgc/x`)).status, 403);
});

test("nothing of a stand is left when it ends", async () => {
  const folderOf = (pid) =>
    ["/dev/shm", "/tmp"].map((base) => path.join(base, `imgc-stand-${pid}`)).find(fs.existsSync);
  const childrenOf = (pid) => fs.readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
  const gone = async (pid) => {
    for (let n = 0; n < 100 && fs.existsSync(`/proc/${pid}`); n++) await later(30);
    return !fs.existsSync(`/proc/${pid}`);
  };
  const ends = [
    (other) => other.process.stdin.end(),
    (other) => other.process.kill("SIGTERM"),
    (other) => other.process.kill("SIGKILL"),
  ];
  for (const end of ends) {
    const other = await start();
    const [workerd] = childrenOf(other.process.pid);
    const folder = folderOf(other.process.pid);
    assert.ok(workerd && folder);
    end(other);
    await other.exit;
    assert.ok(await gone(workerd), "workerd");
    // What a killed one leaves is removed by the next.
    if (end !== ends[2]) assert.ok(!fs.existsSync(folder), folder);
    else {
      await (await start()).stop();
      assert.ok(!fs.existsSync(folder), folder);
    }
  }
});
