// The rows under the composer: what can be done with a result without leaving the page.

import type { Locator, Page } from "@playwright/test";
import { havePicture, order } from "../support/road";
import { haveSession } from "../support/sign-in";
import { expect, test } from "../support/test";
import { OTHER_DIAGONAL, WITH_SCRIPTS } from "../support/tiers";
import { Ui } from "../support/ui";

const PROMPT = "A tram on a steep street";

function rows(page: Page): Locator {
  return page.locator(".job-card").filter({ hasText: PROMPT });
}

test("another of the same is one click, and the page stays", WITH_SCRIPTS, async ({ page, ui, watch, person, js }) => {
  test.skip(!js, "what is sent in the background is a script's");
  await haveSession(page, person);
  await havePicture(page, PROMPT);
  await ui.open("/create");
  await ui.hydrated();
  await page.evaluate(() => Object.assign(window, { same: true }));
  const another = rows(page).last().getByRole("button", { name: "Another" });
  // Pressed in haste, it is pressed once.
  await another.dblclick();
  await expect(rows(page)).toHaveCount(2);
  await expect(rows(page).last().getByRole("status").filter({ hasText: "Sent" })).toBeVisible();
  await page.waitForTimeout(1_100);
  await another.click();
  await expect(rows(page)).toHaveCount(3);
  await expect(rows(page).first().locator('a[href*="/i/"]')).toBeVisible({ timeout: 20_000 });
  await expect(another).toBeFocused();
  expect(await page.evaluate(() => (window as unknown as { same?: boolean }).same)).toBe(true);

  // A page that is loaded again counts its presses anew.
  await page.reload();
  await ui.hydrated();
  await another.click();
  await expect(rows(page)).toHaveCount(4);

  // What did not work is said where it was asked for.
  watch.allow(/api\/retry|Failed to load/);
  await page.route("**/api/retry", (route) => route.abort());
  await page.waitForTimeout(1_100);
  await another.click();
  await expect(rows(page).last().getByRole("status").filter({ hasText: "could not be reached" })).toBeVisible();
  await expect(rows(page)).toHaveCount(4);
});

test("what is cancelled leaves the list, and the focus goes to its neighbour", WITH_SCRIPTS, async ({ page, ui, person, js }) => {
  test.skip(!js, "what is sent in the background is a script's");
  test.slow();
  await haveSession(page, person);
  // A person's jobs are worked on four at a time: the fifth waits.
  for (const name of ["one", "two", "three", "four", "five"]) await order(page, `${PROMPT} ${name} [demo:slow=30]`);
  await ui.open("/create");
  await ui.hydrated();
  const waiting = rows(page).filter({ hasText: "five" });
  await waiting.getByRole("button", { name: "Cancel" }).click();
  await expect(waiting).toHaveCount(0);
  await expect(page).toHaveURL(/\/create$/);
  await expect(rows(page).first().locator(".job-card-words")).toBeFocused();
});

test("another of the same without a script", OTHER_DIAGONAL, async ({ page, person, js }) => {
  test.skip(js, "that is another test's");
  const ui = new Ui(page);
  await haveSession(page, person);
  await havePicture(page, PROMPT);
  await ui.open("/create");
  await rows(page).getByRole("button", { name: "Another" }).click();
  await expect(page).toHaveURL(/\/jobs\//);
  await ui.open("/create");
  await expect(rows(page)).toHaveCount(2);
});
