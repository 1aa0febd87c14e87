// The servers under test: their addresses and environment, and how a spec
// starts one of its own with another configuration.

import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const REPOSITORY = resolve(import.meta.dirname, "../..");

/** The port of the server that every spec shares; its demo services have the next one. */
export const PORT = Number(process.env.E2E_PORT ?? 4310);
export const SITE = `http://127.0.0.1:${PORT}`;
/** The demo's OpenID provider: a visitor's browser goes there to sign in, and only then. */
export const DEMO = `http://127.0.0.1:${PORT + 1}`;

/** No sandbox, because containers have none to offer; no calls home, because tests stay on this machine. */
export const CHROMIUM_FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** This run's data folder. In the environment, so that every worker process finds the same one. */
export function dataDirectory(): string {
  return (process.env.E2E_DATA_DIR ??= mkdtempSync(join(tmpdir(), "imgc-end2end-")));
}

/** Plain loopback, the demo's pictures at a pace that shows each state, and limits out of the way. */
export function serverEnvironment(port: number, dataDir: string): Record<string, string> {
  return {
    LEPTOS_SITE_ADDR: `127.0.0.1:${port}`,
    LEPTOS_SITE_ROOT: "target/site",
    IMGC_DATA_DIR: dataDir,
    IMGC_DEMO_PACE_MS: "600",
    // Painting is most of what these servers do, and no test looks that closely.
    IMGC_DEMO_PAINTED_PIXELS: "100000",
    IMGC_ADMINS: "mina.okafor@example.com",
    // All tests come from one address; the limits have tests of their own.
    IMGC_LIMITS_REQUESTS_PER_MINUTE: "100000",
    IMGC_LIMITS_SIGN_INS_PER_MINUTE: "1000",
    IMGC_LIMITS_JOBS_PER_MINUTE: "1000",
    IMGC_LIMITS_REPORTS_PER_MINUTE: "1000",
    IMGC_LIMITS_SPEND_PER_DAY_USD: "10000",
  };
}

export interface OwnServer {
  origin: string;
  port: number;
  stop(): Promise<void>;
}

/** Starts another imgc with `extra` on top of the usual environment; `stop` it in the end. */
export async function startServer(extra: (port: number) => Record<string, string>): Promise<OwnServer> {
  const port = await freePortPair();
  const dataDir = mkdtempSync(join(tmpdir(), "imgc-end2end-own-"));
  const child = spawn(join(REPOSITORY, "target/debug/imgc"), ["serve"], {
    cwd: REPOSITORY,
    env: { ...process.env, ...serverEnvironment(port, dataDir), ...extra(port) },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let complaint = "";
  child.stderr?.on("data", (chunk: Buffer) => (complaint += chunk.toString()));
  const origin = `http://127.0.0.1:${port}`;
  try {
    await ready(child, origin);
  } catch (error) {
    child.kill("SIGKILL");
    throw new Error(`${String(error)}\n${complaint}`);
  }
  return {
    origin,
    port,
    async stop() {
      await ended(child);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function ready(child: ChildProcess, origin: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`imgc ended with code ${child.exitCode}`);
    const answer = await fetch(`${origin}/readyz`).catch(() => undefined);
    if (answer?.status === 200) return;
    await new Promise((next) => setTimeout(next, 100));
  }
  throw new Error(`${origin} was not ready in time`);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = new Promise((done) => child.once("exit", done));
  child.kill("SIGTERM");
  const impatience = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await exit;
  clearTimeout(impatience);
}

/** A free port whose successor is free too: the demo services take that one. */
async function freePortPair(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = await listenOnce(0);
    if (port < 65_535 && (await listenOnce(port + 1).catch(() => 0))) return port;
  }
  throw new Error("no two free ports in a row");
}

function listenOnce(port: number): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once("error", fail);
    probe.listen(port, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => done(typeof address === "object" && address ? address.port : 0));
    });
  });
}
