// Runs the migrations and prepares every statement in workerd's D1, the database
// Cloudflare runs. Started by src/tests/store.rs, which sends
// {migrations: [sql], statements: [[name, sql]]} and reads what was refused.

import { Log, LogLevel, Miniflare } from "miniflare";

const input = await new Response(process.stdin).text();
const worker = new Miniflare({
  log: new Log(LogLevel.NONE),
  cf: false,
  modules: true,
  compatibilityDate: "2026-07-30",
  script: `
    export default {
      async fetch(request, { DB }) {
        const { migrations, statements } = await request.json();
        const refused = [];
        try {
          // A file at a time, as "imgc migrate" sends it.
          for (const sql of migrations) await DB.batch([DB.prepare(sql)]);
          for (const [name, sql] of statements) {
            // Explaining prepares a statement without running it.
            const most = Math.max(0, ...[...sql.matchAll(/\\?(\\d+)/g)].map((m) => Number(m[1])));
            await DB.prepare("EXPLAIN " + sql)
              .bind(...Array(most).fill(null))
              .all()
              .catch((error) => refused.push(name + ": " + error.message));
          }
        } catch (error) {
          refused.push("migrations: " + error.message);
        }
        return Response.json({ tried: statements.length, refused });
      },
    };`,
  d1Databases: ["DB"],
});
try {
  const answer = await worker.dispatchFetch("http://statements/", { method: "POST", body: input });
  console.log(await answer.text());
} finally {
  await worker.dispose();
}
