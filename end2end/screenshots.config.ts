// `make screenshots`: every screen as a picture, in end2end/shots, so that
// anybody can look at all of them at once. Not a test: nothing is judged.

import { defineConfig } from "@playwright/test";
import base from "./playwright.config";

export default defineConfig({
  ...base,
  testDir: "screens",
  retries: 0,
  reporter: [["list"]],
  timeout: 300_000,
  projects: [{ name: "screens", use: base.projects?.[0]?.use ?? {} }],
});
