// The gateway in workerd, before workerd's D1.

import assert from "node:assert/strict";
import http from "node:http";
import { after, before, test } from "node:test";
import { ask, run } from "./workerd.mjs";

const SECRET = "a".repeat(64);
const NEXT = "b".repeat(64);
let worker;

before(async () => {
  worker = await run("tests/gateway-worker.mjs", {
    d1Databases: ["DB"],
    bindings: { GATEWAY_SECRET: SECRET, GATEWAY_SECRET_NEXT: NEXT },
  });
});
after(() => worker.stop());

/** One call; `statements` are texts or [text, values]. */
async function call(mode, statements, { headers = {}, body, place = "/v1/batch", agent } = {}) {
  const answer = await ask(worker.base + place, {
    method: "POST",
    headers: {
      authorization: `Bearer ${SECRET}`,
      "content-type": "application/json",
      "imgc-protocol": "1",
      ...headers,
    },
    body: body ?? JSON.stringify({ mode, statements: statements.map((one) => (Array.isArray(one) ? one : [one, []])) }),
    agent,
  });
  return { ...answer, said: JSON.parse(answer.body) };
}

/** The rows of the last statement of a call that must succeed. */
async function rows(mode, ...statements) {
  const { status, said } = await call(mode, statements);
  assert.equal(status, 200, JSON.stringify(said));
  return said.results.at(-1).rows;
}

async function refused(wanted, ...rest) {
  const { status, said } = await call(...rest);
  assert.deepEqual([status, said], wanted);
}

test("a batch answers with columns, rows, the time and a bookmark", async () => {
  const earliest = Date.now();
  const { said } = await call("write", [
    "CREATE TABLE shapes (id INTEGER PRIMARY KEY, name TEXT) STRICT",
    ["INSERT INTO shapes (name) VALUES (?1), (?2) RETURNING name, id", ["circle", null]],
    "SELECT id FROM shapes WHERE name = 'nothing'",
  ]);
  assert.deepEqual(said.results, [
    { columns: [], rows: [] },
    {
      columns: ["name", "id"],
      rows: [
        ["circle", 1],
        [null, 2],
      ],
    },
    { columns: [], rows: [] },
  ]);
  assert.ok(said.now >= earliest && said.now <= Date.now(), "the time is Unix milliseconds");
  assert.equal(typeof said.bookmark, "string");
});

test("values come back as they were sent", async () => {
  await rows("write", "CREATE TABLE kept (text TEXT, whole INTEGER) STRICT");
  const most = Number.MAX_SAFE_INTEGER;
  const sent = [
    ["plain", 0],
    ["two\nlines \0 and a NUL", most],
    ["", -most],
    ["𝄞 é ' \" \\", 1_700_000_000_000],
    [null, null],
  ];
  for (const values of sent) await rows("write", ["INSERT INTO kept VALUES (?1, ?2)", values]);
  assert.deepEqual(await rows("read", "SELECT text, whole FROM kept ORDER BY rowid"), sent);
  assert.deepEqual(await rows("read", ["SELECT text FROM kept WHERE whole = ?1 LIMIT ?2", [most, 1]]), [[sent[1][0]]]);
});

test("whole numbers that JSON has rounded are refused, and so is what D1 has no type for", async () => {
  const raw = (value) => ({ body: `{"mode":"read","statements":[["SELECT ?1 AS a",[${value}]]]}` });
  for (const value of ["9007199254740992", "-9007199254740993", "9223372036854775807", "1e400"]) {
    await refused([422, { error: "refused" }], "read", [], raw(value));
  }
  for (const value of ["true", "[1,2]", '{"a":1}']) {
    await refused([400, { error: "malformed" }], "read", [], raw(value));
  }
});

test("a batch is all or nothing, and a constraint says so", async () => {
  await rows("write", "CREATE TABLE once (id TEXT PRIMARY KEY, n INTEGER CHECK (n > 0)) STRICT");
  const insert = (id, n = 1) => ["INSERT INTO once VALUES (?1, ?2)", [id, n]];
  await refused([409, { error: "constraint" }], "write", [insert("a"), insert("b"), insert("a")]);
  await refused([409, { error: "constraint" }], "write", [insert("a", 0)]);
  await refused([409, { error: "constraint" }], "write", [insert("a", "text")]);
  await refused([422, { error: "refused" }], "write", [insert("c"), "INSERT INTO nowhere VALUES (1)"]);
  assert.deepEqual(await rows("read", "SELECT id FROM once"), []);
});

