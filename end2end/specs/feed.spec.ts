// The rows under the composer: what can be done with a result without leaving the page.

import type { Locator, Page } from "@playwright/test";
import { axe } from "../support/axe";
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

test("a picture of the feed is acted on in its place, and taken back", WITH_SCRIPTS, async ({ page, ui, watch, person, js, isMobile }) => {
  test.skip(!js || Boolean(isMobile), "what is sent in the background is a script's, and pointed at by a mouse");
  await haveSession(page, person);
  const id = await havePicture(page, PROMPT);
  await ui.open("/create");
  await ui.hydrated();
  await ui.prompt.fill("typed, and not sent");
  await page.evaluate(() => Object.assign(window, { same: true }));
  const row = rows(page).first();
  const tile = row.locator(".pick").first();
  // Where nothing points at them they are hidden.
  const act = (name: string) => tile.getByRole("button", { name, exact: true, includeHidden: true });
  const told = row.locator(".told");
  const text = async (path: string) => (await page.request.get(path)).text();

  await tile.hover();
  await axe(page, js);
  await act("Favourite").click();
  await expect(act("Favourite")).toHaveAttribute("aria-pressed", "true");
  expect(await text("/library?favourite=1")).toContain(id);
  await expect(told).toContainText("1 picture");
  await told.getByRole("button", { name: "Undo" }).click();
  await expect(act("Favourite")).toHaveAttribute("aria-pressed", "false");
  expect(await text("/library?favourite=1")).not.toContain(id);

  await tile.hover();
  await act("Public").click();
  await expect(act("Public")).toHaveAttribute("aria-pressed", "true");
  expect((await fetch(new URL(`/i/${id}`, page.url()))).status).toBe(200);
  await act("Public").click();
  await expect(act("Public")).toHaveAttribute("aria-pressed", "false");
  expect((await fetch(new URL(`/i/${id}`, page.url()))).status).toBe(404);

  // It is one of the form's pictures at once, beside what was typed.
  await act("Use as reference").click();
  await expect(page.locator("#pop-references-chip img")).toHaveCount(1);
  await expect(ui.prompt).toHaveValue("typed, and not sent");

  await tile.hover();
  await act("Move to trash").click();
  await expect(row.locator(".pick")).toBeHidden();
  await told.getByRole("button", { name: "Undo" }).click();
  await expect(row.locator(".pick")).toBeVisible();
  expect(await text("/library")).toContain(id);

  // What did not work is said there, too.
  watch.allow(/api\/change|Failed to load/);
  await page.route("**/api/change", (route) => route.abort());
  await tile.hover();
  await act("Favourite").click();
  await expect(told).toContainText("could not be reached");
  await expect(act("Favourite")).toHaveAttribute("aria-pressed", "false");
  expect(await page.evaluate(() => (window as unknown as { same?: boolean }).same)).toBe(true);
});

test("without a script the same buttons are forms", OTHER_DIAGONAL, async ({ page, person, js }) => {
  test.skip(js, "that is another test's");
  const ui = new Ui(page);
  await haveSession(page, person);
  const id = await havePicture(page, PROMPT);
  await ui.open("/create");
  await ui.prompt.fill("typed, and not sent");
  const tile = rows(page).first().locator(".pick").first();
  // A mouse finds the buttons by pointing, a finger in the tile's sheet.
  const sheet = tile.locator("summary");
  const reach = async () => ((await sheet.isVisible()) ? sheet.click() : tile.hover());
  await reach();
  await tile.getByRole("button", { name: "Use as reference", exact: true }).click();
  await expect(page).toHaveURL(/\/create/);
  await expect(ui.prompt).toHaveValue("typed, and not sent");
  await expect(page.locator(".reference-list > li")).toHaveCount(1);
  // The panel of references is open above the feed now.
  await ui.open("/create");
  await reach();
  await tile.getByRole("button", { name: "Favourite", exact: true }).click();
  await expect(page).toHaveURL(/\/library/);
  await expect(page.locator(".told")).toContainText("1 picture");
  expect(await (await page.request.get("/library?favourite=1")).text()).toContain(id);
});
