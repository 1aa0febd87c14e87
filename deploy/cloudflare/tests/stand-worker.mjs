// The stand's Worker: the real gateway before each database of the pool.
//
// `/db/17/v1/…` is database 17, seen as a node sees it. `/stand/…` is for
// stand.mjs alone, which knows the token.

import { answerPublic } from "../gateway.mjs";

/** Of each database: its place in the pool, which a restore changes, and its secrets. */
const databases = new Map();

export default {
  async fetch(request, env) {
    const [, door, number] = new URL(request.url).pathname.split("/");
    if (door === "stand" && request.headers.get("stand-token") === env.STAND_TOKEN) {
      return Response.json(await order(await request.json(), env));
    }
    const database = databases.get(Number(number));
    if (door !== "db" || database === undefined) return new Response("no such database\n", { status: 404 });
    const { place, secret, next } = database;
    const own = { DB: env[`DB${place}`], GATEWAY_SECRET: secret, GATEWAY_SECRET_NEXT: next };
    return answerPublic(request, own, `/db/${number}`);
  },
};

async function order({ set, sql }, env) {
  if (set !== undefined) {
    databases.set(set.number, { ...databases.get(set.number), ...set });
    return {};
  }
  const db = env[`DB${sql.place ?? databases.get(sql.number).place}`];
  try {
    const answers = await db.batch(sql.statements.map(([text, values]) => db.prepare(text).bind(...values)));
    return { results: answers.map(({ results }) => results ?? []) };
  } catch (error) {
    return { error: error.message };
  }
}
