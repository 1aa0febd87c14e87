// Styles of one's own, and the looks as pictures: with scripts as chips of the composer,
// without one by their own page, and what is typed is never lost.

import type { Page } from "@playwright/test";
import { axe } from "../support/axe";
import { png } from "../support/png";
import { submit, toJob } from "../support/road";
import { haveSession, signIn } from "../support/sign-in";
import { expect, test } from "../support/test";
import { BOTH_SCREENS_WITH_SCRIPTS, DIAGONAL, OTHER_DIAGONAL, WITH_SCRIPTS } from "../support/tiers";
import { EN, FR, Ui } from "../support/ui";

/** Keeps a style without any page. */
async function haveStyle(page: Page, name: string, before: string, after: string): Promise<void> {
  const answer = await page.request.post("/api/style", {
    form: { name, before, after, lang: "en" },
    headers: { accept: "text/html", "sec-fetch-site": "same-origin" },
    maxRedirects: 0,
  });
  expect(answer.headers()["location"]).toBe("/styles");
}

for (const words of [EN, FR]) {
  const french = words === FR;
  test(`a style is made of what is in the form, and put on (${french ? "fr" : "en"})`, french ? OTHER_DIAGONAL : DIAGONAL, async ({ page, person, js }) => {
    test.slow();
    const ui = new Ui(page, words);
    await signIn(page, person, ui.path("/create"));
    if (js) await ui.hydrated();
    await ui.prompt.fill("a heron");
    await ui.choose(/^3:2/);
    await ui.unfold("look");
    await page.getByRole("button", { name: french ? /^Vos styles/ : /^Your styles/ }).click();
    await expect(page).toHaveURL(new RegExp(`${words.prefix}/styles$`));
    await axe(page, js);

    const made = page.getByRole("region", { name: french ? "Nouveau style" : "New style" });
    await made.getByLabel(french ? "Nom" : "Name").fill("Linocut");
    await made.getByLabel(/before|avant/).fill("A linocut of");
    await made.getByLabel(/after|après/).fill("two colours");
    await made.getByRole("button", { name: french ? "Ajouter" : "Add" }).click();
    const card = page.getByRole("listitem").filter({ hasText: "A linocut of … two colours" });
    await expect(card).toContainText("1536 × 1024");
    await axe(page, js);

    await card.getByRole("button", { name: /Linocut/ }).first().click();
    await expect(page).toHaveURL(new RegExp(`${words.prefix}/create$`));
    await expect(ui.prompt).toHaveValue("A linocut of a heron, two colours");
    if (js) await ui.hydrated();
    await expect(ui.chip(/^3:2/)).toBeChecked();

    // Renamed and deleted, on its page.
    await ui.open("/styles");
    await card.locator("summary").click();
    await card.getByLabel(french ? "Nom" : "Name").fill("Woodcut");
    await card.getByRole("button", { name: french ? "Enregistrer" : "Save" }).click();
    await expect(card.getByRole("heading")).toHaveText("Woodcut");
    await card.locator("summary").click();
    await card.getByRole("button", { name: french ? "Supprimer" : "Delete" }).click();
    await expect(card).toHaveCount(0);
    await ui.open("/create");
    await expect(ui.prompt).toHaveValue("A linocut of a heron, two colours");
  });
}

test("a style is put on while pictures are on their way, and none is lost", WITH_SCRIPTS, async ({ page, ui, person, js }) => {
  test.skip(!js, "without a script the page that answers has what was sent");
  await haveSession(page, person);
  await haveStyle(page, "Fog", "", "in the fog");
  await ui.open("/create");
  await ui.hydrated();
  await ui.prompt.fill("a ferry");
  // The first is on its way until the style is on.
  let go = () => {};
  const gate = new Promise<void>((done) => (go = done));
  await page.route("**/uploads", async (route) => {
    await gate;
    await route.continue();
  });
  const file = (name: string, green: number) => ({ name, mimeType: "image/png", buffer: png(64, 64, () => [20, green, 140, 255]) });
  await page.getByLabel(/^Choose pictures/).setInputFiles([file("a.png", 10), file("b.png", 200)]);
  await page.evaluate(() => Object.assign(window, { same: true }));
  await ui.unfold("look");
  await ui.bar.getByRole("button", { name: "Fog", exact: true }).click();
  await expect(ui.prompt).toHaveValue("a ferry, in the fog");
  go();
  await expect(page.locator("#pop-references-chip img")).toHaveCount(2);
  expect(await page.evaluate(() => (window as unknown as { same?: boolean }).same)).toBe(true);
  // On the server, too.
  await expect
    .poll(async () => (await (await page.request.get("/create")).text()).match(/Reference picture \d/g)?.length ?? 0)
    .toBeGreaterThan(1);
});

test("a style is a chip of the composer, and keeps what is typed", BOTH_SCREENS_WITH_SCRIPTS, async ({ page, ui, person, js }) => {
  test.skip(!js, "without a script they are on a page of their own");
  await haveSession(page, person);
  await haveStyle(page, "Fog", "", "in the fog");
  await haveStyle(page, "Linocut", "A linocut of", "");
  await ui.open("/create");
  await ui.hydrated();
  await ui.prompt.fill("a ferry");
  await ui.choose("Ink drawing");
  const chip = (name: string) => ui.bar.getByRole("button", { name, exact: true });
  await expect(chip("Linocut")).toBeVisible();
  await axe(page, js);
  await chip("Fog").click();
  await expect(ui.prompt).toHaveValue("a ferry, in the fog");
  await ui.hydrated();
  await expect(ui.chip("Ink drawing")).toBeChecked();
  // Another takes its place, and asking for it once more changes nothing.
  for (let once = 0; once < 2; once += 1) {
    await ui.unfold("look");
    await chip("Linocut").click();
    await expect(ui.prompt).toHaveValue("A linocut of a ferry");
    await ui.hydrated();
  }
  // What is sent is what stands in the field.
  await toJob(ui, await submit(ui));
  await expect(page.getByRole("main")).toContainText("A linocut of a ferry, a black ink drawing");
});

test("the panel of looks shows each as a picture, and the form is sent by Enter all the same", WITH_SCRIPTS, async ({ page, ui, person, js }) => {
  test.skip(!js, "the chips without a script are another test's");
  await signIn(page, person);
  await ui.hydrated();
  const sheet = page.waitForResponse((answer) => answer.url().endsWith("/looks.webp"));
  await ui.unfold("look");
  expect((await sheet).status()).toBe(200);
  const painted = await page.locator("#pop-look label.chip").evaluateAll((chips) =>
    chips.map((chip) => {
      const style = getComputedStyle(chip, "::before");
      return `${style.backgroundImage.includes("looks.webp")} ${style.backgroundPosition}`;
    }),
  );
  // "As described" has none, and no two of the others show the same.
  expect(painted.filter((one) => one.startsWith("false"))).toHaveLength(1);
  expect(new Set(painted).size).toBe(9);
  await page.keyboard.press("Escape");

  await ui.prompt.fill("a weir");
  await ui.choose(/^Custom size/);
  await page.getByLabel("Width").fill("1024");
  await page.getByLabel("Height").fill("1024");
  if (await ui.oldEnough.count()) await ui.oldEnough.check();
  await page.getByLabel("Height").press("Enter");
  await expect(ui.jobCards.filter({ hasText: "a weir" })).toHaveCount(1);
  await expect(page).toHaveURL(/\/create$/);
});
