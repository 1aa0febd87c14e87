// The gateway: imgc's nodes speak to D1 through it, one batch a call.
//
// Two ways lead to it. The containers' own requests to http://d1.imgc.internal
// are handed to `Gateway` by the runtime, which no one else can do: no secret.
// `answerPublic` is for nodes elsewhere and asks for a bearer secret.

import { WorkerEntrypoint } from "cloudflare:workers";
import { onlyReads } from "./sql.mjs";

/** The version of what is spoken here. A node of another one is sent away. */
export const PROTOCOL = 1;
/** Statements of one call. */
export const MOST_STATEMENTS = 50;
/** Bytes of a call's body. */
export const MOST_BYTES = 8 * 1024 * 1024;
/** D1's own limits, which workerd's copy of D1 does not all enforce. */
export const MOST_PARAMETERS = 100;
export const MOST_TEXT_BYTES = 2_000_000;
/** A shorter secret is taken for a mistake and for none at all. */
const LEAST_SECRET = 32;

const STATUS = {
  malformed: 400,
  secret: 401,
  "not-found": 404,
  method: 405,
  constraint: 409,
  large: 413,
  refused: 422,
  protocol: 426,
  unknown: 502,
  busy: 503,
};

/** What the gateway says no with: one of the words above, and nothing of D1's. */
class Refusal extends Error {
  constructor(word) {
    super(word);
    this.word = word;
  }
}

/** The entrance of the containers. */
export class Gateway extends WorkerEntrypoint {
  fetch(request) {
    return answer(request, this.env);
  }
}

/** As a Worker of its own, for nodes that run elsewhere: the public entrance. */
export default {
  fetch: (request, env) => answerPublic(request, env),
};

/** Answers whoever knows a secret; without a secret set there is nothing here. */
export async function answerPublic(request, env, prefix = "") {
  const secrets = [env.GATEWAY_SECRET, env.GATEWAY_SECRET_NEXT].filter((secret) => secret?.length >= LEAST_SECRET);
  if (secrets.length === 0) return refuse(request, "not-found");
  if (!(await knowsOne(request, secrets))) return refuse(request, "secret");
  return answer(request, env, prefix);
}

/** Answers somebody who may ask. */
export async function answer(request, env, prefix = "") {
  const path = new URL(request.url).pathname;
  const place = path.startsWith(prefix) ? path.slice(prefix.length) : "";
  const wanted = { "/v1/batch": "POST", "/v1/hello": "GET" }[place];
  if (wanted === undefined) return refuse(request, "not-found");
  if (request.method !== wanted) return refuse(request, "method");
  if (request.headers.get("imgc-protocol") !== String(PROTOCOL)) return refuse(request, "protocol");
  try {
    return Response.json(place === "/v1/hello" ? await hello(env) : await batch(request, env));
  } catch (error) {
    if (error instanceof Refusal) return refuse(request, error.word);
    const word = wordFor(error);
    // Constraints are how a statement says no; the rest is for the operator.
    if (word !== "constraint") console.error(JSON.stringify({ gateway: word, d1: String(error?.message ?? error) }));
    return refuse(request, word);
  }
}

async function hello(env) {
  const migrations = await env.DB.prepare("SELECT name FROM d1_migrations ORDER BY id")
    .all()
    .then(({ results }) => results.map((row) => row.name))
    .catch((error) => {
      if (/no such table/i.test(error.message)) return [];
      throw error;
    });
  return { protocol: PROTOCOL, now: Date.now(), migrations };
}

async function batch(request, env) {
  const { mode, statements } = await read(request);
  // The primary answers: a replica's rows may be older than what was written.
  const session = env.DB.withSession("first-primary");
  const bound = statements.map(([sql, parameters]) => {
    if (mode === "read" && !onlyReads(sql)) throw new Refusal("refused");
    return session.prepare(sql).bind(...parameters);
  });
  const answers = await session.batch(bound);
  return {
    now: Date.now(),
    bookmark: session.getBookmark() ?? "",
    results: answers.map(({ results }) => tabled(results ?? [])),
  };
}

/** Rows as columns' names once and values in their order. */
function tabled(rows) {
  const columns = rows.length > 0 ? Object.keys(rows[0]) : [];
  return { columns, rows: rows.map((row) => columns.map((column) => row[column])) };
}

/** The body, understood and within the limits. */
async function read(request) {
  const text = await bounded(request);
  if (!/^application\/json\b/i.test(request.headers.get("content-type") ?? "")) throw new Refusal("malformed");
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    throw new Refusal("malformed");
  }
  const { mode, statements } = body ?? {};
  if (mode !== "read" && mode !== "write") throw new Refusal("malformed");
  if (!Array.isArray(statements) || statements.length === 0) throw new Refusal("malformed");
  if (statements.length > MOST_STATEMENTS) throw new Refusal("large");
  for (const statement of statements) check(statement);
  return { mode, statements };
}

function check(statement) {
  if (!Array.isArray(statement) || statement.length !== 2) throw new Refusal("malformed");
  const [sql, parameters] = statement;
  if (typeof sql !== "string" || !Array.isArray(parameters)) throw new Refusal("malformed");
  if (parameters.length > MOST_PARAMETERS) throw new Refusal("refused");
  for (const value of parameters) {
    switch (typeof value) {
      case "string":
        if (value.length * 3 > MOST_TEXT_BYTES && encoder.encode(value).length > MOST_TEXT_BYTES) {
          throw new Refusal("refused");
        }
        break;
      case "number":
        // A whole number beyond 2^53 was rounded while it was read.
        if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
          throw new Refusal("refused");
        }
        break;
      default:
        if (value !== null) throw new Refusal("malformed");
    }
  }
}

const encoder = new TextEncoder();

/** The body as text; one that is too large is read to its end and not kept. */
async function bounded(request) {
  // The runtime holds a client to the length it announced.
  if (Number(request.headers.get("content-length") ?? Infinity) <= MOST_BYTES) return request.text();
  const parts = [];
  let length = 0;
  for await (const part of request.body ?? []) {
    length += part.byteLength;
    if (length <= MOST_BYTES) parts.push(part);
    else parts.length = 0;
  }
  if (length > MOST_BYTES) throw new Refusal("large");
  return new Blob(parts).text();
}

/** The word for what D1 said. `unknown` is the rest: it may have been done. */
function wordFor(error) {
  const said = String(error?.message ?? error);
  if (/SQLITE_CONSTRAINT/.test(said)) return "constraint";
  if (/overloaded/i.test(said)) return "busy";
  const ours =
    /SQLITE_(ERROR|RANGE|TOOBIG|MISMATCH|AUTH|FULL)|D1_TYPE_ERROR|D1_COLUMN_NOTFOUND|No SQL statements|Wrong number of parameter|To execute a transaction/i;
  return ours.test(said) ? "refused" : "unknown";
}

/** Says no, after the body was read: an unread one resets the connection. */
async function refuse(request, word) {
  if (request.body !== null && !request.bodyUsed) {
    await request.body.pipeTo(new WritableStream()).catch(() => {});
  }
  return Response.json({ error: word }, { status: STATUS[word], headers: { "cache-control": "no-store" } });
}

/** Whether the request knows one of the secrets. What it takes tells neither how
 * much of a guess was right nor which secret it was compared with. */
async function knowsOne(request, secrets) {
  const given = /^Bearer (.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
  const digest = (text) => crypto.subtle.digest("SHA-256", encoder.encode(text));
  const [said, ...known] = await Promise.all([given, ...secrets].map(digest));
  return known.map((one) => crypto.subtle.timingSafeEqual(said, one)).some(Boolean);
}
