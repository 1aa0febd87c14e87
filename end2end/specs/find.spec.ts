// Finding public pictures, and what they are called: by plain links and plain forms, with
// scripts and without.

import { axe } from "../support/axe";
import { havePicture } from "../support/road";
import { haveSession } from "../support/sign-in";
import { expect, test } from "../support/test";
import { DIAGONAL, OTHER_DIAGONAL, PHONE_WITH_SCRIPTS } from "../support/tiers";
import { EN, FR, Ui } from "../support/ui";

for (const words of [EN, FR]) {
  const french = words === FR;
  const say = (english: string, en_francais: string) => (french ? en_francais : english);
  test(`a picture is published with a title and found by it (${french ? "fr" : "en"})`, french ? OTHER_DIAGONAL : DIAGONAL, async ({ page, stranger, person, js }) => {
    test.slow();
    const ui = new Ui(page, words);
    const rare = `quokka${Math.random().toString(36).slice(2, 9)}`;
    await haveSession(page, person);
    const id = await havePicture(page, "A harbour before sunrise");
    await ui.open(`/i/${id}`);
    await page.getByRole("link", { name: say("Title, description and tags", "Titre, description et étiquettes") }).click();
    await expect(page).toHaveURL(new RegExp(`${words.prefix}/words/${id}$`));
    const description = page.getByLabel(say("Description of what is seen", "Description de ce que l’on voit"));
    await expect(description).toHaveValue("A harbour before sunrise");
    await axe(page, js);
    // Too long a description is said, and nothing typed is lost.
    await page.getByLabel(say("Title", "Titre"), { exact: true }).fill(`The ${rare} pier`);
    await description.fill("x".repeat(501));
    await page.getByLabel(say("More tags", "D’autres étiquettes")).fill(`Sea, ${rare}tag`);
    await page.getByRole("button", { name: say("Publish with these words", "Publier avec ces mots") }).click();
    await expect(page.getByRole("alert")).toContainText("500");
    await expect(page.getByLabel(say("Title", "Titre"), { exact: true })).toHaveValue(`The ${rare} pier`);
    await axe(page, js);
    await description.fill("Boats in grey light");
    await page.getByRole("button", { name: say("Publish with these words", "Publier avec ces mots") }).click();
    await expect(page).toHaveURL(new RegExp(`${words.prefix}/i/${id}`));
    await expect(ui.heading).toHaveText(`The ${rare} pier`);

    const theirs = new Ui(stranger, words);
    await theirs.open("/gallery");
    const search = stranger.getByRole("search");
    await search.getByRole("searchbox").fill(rare.toUpperCase().slice(0, 9));
    await search.getByRole("searchbox").press("Enter");
    await expect(stranger).toHaveURL(/\/gallery\?q=QUOKKA/);
    await expect(stranger.locator(`.grid a[href="${words.prefix}/i/${id}"]`)).toBeVisible();
    await expect(stranger.locator(".grid img").first()).toHaveAttribute("alt", "Boats in grey light");
    await axe(stranger, js);
    await stranger.locator(`.grid a[href="${words.prefix}/i/${id}"]`).click();
    await stranger.getByRole("link", { name: `#${rare}tag` }).click();
    await expect(stranger).toHaveURL(new RegExp(`${words.prefix}/gallery/tag/${rare}tag$`));
    await expect(stranger.locator(".grid a")).toHaveCount(1);
    await axe(stranger, js);
    await stranger.goto(`${words.prefix}/gallery?q=%22%25_*(`);
    await expect(stranger.locator(".empty")).toContainText(say("No public picture was found", "Aucune image publique n’a été trouvée"));
    expect(await stranger.context().cookies()).toEqual([]);
  });

  test(`orders and periods are links, and explained (${french ? "fr" : "en"})`, french ? OTHER_DIAGONAL : DIAGONAL, async ({ stranger, js }) => {
    const ui = new Ui(stranger, words);
    await ui.open("/gallery");
    const orders = stranger.getByRole("navigation", { name: say("Order and period", "Ordre et période") });
    await orders.getByRole("link", { name: say("Most liked", "Les plus aimées") }).click();
    await expect(stranger).toHaveURL(/\?sort=liked$/);
    await orders.getByRole("link", { name: say("Last week", "Une semaine") }).click();
    await expect(stranger).toHaveURL(/\?sort=liked&period=week$/);
    await expect(orders.locator("[aria-current]")).toHaveText([say("Most liked", "Les plus aimées"), say("Last week", "Une semaine")]);
    await axe(stranger, js);
    await orders.getByRole("link", { name: say("How the orders work", "Comment l’ordre est établi") }).click();
    await expect(stranger).toHaveURL(/\/terms#orders$/);
    await expect(stranger.locator("#orders")).toBeInViewport();
  });
}

test("the gallery's controls stay within 320 pixels, in the dark as well", PHONE_WITH_SCRIPTS, async ({ page, js, person }) => {
  await haveSession(page, person);
  const id = await havePicture(page, "A lamp by a window");
  await page.setViewportSize({ width: 320, height: 640 });
  for (const scheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    for (const path of ["/gallery", "/gallery?sort=remixed&period=month", "/fr/gallery?q=lamp", `/fr/words/${id}`]) {
      await page.goto(path);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(wide, path).toBeLessThanOrEqual(320);
      await axe(page, js);
    }
  }
});
