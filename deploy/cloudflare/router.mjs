// The Worker before the nodes: it chooses a node for each visitor, keeps what is
// the same for everybody at the edge, and wakes a sleeping node for its work.

import { answerPublic, Gateway } from "./gateway.mjs";
import { ImgcNode } from "./node.mjs";

export { Gateway, ImgcNode };

/** Where nodes outside of Cloudflare find the gateway on this host. */
export const GATEWAY_PATH = "/.d1";
/** Folders of files that are the same for everybody. */
const FOR_EVERYBODY = /^\/(media|pkg)\//;
/** The session's cookie: its name over https, and on a developer's machine. */
const SESSION = /(?:^|;\s*)(?:__Host-)?imgc=([^;]+)/;
/** How a kept file is packed, as long as nobody is to know. */
const PACKED = "imgc-packed";
/** Headers by which a request says where it comes from. Ours replace them. */
const ORIGINS = [
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-real-ip",
  "true-client-ip",
];

export default {
  fetch: (request, env, context) => route(request, env, context),
  scheduled: (_, env) => wake(env),
};

/** Answers one request. */
export async function route(request, env, context) {
  const url = new URL(request.url);
  if (url.pathname.startsWith(`${GATEWAY_PATH}/`)) return answerPublic(request, env, GATEWAY_PATH);
  if (isClosed(env)) return later("The service is closed for maintenance.", 300);
  if (request.method === "GET" && FOR_EVERYBODY.test(url.pathname)) return kept(request, env, context);
  return ask(as(request), env);
}

// --- Which node ----------------------------------------------------------------

/** The nodes' names, the visitor's own first and then the ones to try instead.
 * Each name is weighed with the visitor (rendezvous hashing): when a node is
 * added or taken away, only its own visitors move. */
export function nodesFor(request, env) {
  const visitor =
    SESSION.exec(request.headers.get("cookie") ?? "")?.[1] ?? request.headers.get("cf-connecting-ip") ?? "";
  return names(env)
    .map((name) => ({ name, weight: hash(`${name} ${visitor}`) }))
    .sort((one, other) => other.weight - one.weight)
    .map(({ name }) => name);
}

function names(env) {
  const count = Math.max(1, Number(env.NODE_COUNT) || 1);
  return Array.from({ length: count }, (_, index) => `node-${index}`);
}

/** A node, bound to a jurisdiction if the deployment is: its Durable Object, as
 * wrangler.jsonc does its container. */
function node(env, name) {
  const nodes = env.JURISDICTION ? env.NODES.jurisdiction(env.JURISDICTION) : env.NODES;
  return nodes.getByName(name);
}

/** FNV-1a, and a last mixing so that similar texts land far from each other. */
function hash(text) {
  let sum = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) sum = Math.imul(sum ^ text.charCodeAt(at), 0x01000193);
  sum = Math.imul(sum ^ (sum >>> 16), 0x85ebca6b);
  sum = Math.imul(sum ^ (sum >>> 13), 0xc2b2ae35);
  return (sum ^ (sum >>> 16)) >>> 0;
}

/** Asks the visitor's node. What has no body can be asked of another one, if a
 * container cannot be had for the first. */
async function ask(request, env, options) {
  const repeatable = request.body === null && ["GET", "HEAD"].includes(request.method);
  for (const name of nodesFor(request, env).slice(0, repeatable ? 2 : 1)) {
    try {
      return await node(env, name).fetch(request, options);
    } catch (error) {
      console.error(JSON.stringify({ node: name, failed: String(error?.message ?? error) }));
    }
  }
  return later("The service is starting. Please try again in a few seconds.", 5);
}

/** Asks to come back. */
function later(words, seconds) {
  const headers = {
    "retry-after": String(seconds),
    "cache-control": "no-store",
    "content-type": "text/plain; charset=utf-8",
  };
  return new Response(`${words}\n`, { status: 503, headers });
}

const isClosed = (env) => env.MAINTENANCE === "on";

/** The request as the node gets it: where it comes from is what the edge knows,
 * not what the request says. */
function as(request, change = () => {}) {
  const headers = new Headers(request.headers);
  for (const name of ORIGINS) headers.delete(name);
  const address = request.headers.get("cf-connecting-ip");
  if (address !== null) headers.set("x-forwarded-for", address);
  headers.set("x-forwarded-proto", new URL(request.url).protocol.slice(0, -1));
  change(headers);
  return new Request(request, { headers, redirect: "manual" });
}

// --- Kept at the edge ------------------------------------------------------------

/** A file that is the same for everybody: from the edge's cache while the node's
 * headers allow it, else from the node, and then kept. */
