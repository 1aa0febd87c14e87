// How the browser tests run: which browsers and screens, against which server,
// and which part of them (E2E_TIER; support/tiers.ts).
//
// The server under test is the binary that the build left in target/debug, in
// demo mode, with a data folder of its own for each run.

import { defineConfig, devices } from "@playwright/test";
import { CHROMIUM_FLAGS, PORT, REPOSITORY, serverEnvironment, SITE, dataDirectory } from "./support/server";
import { PROJECTS, tierOf, type Project } from "./support/tiers";

const phone = { ...devices["Pixel 7"], viewport: { width: 390, height: 844 } };
const desktop = devices["Desktop Chrome"];

// Every page has to work without JavaScript and on a phone.
const screens: Record<Project, object> = {
  "desktop-js": desktop,
  "desktop-nojs": { ...desktop, javaScriptEnabled: false },
  "phone-js": phone,
  "phone-nojs": { ...phone, javaScriptEnabled: false },
};

export default defineConfig({
  testDir: "specs",
  fullyParallel: true,
  // The machines this must run on have two cores, and much of a test is waiting
  // for the server's answers.
  workers: Number(process.env.E2E_WORKERS ?? 2),
  forbidOnly: Boolean(process.env.CI),
  retries: process.env.CI ? 1 : 0,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [["list"], ["html", { open: "never" }], ["json", { outputFile: "test-results/report.json" }]],
  use: {
    baseURL: SITE,
    locale: "en-GB",
    // Without a graphics card, a page where something moves for as long as a
    // picture is painted costs most of a processor: the painter's own.
    contextOptions: { reducedMotion: "reduce" },
    // A trace of every test costs a third of the time. `--trace on` makes one by hand.
    trace: process.env.CI ? "on-first-retry" : "off",
    screenshot: "only-on-failure",
    launchOptions: {
      // Empty: Playwright's own browser.
      executablePath: process.env.CHROMIUM_PATH || undefined,
      args: CHROMIUM_FLAGS,
    },
  },
  projects: PROJECTS.map((name) => ({ name, use: screens[name], ...tierOf(name) })),
  webServer: {
    command: "target/debug/imgc serve",
    cwd: REPOSITORY,
    url: `${SITE}/readyz`,
    env: serverEnvironment(PORT, dataDirectory()),
    timeout: 30_000,
    reuseExistingServer: false,
    gracefulShutdown: { signal: "SIGTERM", timeout: 5_000 },
    stdout: "ignore",
    stderr: "pipe",
  },
});
