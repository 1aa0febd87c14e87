// The home page: the field where words begin, and pictures in sight as it opens.

import { axe } from "../support/axe";
import { DEMO } from "../support/server";
import { choosePerson } from "../support/sign-in";
import { expect, test } from "../support/test";
import { BOTH_SCREENS_WITH_SCRIPTS, DIAGONAL, OTHER_DIAGONAL } from "../support/tiers";
import { EN, FR, Ui } from "../support/ui";

for (const [language, words] of Object.entries({ English: EN, French: FR })) {
  test(`words typed at the front door arrive in the composer, in ${language}`, language === "English" ? DIAGONAL : OTHER_DIAGONAL, async ({ page, watch, person, js }) => {
    const ui = new Ui(page, words);
    await ui.open("/");
    await axe(page, js);
    await ui.prompt.fill("An otter under a bridge\nin the rain");
    await ui.begin.click();
    await expect(page).toHaveURL(/\/sign-in\?/);
    await watch.visiting(async () => {
      await ui.proceedToProvider.click();
      await choosePerson(page, person);
      await expect(page).toHaveURL((url) => url.origin !== DEMO && url.pathname === ui.path("/create"));
    });
    await expect(ui.prompt).toHaveValue("An otter under a bridge\nin the rain");
    // Signed in, one goes there without a field between.
    await ui.open("/");
    await expect(ui.prompt).toHaveCount(0);
    await ui.begin.click();
    await expect(ui.prompt).toHaveValue("An otter under a bridge\nin the rain");
  });
}

test("a picture is in sight as the page opens", BOTH_SCREENS_WITH_SCRIPTS, async ({ page, ui }) => {
  for (const path of ["/", "/fr"]) {
    await ui.open(path);
    const first = page.locator("main img").first();
    await expect(first).toHaveJSProperty("complete", true);
    const box = await first.boundingBox();
    const height = page.viewportSize()?.height ?? 0;
    expect(box?.y, path).toBeLessThan(height - 100);
  }
});

test("an example is a picture, and fills the field", BOTH_SCREENS_WITH_SCRIPTS, async ({ page, ui, js }) => {
  await ui.open("/");
  const example = page.locator("a.example").nth(1);
  const words = (await example.innerText()).trim();
  await example.scrollIntoViewIfNeeded();
  await expect(example.locator("img")).toHaveJSProperty("naturalWidth", 640);
  await example.click();
  await expect(page).toHaveURL(/\/create\?example=2$/);
  await expect(ui.prompt).toHaveValue(words);
  if (!js) return;
  await ui.hydrated();
  await ui.prompt.fill("");
  // Here, too, and without another page.
  await page.locator("a.example").nth(0).click();
  await expect(ui.prompt).not.toHaveValue("");
  await expect(page).toHaveURL(/\/create$/);
});