async function kept(request, env, context) {
  const cache = caches.default;
  const encoding = packing(request);
  const key = cacheKey(request, encoding);
  const found = await cache.match(key);
  if (found !== undefined) {
    return isKnown(request, found) ? notModified(found) : renamed(found, PACKED, "content-encoding");
  }
  // No cookie goes along, so what comes back is what a stranger gets; and no
  // condition, so that all of it comes back.
  const asked = as(request, (headers) => {
    for (const name of ["cookie", "authorization", "if-none-match", "if-modified-since", "if-range", "range"]) {
      headers.delete(name);
    }
    headers.set("accept-encoding", encoding);
  });
  // The runtime unpacks bodies and packs them again as it sees fit. `manual`
  // and a name of our own for the packing keep it out of this: what a build
  // packed once and well is kept and sent as it is.
  const fresh = await ask(asked, env, { encodeResponseBody: "manual" });
  if (!mayBeKept(fresh)) return fresh;
  const wrapped = renamed(fresh, "content-encoding", PACKED);
  if (isKnown(request, wrapped)) {
    context.waitUntil(keep(cache, key, wrapped));
    return notModified(wrapped);
  }
  context.waitUntil(keep(cache, key, wrapped.clone()));
  return renamed(wrapped, PACKED, "content-encoding");
}

const keep = (cache, key, response) =>
  cache.put(key, response).catch((error) => console.error(JSON.stringify({ kept: String(error?.message ?? error) })));

/** The same answer with a header under another name, its body untouched. */
function renamed(response, from, to) {
  const headers = new Headers(response.headers);
  const value = headers.get(from);
  headers.delete(from);
  if (value !== null) headers.set(to, value);
  return new Response(response.body, { status: response.status, headers, encodeBody: "manual" });
}

/** How a file may be packed for this client. Each packing is kept by itself. */
function packing(request) {
  const said = request.cf?.clientAcceptEncoding || request.headers.get("accept-encoding") || "";
  const accepted = said.split(",").filter((word) => !/;\s*q=0(\.0*)?\s*$/.test(word));
  const has = (name) => accepted.some((word) => word.split(";")[0].trim().toLowerCase() === name);
  return has("br") ? "br" : has("gzip") ? "gzip" : "identity";
}

function cacheKey(request, encoding) {
  const url = new URL(request.url);
  // Neither folder has files that a query changes.
  url.search = `?packed=${encoding}`;
  return new Request(url.href);
}

/** Whether the node allows others to keep what it answered. */
export function mayBeKept(response) {
  if (response.status !== 200 || response.headers.has("set-cookie")) return false;
  const rules = (response.headers.get("cache-control") ?? "").toLowerCase().split(",");
  const said = (name) => rules.some((rule) => rule.trim().split("=")[0] === name);
  if (!said("public") || said("private") || said("no-store") || said("no-cache")) return false;
  const depends = (response.headers.get("vary") ?? "").toLowerCase().split(",");
  return depends.every((name) => ["", "accept-encoding"].includes(name.trim()));
}

/** Whether the browser has this very file. */
function isKnown(request, response) {
  const tag = response.headers.get("etag")?.replace(/^W\//, "");
  const known = request.headers.get("if-none-match")?.split(",") ?? [];
  return tag !== undefined && known.some((one) => one.trim().replace(/^W\//, "") === tag);
}

function notModified(response) {
  const headers = new Headers(response.headers);
  for (const name of ["content-length", "content-type", PACKED]) headers.delete(name);
  return new Response(null, { status: 304, headers });
}

// --- Waking ----------------------------------------------------------------------

/** What a sleeping service would leave undone: a job under way, and housekeeping
 * that nobody has done for three quarters of one: what is promised to be gone within
 * an hour is. */
const DUE = `SELECT
  EXISTS (SELECT 1 FROM jobs WHERE state IN ('queued', 'dispatching', 'received', 'stored')) AS jobs,
  NOT EXISTS (SELECT 1 FROM leases WHERE name = 'housekeeping' AND until > ?1) AS house`;

const HOUSE_MS = 45 * 60 * 1000;

/** Run each minute. While there is work, running nodes are kept from falling
 * asleep, and one is started if none runs: a container that nobody visits goes
 * to sleep, whatever its jobs do. */
export async function wake(env, now = Date.now()) {
  if (isClosed(env)) {
    await Promise.all(names(env).map((name) => node(env, name).stop()));
    return;
  }
  let due;
  try {
    due = await env.DB.prepare(DUE)
      .bind(now - HOUSE_MS)
      .first();
  } catch (error) {
    // No schema yet, or no answer: the next minute asks again.
    console.error(JSON.stringify({ cron: String(error?.message ?? error) }));
    return;
  }
  if (!due.jobs && !due.house) return;
  const all = names(env);
  const running = await Promise.all(
    all.map((name) =>
      node(env, name)
        .stayAwake()
        .catch(() => false),
    ),
  );
  if (!running.includes(true)) await node(env, all[0]).wake();
}
