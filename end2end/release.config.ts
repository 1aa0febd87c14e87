// The release in a real browser: what `make build` left in dist/, copied to
// another folder and started there, so that nothing of the checkout helps it.
// `make test-all` runs it; by hand: cd end2end && npx playwright test -c release.config.ts

import { cpSync, existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "@playwright/test";
import base from "./playwright.config";
import { dataDirectory, PORT, REPOSITORY, serverEnvironment } from "./support/server";

/** The copy. In the environment, so that every worker process finds the same one. */
function copyOfRelease(): string {
  if (process.env.E2E_RELEASE_COPY) return process.env.E2E_RELEASE_COPY;
  const release = process.env.E2E_RELEASE ?? join(REPOSITORY, "dist");
  if (!existsSync(join(release, "imgc"))) throw new Error(`no release in ${release}: make build`);
  const copy = mkdtempSync(join(tmpdir(), "imgc-release-"));
  cpSync(release, copy, { recursive: true });
  return (process.env.E2E_RELEASE_COPY = copy);
}

// Where the site is, the release says itself.
const { LEPTOS_SITE_ROOT: _, ...environment } = serverEnvironment(PORT, dataDirectory());

export default defineConfig({
  ...base,
  testDir: "release",
  globalTeardown: "./support/clear-release.ts",
  reporter: [["list"], ["json", { outputFile: "test-results/release.json" }]],
  // As most people have it: what moves may move.
  projects: [{ name: "release", use: { ...base.projects?.[0]?.use, contextOptions: {} } }],
  webServer: {
    ...(base.webServer as object),
    command: "./imgc serve",
    cwd: copyOfRelease(),
    url: `http://127.0.0.1:${PORT}/readyz`,
    env: environment,
  },
});
