// `make tasks`: what everyday work takes, counted and measured in Chromium by mouse, and
// printed as a table. Not a test: what was reached is held by the specs.

import { defineConfig } from "@playwright/test";
import base from "./playwright.config";

export default defineConfig({
  ...base,
  testDir: "tasks",
  retries: 0,
  workers: 1,
  reporter: [["line"]],
  timeout: 300_000,
  projects: [{ name: "tasks", use: base.projects?.[0]?.use ?? {} }],
});
