// What `wrangler deploy` would send, as far as it can be said without Cloudflare.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

const PROJECT = path.dirname(import.meta.dirname);

for (const config of ["wrangler.jsonc", "wrangler.gateway.jsonc"]) {
  test(`${config} is complete`, async () => {
    const out = fs.mkdtempSync(path.join(os.tmpdir(), "imgc-deploy-"));
    try {
      const wrangler = path.join(PROJECT, "node_modules/wrangler/bin/wrangler.js");
      // Without the rollout, which would want Docker, the containers are checked all the same.
      const wanted = ["deploy", "--dry-run", "--containers-rollout=none", "--config", config, "--outdir", out];
      const quiet = { ...process.env, WRANGLER_SEND_METRICS: "false", WRANGLER_LOG_PATH: out, CI: "1", NO_COLOR: "1" };
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [wrangler, ...wanted], {
        cwd: PROJECT,
        env: quiet,
      });
      assert.match(stdout, /env\.DB \(imgc\)\s+D1 Database/);
      assert.doesNotMatch(stdout + stderr, /warning/i);
      if (config === "wrangler.jsonc") {
        for (const expected of [/env\.NODES \(ImgcNode\)\s+Durable Object/, /env\.OBJECTS/, /imgc-imgcnode/])
          assert.match(stdout, expected);
      }
    } finally {
      fs.rmSync(out, { recursive: true, force: true });
    }
  });
}

test("nothing secret is written into a configuration", () => {
  for (const config of ["wrangler.jsonc", "wrangler.gateway.jsonc"]) {
    const text = fs.readFileSync(path.join(PROJECT, config), "utf8");
    assert.doesNotMatch(text, /"[A-Z_]*(SECRET|API_KEY|INSTANCE_KEY)[A-Z_]*"\s*:/);
  }
});
