// The stand: D1 and R2 in workerd, for the tests of everything that asks them.
// Prints {"control": "http://127.0.0.1:…"} when it is ready, and ends with its
// standard input, with its parent, or on SIGTERM. Nothing of it remains.
//
//   POST /take                    a database of its own and a prefix in the bucket;
//                                 {"migrated": true}: with the schema in it
//   POST /faults/17               what befalls requests to its `faults` address
//   GET  /faults/17               how often it did
//   POST /databases/17/snapshot   → {"snapshot": "…"}
//   POST /databases/17/restore    {"snapshot": "…"}, as Time Travel would; without: the last one
//   POST /databases/17/sql        {"statements": [["SQL", []]]} → {"results": […]}, past the gateway
//   POST /databases/17/secrets    {"secret": "…", "next": "…"}
//   GET  /log                     the last lines the gateway and workerd logged
//   GET  /stats                   databases taken, memory in bytes

import { randomBytes, randomUUID } from "node:crypto";
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { createInterface } from "node:readline";
import { Log, LogLevel, Miniflare } from "miniflare";
import { Faults, faultProxy, says } from "./faults.mjs";
import { endWithParent, freshFolder, mortalWorkerd } from "./lifetime.mjs";
import { ENTRANCE, fileOf, pool } from "./pool.mjs";

// Node warns that its SQLite is new.
process.removeAllListeners("warning");
const { DatabaseSync } = await import("node:sqlite");

const PROJECT = path.dirname(import.meta.dirname);
const MIGRATIONS = path.resolve(PROJECT, "../../migrations");
/** wrangler's own table. */
const MIGRATIONS_TABLE = `CREATE TABLE IF NOT EXISTS d1_migrations(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`;
/** Databases; a restore takes one more. */
const PLACES = 2_000;
const BUCKET = "imgc";
const LOG_LINES = 500;

const folder = freshFolder();
const d1 = path.join(folder, "d1");
const token = randomUUID();
const keys = { accessKeyId: randomBytes(16).toString("hex"), secretAccessKey: randomBytes(32).toString("hex") };
const log = [];
/** By number: the place in the pool, the faults, the last snapshot. */
const databases = new Map();
let places = 0;
let snapshots = 0;
let template;

process.env.MINIFLARE_WORKERD_PATH ??= mortalWorkerd(folder);
const miniflare = new Miniflare({
  log: new Log(LogLevel.NONE),
  // Without it Miniflare asks the network where it is.
  cf: false,
  // Kept, because a parent that does not read our standard error would stop us.
  handleRuntimeStdio: (...streams) =>
    streams.forEach((stream) =>
      createInterface(stream).on("line", (line) => log.push(line) > LOG_LINES && log.shift()),
    ),
  d1Persist: d1,
  r2Persist: path.join(folder, "r2"),
  compatibilityDate: "2026-07-30",
  modules: true,
  modulesRoot: PROJECT,
  scriptPath: path.join(import.meta.dirname, "stand-worker.mjs"),
  bindings: { STAND_TOKEN: token },
  d1Databases: ENTRANCE,
  unsafeBindings: pool(PLACES),
  r2Buckets: { R2: { id: BUCKET, s3Credentials: keys } },
  // To the gateway without Miniflare's own Worker between.
  unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
});
const s3 = new URL("/cdn-cgi/local/r2/s3", await miniflare.ready).href;
const gateway = (await miniflare.unsafeGetDirectURL()).origin;
const faultsAt = await listen(faultProxy(gateway, (number) => databases.get(number)?.faults));
const control = await listen(http.createServer(serve));
process.stdout.write(`${JSON.stringify({ control })}\n`);

// However it ends: Miniflare has a way of its own to end on a signal.
process.on("exit", () => fs.rmSync(folder, { recursive: true, force: true }));
endWithParent(async () => {
  await miniflare.dispose().catch(() => {});
  process.exit(0);
});

function listen(server) {
  return new Promise((done) => server.listen(0, "127.0.0.1", () => done(`http://127.0.0.1:${server.address().port}`)));
}

