// The whole road: sign in, describe a picture, watch it being made, find it in
// the library, publish it, see it as a stranger, take it back, delete it, sign
// out. With and without JavaScript, on a desktop and on a phone, and in French.

import { axe } from "../support/axe";
import { askForPicture, delivered, pictureOfJob } from "../support/road";
import { signIn, signInByHand } from "../support/sign-in";
import { expect, test } from "../support/test";
import { DIAGONAL, OTHER_DIAGONAL, SERVER_ALONE, WITH_SCRIPTS } from "../support/tiers";
import { EN, FR, Ui } from "../support/ui";

for (const [language, words] of Object.entries({ English: EN, French: FR })) {
  test(`the whole road in ${language}`, language === "English" ? DIAGONAL : OTHER_DIAGONAL, async ({ page, stranger, watch, person, js }) => {
    // Three pictures' time: the road is long and the machine may be slow.
    test.slow();
    const ui = new Ui(page, words);
    const prompt = "A lighthouse at dusk, calm sea, watercolour";

    await test.step("sign in", async () => {
      await ui.open("/");
      await expect(ui.heading).toBeVisible();
      await signInByHand(page, watch, person, ui.path("/create"));
      if (js) await ui.hydrated();
      await expect(ui.heading).toBeVisible();
      await axe(page, js);
    });

    let job = "";
    await test.step("describe a picture", async () => {
      job = await askForPicture(ui, prompt);
      await expect(ui.jobState).toBeVisible();
      await expect(page.getByRole("main")).toContainText(prompt);
      await axe(page, js);
    });

    let id = "";
    await test.step("watch it being made", async () => {
      id = await pictureOfJob(ui);
      expect(page.url(), "still the job's page").toContain(job);
    });

    await test.step("find it in the library", async () => {
      await ui.open("/library");
      await expect(ui.picture(id)).toBeVisible();
      await expect(ui.picture(id).getByRole("img")).toHaveAttribute("alt", /.+/);
      await axe(page, js);
      await ui.picture(id).click();
      await expect(page).toHaveURL(new RegExp(`/i/${id}$`));
    });

    await test.step("read its page", async () => {
      // With a script the library opened it over itself; the address is a page too.
      await ui.open(`/i/${id}`);
      await expect(ui.heading).toBeVisible();
      await expect(page.getByRole("main")).toContainText(prompt);
      await expect(ui.mainPicture).toHaveJSProperty("complete", true);
      await expect(ui.download).toBeVisible();
      const original = await page.request.get((await ui.download.getAttribute("href")) ?? "");
      expect(original.status()).toBe(200);
      expect(original.headers()["content-type"]).toMatch(/^image\//);
      await axe(page, js);
    });

    await test.step("nobody else sees it yet", async () => {
      expect((await stranger.request.get(ui.path(`/i/${id}`))).status()).toBe(404);
    });

    await test.step("publish it", async () => {
      await ui.publish.click();
      await expect(ui.unpublish).toBeVisible();
    });

    await test.step("a stranger finds it in the gallery", async () => {
      await seenByStranger(new Ui(stranger, words), id, js);
    });

    await test.step("unpublish it", async () => {
      await ui.open(`/i/${id}`);
      await ui.unpublish.click();
      await expect(ui.publish).toBeVisible();
      expect((await stranger.request.get(ui.path(`/i/${id}`))).status()).toBe(404);
      expect(await (await stranger.request.get(ui.path("/gallery"))).text()).not.toContain(id);
    });

    await test.step("delete it", async () => {
      await ui.open(`/i/${id}`);
      await ui.toTrash.click();
      await expect(page).toHaveURL((url) => url.pathname === ui.path("/library"));
      await expect(ui.picture(id)).toHaveCount(0);
      await ui.open(`/i/${id}`);
      await ui.openRemove.click();
      await ui.remove.click();
      await expect(page).toHaveURL(/\/library\?trash=1/);
      await expect(ui.picture(id)).toHaveCount(0);
      expect((await page.request.get(ui.path(`/i/${id}`))).status()).toBe(404);
    });

    await test.step("sign out", async () => {
      await ui.signOut();
      await expect(page.getByRole("link", { name: words.signIn, exact: true }).first()).toBeVisible();
      expect(await page.context().cookies()).toEqual([]);
    });
  });
}

async function seenByStranger(ui: Ui, id: string, js: boolean): Promise<void> {
  await ui.open("/gallery");
  await expect(ui.heading).toBeVisible();
  await expect(ui.picture(id)).toBeVisible();
  await expect(ui.picture(id).getByRole("img")).toHaveAttribute("alt", /.+/);
  await axe(ui.page, js);
  await ui.picture(id).click();
  await expect(ui.page).toHaveURL(new RegExp(`/i/${id}$`));
  await expect(ui.mainPicture).toBeVisible();
  await expect(ui.publish).toHaveCount(0);
  await expect(ui.unpublish).toHaveCount(0);
  await expect(ui.toTrash).toHaveCount(0);
}

test("the language of a page has its own address", SERVER_ALONE, async ({ page }) => {
  await page.goto("/gallery");
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
  await page.goto("/fr/gallery");
  await expect(page.locator("html")).toHaveAttribute("lang", "fr");
  await expect(new Ui(page, FR).navLink(FR.gallery)).toBeVisible();
});

test("a stranger's browser fetches a public page while a pointer rests on its link", WITH_SCRIPTS, async ({ page, ui, person, js, isMobile }) => {
  test.skip(!js || isMobile, "a browser without scripts fetches nothing ahead, and a finger does not rest");
  const rules = page.locator("script[type=speculationrules]");
  await ui.open("/gallery");
  const preloads = await page.context().newCDPSession(page);
  const fetched = new Map<string, string>();
  const refused: string[] = [];
  preloads.on("Preload.ruleSetUpdated", ({ ruleSet }) => {
    if (ruleSet.errorType) refused.push(ruleSet.errorMessage ?? ruleSet.errorType);
  });
  preloads.on("Preload.prefetchStatusUpdated", ({ key, status }) => {
    fetched.set(new URL(key.url).pathname, status);
  });
  await preloads.send("Preload.enable");
  await ui.navLink(EN.create).hover();
  await page.locator("a[href='/privacy']").last().hover();
  await expect.poll(() => fetched.get("/privacy")).toMatch(/Ready|Success/);
  expect([...fetched.keys()], "no other page").toEqual(["/privacy"]);
  expect(refused).toEqual([]);

  await signIn(page, person);
  await ui.open("/gallery");
  await expect(rules).toHaveCount(0);
});

test("a job goes on while nobody looks", WITH_SCRIPTS, async ({ page, ui, person }) => {
  await signIn(page, person);
  const job = await askForPicture(ui, "A train crossing a viaduct in the morning mist");
  await page.goto("about:blank");
  const id = await delivered(page, job);
  await ui.open(`/jobs/${job}`);
  expect(await pictureOfJob(ui)).toBe(id);
});