test("what D1 does not take is refused, and its words stay here", async () => {
  const wrong = [
    ["SELEC 1", []],
    ["SELECT nothing FROM nowhere", []],
    ["SELECT ?1 AS a, ?2 AS b", [1]],
    ["SELECT ?1 AS a", [1, 2]],
    ["SELECT 1 AS a", Array(101).fill(1)],
    ["SELECT ?1 AS a", ["x".repeat(2_000_001)]],
    ["SELECT ?1 AS a", ["é".repeat(1_000_001)]],
    ["BEGIN", []],
    ["", []],
  ];
  for (const statement of wrong) await refused([422, { error: "refused" }], "write", [statement]);
  assert.match(worker.log(), /no such table: nowhere/);
  assert.deepEqual(await rows("read", ["SELECT length(?1) AS a", ["x".repeat(2_000_000)]]), [[2_000_000]]);
});

test("reading is all that `read` does", async () => {
  await rows("write", "CREATE TABLE safe (id INTEGER)");
  const writes = [
    "INSERT INTO safe VALUES (1)",
    "DELETE FROM safe RETURNING id",
    "WITH a AS (SELECT 1) INSERT INTO safe SELECT * FROM a",
    "SELECT 1; DELETE FROM safe",
    "/* SELECT */ UPDATE safe SET id = 1",
    "PRAGMA foreign_keys = OFF",
  ];
  for (const sql of writes) await refused([422, { error: "refused" }], "read", [sql]);
  const reads = [
    "-- a comment; with a sign\nselect 1 AS a",
    "WITH a (b) AS (SELECT 'x;y'), c AS (SELECT ';--' AS \"DELETE\") SELECT * FROM a, c;",
    "EXPLAIN QUERY PLAN DELETE FROM safe",
    "EXPLAIN SELECT * FROM safe",
  ];
  for (const sql of reads) await rows("read", sql);
});

test("a call has at most 50 statements and 8 MB, and something in it", async () => {
  assert.equal((await call("read", Array(50).fill("SELECT 1 AS a"))).status, 200);
  await refused([413, { error: "large" }], "read", Array(51).fill("SELECT 1 AS a"));
  await refused([400, { error: "malformed" }], "read", []);
  await refused([400, { error: "malformed" }], "delete", ["SELECT 1 AS a"]);
  await refused([400, { error: "malformed" }], "read", [], { body: "{" });
  await refused([400, { error: "malformed" }], "read", [], { body: "null" });
  await refused([400, { error: "malformed" }], "read", ["SELECT 1 AS a"], {
    headers: { "content-type": "text/plain" },
  });
  await refused([413, { error: "large" }], "read", [], { body: Buffer.alloc(8 * 1024 * 1024 + 1, " ") });
  // Without its length announced.
  const chunked = { "transfer-encoding": "chunked" };
  await refused([413, { error: "large" }], "read", [], { headers: chunked, body: Buffer.alloc(9_000_000, " ") });
  assert.equal((await call("read", ["SELECT 1 AS a"], { headers: chunked })).status, 200);
});

test("two secrets are valid at once, and nothing else is", async () => {
  const one = ["SELECT 1 AS a"];
  for (const secret of [SECRET, NEXT]) {
    assert.equal((await call("read", one, { headers: { authorization: `Bearer ${secret}` } })).status, 200);
  }
  for (const authorization of [
    "",
    "Bearer ",
    `Bearer ${SECRET}a`,
    `Bearer ${SECRET.slice(1)}`,
    `Basic ${SECRET}`,
    SECRET,
  ]) {
    await refused([401, { error: "secret" }], "read", one, { headers: { authorization } });
  }
});

test("without a secret there is no public entrance", async () => {
  await refused([404, { error: "not-found" }], "read", ["SELECT 1 AS a"], { headers: { "test-no-secret": "1" } });
  const guessed = { "test-no-secret": "1", authorization: "Bearer undefined" };
  await refused([404, { error: "not-found" }], "read", ["SELECT 1 AS a"], { headers: guessed });
});

