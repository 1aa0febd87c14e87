// Several pictures asked for at once: one row, each picture by itself.

import type { Locator, Page } from "@playwright/test";
import { axe } from "../support/axe";
import { PAINTING_MS, submit } from "../support/road";
import { haveSession } from "../support/sign-in";
import { expect, test } from "../support/test";
import { BOTH_SCREENS_WITH_SCRIPTS, OTHER_DIAGONAL, WITH_SCRIPTS } from "../support/tiers";
import { FR, Ui } from "../support/ui";

function row(page: Page, words: string): Locator {
  return page.locator(".job-card").filter({ hasText: words });
}

/** Chooses how many, and types the words. The demo counts how often it saw a prompt: where one of several is to be refused, nobody else may send the same. */
async function fill(ui: Ui, count: number, prompt: string): Promise<void> {
  await ui.unfold("count");
  await ui.chip(new RegExp(`^${count}$`)).check();
  await ui.prompt.fill(prompt);
}

test("the price is that of all of them, and each comes to its own place", BOTH_SCREENS_WITH_SCRIPTS, async ({ page, ui, person, js }) => {
  test.skip(!js, "places fill by a script");
  test.slow();
  await haveSession(page, person);
  await ui.open("/create");
  await ui.hydrated();
  const price = async () => Number(/\$([\d.]+)/.exec(await ui.generate.innerText())?.[1]);
  const one = await price();
  await fill(ui, 3, `A ferry at dawn ${crypto.randomUUID()} [demo:moderation-prompt=3]`);
  await expect.poll(price).toBeCloseTo(3 * one, 2);
  await submit(ui);
  const ferry = row(page, "A ferry at dawn");
  await expect(ferry).toHaveCount(1);
  await expect(ferry.locator("figure")).toHaveCount(3);
  // The one that is refused says so where it would be, and the others come.
  await expect(ferry.locator('a[href*="/i/"]')).toHaveCount(2, { timeout: PAINTING_MS });
  await expect(ferry.locator("figcaption").filter({ hasText: "refused this prompt" })).toHaveCount(1);
  await expect(ferry.locator(".frame-busy")).toHaveCount(0);
  await expect(ferry).toContainText("× 3");
  await expect(ui.toast).toContainText("2 of 3 pictures came.");
  await axe(page, js);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(wide).toBeLessThanOrEqual(0);
  // All of it again is one click.
  await ferry.getByRole("button", { name: "Another" }).click();
  await expect(row(page, "A ferry at dawn")).toHaveCount(2);
  const again = row(page, "A ferry at dawn").first();
  await expect(again.locator('a[href*="/i/"]')).toHaveCount(3, { timeout: PAINTING_MS });
});

test("one button stops all of a row", WITH_SCRIPTS, async ({ page, ui, person, js }) => {
  test.skip(!js, "rows change by a script");
  test.slow();
  await haveSession(page, person);
  await ui.open("/create");
  await ui.hydrated();
  await fill(ui, 6, "A slow barge [demo:slow=60]");
  await submit(ui);
  const barge = row(page, "A slow barge");
  await expect(barge.locator(".frame-busy")).toHaveCount(6);
  await barge.getByRole("button", { name: /^Stop/ }).click();
  await expect(barge).toContainText("You stopped it");
  await expect(barge.locator(".frame-busy")).toHaveCount(0);
  await expect(barge.getByRole("button", { name: "Try again" })).toHaveCount(1);
});

test("several pictures without a script", OTHER_DIAGONAL, async ({ page, person, js }) => {
  test.skip(js, "that is another test's");
  test.slow();
  const ui = new Ui(page, FR);
  await haveSession(page, person);
  await ui.open("/create");
  await fill(ui, 3, `Un bac à l'aube ${crypto.randomUUID()} [demo:moderation-prompt=3]`);
  const job = await submit(ui);
  expect(new URL(page.url()).pathname).toBe(job);
  await expect(ui.jobPictures).toHaveCount(2, { timeout: PAINTING_MS });
  await expect(page.getByRole("main")).toContainText("2 images sur 3 sont arrivées.", { timeout: PAINTING_MS });
  await axe(page, js);
  await ui.open("/create");
  await expect(row(page, "Un bac")).toHaveCount(1);
  await expect(row(page, "Un bac").locator("figcaption").filter({ hasText: /./ })).toHaveCount(1);
});
