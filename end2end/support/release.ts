// Which WebAssembly a release ships, whatever the files are called: from its
// site as it was built, where it still lies there, and from what its pages lead
// to in any case.

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { APIRequestContext } from "@playwright/test";
import { REPOSITORY, SITE } from "./server";

/** The addresses of every module in the site that the release was built with. */
export function modulesBuilt(): string[] {
  const folder = join(REPOSITORY, "target/release/site/pkg");
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".wasm")).map((name) => `${SITE}/pkg/${name}`);
}

/** The addresses of every module that a page leads to, through each script it loads or might load. */
export async function modulesBehind(request: APIRequestContext, path: string): Promise<string[]> {
  const seen = new Set<string>();
  const modules = new Set<string>();
  const waiting = [SITE + path];
  for (let address = waiting.pop(); address; address = waiting.pop()) {
    if (seen.has(address)) continue;
    seen.add(address);
    const answer = await request.get(address);
    // A name that a script only mentions may lead nowhere.
    if (!answer.ok()) continue;
    if (address.endsWith(".wasm")) modules.add(address);
    else waiting.push(...addressesIn(await answer.text(), address));
  }
  return [...modules];
}

/** Scripts and modules of ours that a page or a script names, as whole addresses. */
function addressesIn(text: string, base: string): string[] {
  const names = text.match(/[\w./@-]+\.(?:js|mjs|wasm)\b/g) ?? [];
  return names
    .map((name) => new URL(name, base))
    .filter((url) => url.origin === SITE)
    .map((url) => url.href);
}
