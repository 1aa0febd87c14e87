// How the browser tests run: which browsers and screens, against which server.
//
// The server under test is the binary that the integration tests (or `cargo
// leptos build`) left in target/debug, in demo mode, with a data folder of its own for each run.

import { defineConfig, devices } from "@playwright/test";
import { CHROMIUM_FLAGS, PORT, REPOSITORY, serverEnvironment, SITE, dataDirectory } from "./support/server";

const phone = { ...devices["Pixel 7"], viewport: { width: 390, height: 844 } };
const desktop = devices["Desktop Chrome"];

export default defineConfig({
  testDir: "specs",
  fullyParallel: true,
  // The machines this must run on have two cores, and the server wants one.
  workers: 2,
  forbidOnly: Boolean(process.env.CI),
  retries: process.env.CI ? 1 : 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [["list"], ["html", { open: "never" }]],
  use: {
    baseURL: SITE,
    locale: "en-GB",
    trace: "retain-on-failure",
    launchOptions: {
      // Empty: Playwright's own browser.
      executablePath: process.env.CHROMIUM_PATH || undefined,
      args: CHROMIUM_FLAGS,
    },
  },
  // Every page has to work without JavaScript and on a phone.
  projects: [
    { name: "desktop-js", use: { ...desktop } },
    { name: "desktop-nojs", use: { ...desktop, javaScriptEnabled: false } },
    { name: "phone-js", use: { ...phone } },
    { name: "phone-nojs", use: { ...phone, javaScriptEnabled: false } },
  ],
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
