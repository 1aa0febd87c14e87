// What every spec imports: Playwright's test with the watchman, the page's
// names and a person of the test's own.

import { test as base, expect, type Browser, type BrowserContext, type Page } from "@playwright/test";
import { SITE } from "./server";
import { EN, Ui } from "./ui";
import { Watch } from "./watch";

interface Fixtures {
  /** Whether this project runs with JavaScript. */
  js: boolean;
  /** Fails the test on violations, errors and foreign requests; see watch.ts. */
  watch: Watch;
  /** The site in English. */
  ui: Ui;
  /** A name nobody else signs in with, so that tests do not meet in a library. */
  person: string;
  /** A page in a fresh context: somebody who never was here. Watched as well. */
  stranger: Page;
}

export const test = base.extend<Fixtures>({
  js: async ({ javaScriptEnabled }, use) => use(javaScriptEnabled !== false),
  watch: [
    async ({ context }, use) => {
      const watch = new Watch(SITE);
      watch.over(context);
      await use(watch);
      watch.verdict();
    },
    { auto: true },
  ],
  ui: async ({ page }, use) => use(new Ui(page, EN)),
  person: async ({}, use, testInfo) => {
    const unique = Math.random().toString(36).slice(2, 8);
    await use(`Tester ${testInfo.project.name} ${unique}`);
  },
  stranger: async ({ browser, contextOptions, watch }, use) => {
    const context = await freshContext(browser, contextOptions);
    watch.over(context);
    await use(await context.newPage());
    await context.close();
  },
});

async function freshContext(
  browser: Browser,
  options: Parameters<Browser["newContext"]>[0],
): Promise<BrowserContext> {
  return browser.newContext({ ...options, baseURL: SITE, storageState: undefined });
}

export { expect };
