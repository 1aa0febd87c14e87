// After the release's tests: removes the copy that release.config.ts made.

import { rmSync } from "node:fs";

export default function clear(): void {
  const copy = process.env.E2E_RELEASE_COPY;
  if (copy) rmSync(copy, { recursive: true, force: true });
}
