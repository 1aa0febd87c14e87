// Accessibility, as far as a program can judge it: axe-core on what is shown.

import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Expects no violation on the page as it is now. */
export async function axe(page: Page, js: boolean): Promise<void> {
  const violations = js ? await judge(page) : await judgeCopy(page);
  expect(violations).toEqual([]);
}

async function judge(page: Page): Promise<string[]> {
  // A page that just began to load has no style sheet yet, and nothing its size.
  await page.waitForLoadState("load");
  const result = await new AxeBuilder({ page })
    // Only what is wrong is described in full.
    .options({ resultTypes: ["violations"] })
    .withTags(RULES)
    // In the page itself: the site has no frames, for which a second page would be opened.
    .setLegacyMode()
    .analyze();
  return result.violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`);
}

/**
 * axe is a script, so it cannot run in a page without JavaScript: it judges a
 * copy of the same HTML, without its scripts, in a context that has it.
 */
async function judgeCopy(page: Page): Promise<string[]> {
  const html = (await page.content())
    .replace(/<script\b[^>]*>[\s\S]*?<\/script>/gi, "")
    .replace(/<meta[^>]+http-equiv="?refresh"?[^>]*>/gi, "");
  const browser = page.context().browser();
  if (!browser) throw new Error("this context has no browser");
  // The project's options apply to every new context: this one differs.
  const context = await browser.newContext({
    javaScriptEnabled: true,
    reducedMotion: "reduce",
    viewport: page.viewportSize(),
    storageState: await page.context().storageState(),
  });
  try {
    const copy = await context.newPage();
    await copy.route(page.url(), (route) => route.fulfill({ contentType: "text/html; charset=utf-8", body: html }));
    await copy.goto(page.url());
    return await judge(copy);
  } finally {
    await context.close();
  }
}