async function serve(request, response) {
  try {
    let text = "";
    for await (const part of request) text += part;
    const [, kind, number, action] = request.url.split("/");
    const order = `${request.method} ${[kind, action].filter(Boolean).join(" ")}`;
    if (!(order in ORDERS)) return says(response, 404, { error: "no such order" });
    says(response, 200, await ORDERS[order](text === "" ? {} : JSON.parse(text), Number(number)));
  } catch (error) {
    says(response, 400, { error: String(error?.message ?? error) });
  }
}

const ORDERS = {
  "POST take": take,
  "POST faults": (wanted, number) => {
    known(number).faults.set(wanted);
    return {};
  },
  "GET faults": (_, number) => known(number).faults.counts,
  "POST databases snapshot": (_, number) => {
    const database = known(number);
    database.snapshot = copyOf(database.place);
    return { snapshot: database.snapshot };
  },
  "POST databases restore": restore,
  "POST databases sql": ({ statements }, number) => tell({ sql: { place: known(number).place, statements } }),
  "POST databases secrets": ({ secret, next }, number) => {
    known(number);
    return tell({ set: { number, secret, next } });
  },
  "GET log": () => ({ log }),
  "GET stats": stats,
};

async function take({ migrated = false }) {
  const number = databases.size;
  const place = freshPlace();
  databases.set(number, { place, faults: new Faults() });
  if (migrated) fs.copyFileSync(path.join(folder, await (template ??= migrate())), fileOf(d1, place));
  const secret = randomBytes(32).toString("hex");
  await tell({ set: { number, place, secret } });
  return {
    database: number,
    gateway: `${gateway}/db/${number}`,
    faults: `${faultsAt}/db/${number}`,
    secret,
    s3: {
      endpoint: s3,
      url: `s3://${BUCKET}/t${number}`,
      region: "auto",
      access_key_id: keys.accessKeyId,
      secret_access_key: keys.secretAccessKey,
    },
  };
}

/** Makes a database with the schema, as `imgc migrate` does, to copy from. */
async function migrate() {
  const place = freshPlace();
  await tell({ sql: { place, statements: [[MIGRATIONS_TABLE, []]] } });
  for (const name of fs
    .readdirSync(MIGRATIONS)
    .filter((name) => name.endsWith(".sql"))
    .sort()) {
    const text = fs.readFileSync(path.join(MIGRATIONS, name), "utf8");
    const note = ["INSERT INTO d1_migrations (name) VALUES (?1)", [name]];
    await tell({ sql: { place, statements: [[text, []], note] } });
  }
  return copyOf(place);
}

/** Puts a snapshot in the place of a database. Its file is open and cannot be
 * exchanged, so the copy gets a fresh place, and the number leads there. */
async function restore({ snapshot }, number) {
  const database = known(number);
  const name = path.basename(snapshot ?? database.snapshot ?? "none");
  const place = freshPlace();
  fs.copyFileSync(path.join(folder, name), fileOf(d1, place));
  database.place = place;
  return tell({ set: { number, place } });
}

/** A copy of a database in use: SQLite makes it, in one transaction. */
function copyOf(place) {
  const name = `snapshot-${++snapshots}`;
  const database = new DatabaseSync(fileOf(d1, place), { readOnly: true });
  database.exec(`VACUUM INTO '${path.join(folder, name)}'`);
  database.close();
  return name;
}

function known(number) {
  const database = databases.get(number);
  if (database === undefined) throw new Error(`no database ${number}`);
  return database;
}

function freshPlace() {
  if (places === PLACES) throw new Error(`all ${PLACES} databases are taken`);
  return places++;
}

/** Gives an order to the stand's Worker. */
async function tell(order) {
  const headers = { "stand-token": token };
  const answer = await fetch(`${gateway}/stand`, { method: "POST", headers, body: JSON.stringify(order) });
  const said = await answer.json();
  if (said.error !== undefined) throw new Error(said.error);
  return said;
}

function stats() {
  const size = (pid) => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
  const children = fs
    .readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8")
    .split(" ")
    .filter(Boolean);
  return { databases: databases.size, node: size(process.pid), workerd: children.map(size).reduce((a, b) => a + b, 0) };
}
