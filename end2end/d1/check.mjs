// Runs the migrations and prepares every statement in workerd's D1, the
// database Cloudflare runs. Started by src/tests/store.rs, which sends
// {migrations: [sql], statements: [[name, sql]]} and reads what was refused.

import { Miniflare } from "miniflare";

const input = JSON.parse(await new Response(process.stdin).text());
const worker = new Miniflare({
  modules: true,
  script: "export default { fetch: () => new Response() }",
  d1Databases: ["DB"],
});
const refused = [];
try {
  const db = await worker.getD1Database("DB");
  for (const sql of input.migrations) {
    // D1 applies a migration statement by statement.
    for (const statement of split(sql)) await db.prepare(statement).run();
  }
  for (const [name, sql] of input.statements) {
    // Explaining prepares a statement without running it.
    const most = Math.max(0, ...[...sql.matchAll(/\?(\d+)/g)].map((m) => Number(m[1])));
    await db
      .prepare(`EXPLAIN ${sql}`)
      .bind(...Array(most).fill(null))
      .all()
      .catch((error) => refused.push(`${name}: ${error.message}`));
  }
} catch (error) {
  refused.push(`migrations: ${error.message}`);
} finally {
  await worker.dispose();
}
console.log(JSON.stringify({ tried: input.statements.length, refused }));

/** Statements of a migration: comments dropped, a trigger kept in one piece with its END. */
function split(sql) {
  const bare = sql.replace(/--.*$/gm, "");
  return (bare.match(/\s*CREATE TRIGGER[\s\S]*?^END;|[^;]+;/gm) ?? []).map((s) => s.trim()).filter(Boolean);
}
