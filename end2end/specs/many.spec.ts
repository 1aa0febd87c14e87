// Many prompts at once: one a line, checked and priced before anything is made.

import { axe } from "../support/axe";
import { PAINTING_MS } from "../support/road";
import { haveSession } from "../support/sign-in";
import { expect, test } from "../support/test";
import { DIAGONAL, OTHER_DIAGONAL } from "../support/tiers";
import { FR, Ui } from "../support/ui";

test("three lines are three pictures of one request", DIAGONAL, async ({ page, ui, watch, person, js }) => {
  test.slow();
  // What cannot be started is said in an answer with its status.
  watch.allow(/status of 422/);
  await haveSession(page, person);
  await ui.open("/create");
  if (js) await ui.hydrated();
  await ui.unfold("more");
  await page.getByRole("link", { name: "Many prompts at once" }).click();
  await expect(page).toHaveURL(/\/create\/many$/);
  await axe(page, js);
  const field = page.getByRole("textbox", { name: "Prompts, one a line" });
  await field.fill(`A quiet canal\n${"x".repeat(32_001)}\nA loud market`);
  await page.getByRole("button", { name: "Check" }).click();
  await expect(page.getByRole("alert")).toContainText("Line 2: ");
  await expect(page.getByRole("button", { name: "Start all" })).toHaveCount(0);
  await field.fill("A quiet canal\n\nA loud market\nA steep stair");
  await page.getByRole("button", { name: "Check" }).click();
  await expect(page.getByRole("heading", { name: /3 pictures for about \$/ })).toBeVisible();
  await axe(page, js);
  const age = ui.oldEnough;
  if (await age.count()) await age.check();
  await page.getByRole("button", { name: "Start all" }).click();
  await expect(page).toHaveURL(/\/jobs\//);
  await expect(ui.jobPictures).toHaveCount(3, { timeout: PAINTING_MS });
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download all as ZIP" }).click();
  expect((await download).suggestedFilename()).toMatch(/\.zip$/);
  await axe(page, js);
});

test("a file of prompts without a script, on a phone", OTHER_DIAGONAL, async ({ page, person, js }) => {
  test.skip(js, "that is another test's");
  test.slow();
  const ui = new Ui(page, FR);
  await haveSession(page, person);
  await ui.open("/create/many");
  await page.locator("#file").setInputFiles({
    name: "prompts.txt",
    mimeType: "text/plain",
    buffer: Buffer.from("Un canal calme\r\nUn marché bruyant\r\n"),
  });
  await page.getByRole("button", { name: "Vérifier" }).click();
  await expect(page.getByRole("heading", { name: /^2 images pour environ/ })).toBeVisible();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(wide).toBeLessThanOrEqual(0);
  await axe(page, js);
  if (await ui.oldEnough.count()) await ui.oldEnough.check();
  await page.getByRole("button", { name: "Tout lancer" }).click();
  await expect(page).toHaveURL(/\/fr\/jobs\//);
  await expect(ui.jobPictures).toHaveCount(2, { timeout: PAINTING_MS });
});
