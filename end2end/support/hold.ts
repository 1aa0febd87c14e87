// A server that takes its time.

import type { Page } from "@playwright/test";

/** Holds back what matches this address, until what is returned is called. */
export async function hold(page: Page, address: string): Promise<() => void> {
  let come = () => {};
  const held = new Promise<void>((resolve) => (come = resolve));
  await page.route(address, async (route) => {
    await held;
    // Whoever asked may have gone meanwhile.
    await route.continue().catch(() => {});
  });
  return come;
}