test("the containers' entrance asks for no secret", async () => {
  const headers = { authorization: "" };
  const inside = await call("read", ["SELECT 2 AS a"], { headers, place: "/intercepted/v1/batch" });
  assert.deepEqual(inside.said.results, [{ columns: ["a"], rows: [[2]] }]);
});

test("another protocol, path or method is sent away", async () => {
  const one = ["SELECT 1 AS a"];
  await refused([426, { error: "protocol" }], "read", one, { headers: { "imgc-protocol": "2" } });
  await refused([426, { error: "protocol" }], "read", one, { headers: { "imgc-protocol": "" } });
  await refused([404, { error: "not-found" }], "read", one, { place: "/v2/batch" });
  await refused([405, { error: "method" }], "read", one, { place: "/v1/hello" });
});

test("hello tells the protocol, the time and the migrations in their order", async () => {
  const hello = async () => {
    const headers = { authorization: `Bearer ${SECRET}`, "imgc-protocol": "1" };
    const answer = await ask(`${worker.base}/v1/hello`, { headers });
    assert.equal(answer.status, 200);
    return JSON.parse(answer.body);
  };
  const { now, ...fresh } = await hello();
  assert.deepEqual(fresh, { protocol: 1, migrations: [] });
  assert.ok(Math.abs(Date.now() - now) < 5_000);
  await rows("write", "CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE)");
  for (const name of ["0002_b.sql", "0001_a.sql"])
    await rows("write", ["INSERT INTO d1_migrations (name) VALUES (?1)", [name]]);
  assert.deepEqual((await hello()).migrations, ["0002_b.sql", "0001_a.sql"]);
});

test("a whole migration goes as one statement, and leaves nothing if it fails", async () => {
  const file = `
    -- A table; and a trigger with signs in it.
    CREATE TABLE marks (id INTEGER PRIMARY KEY, at TEXT);
    CREATE TABLE seen (id INTEGER);
    CREATE TRIGGER mark AFTER INSERT ON marks BEGIN
      INSERT INTO seen VALUES (new.id);
      DELETE FROM seen WHERE id < 0;
    END;
    INSERT INTO marks VALUES (7, 'x');`;
  await rows("write", file);
  assert.deepEqual(await rows("read", "SELECT id FROM seen"), [[7]]);
  await refused([422, { error: "refused" }], "write", ["CREATE TABLE half (a); CREATE TABLE marks (b);"]);
  await refused([422, { error: "refused" }], "read", ["SELECT * FROM half"]);
});

test("D1's troubles are told apart", async () => {
  const troubles = {
    "D1_ERROR: D1 DB is overloaded. Requests queued for too long.": [503, "busy"],
    "D1_ERROR: D1 DB is overloaded. Too many requests queued.": [503, "busy"],
    "D1_ERROR: Network connection lost.": [502, "unknown"],
    "D1_ERROR: D1 DB reset because its code was updated.": [502, "unknown"],
    "D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.": [502, "unknown"],
    "D1_ERROR: Internal error while starting up D1 DB storage caused object to be reset.": [502, "unknown"],
    "D1_ERROR: Exceeded maximum DB size.: SQLITE_FULL": [422, "refused"],
    "D1_ERROR: FOREIGN KEY constraint failed: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_FOREIGNKEY)": [
      409,
      "constraint",
    ],
  };
  for (const [said, [status, error]] of Object.entries(troubles)) {
    await refused([status, { error }], "write", ["DELETE FROM t"], { headers: { "test-d1-says": said } });
  }
});

test("a connection outlives every refusal", async () => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const body = Buffer.alloc(9_000_000, " ");
  const over = [
    [413, {}],
    [401, { authorization: "Bearer wrong" }],
    [426, { "imgc-protocol": "9" }],
    [404, { "test-no-secret": "1" }],
  ];
  const ports = new Set();
  agent.on("free", (socket) => ports.add(socket.localPort));
  for (const [status, headers] of over) {
    assert.equal((await call("read", [], { body, headers, agent })).status, status);
    assert.equal((await call("read", ["SELECT 1 AS a"], { agent })).status, 200);
  }
  assert.equal(ports.size, 1, "one connection served them all");
  agent.destroy();
});
