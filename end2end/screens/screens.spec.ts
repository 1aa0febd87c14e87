// Takes every screen: desktop and phone, light and dark, English and French,
// and once without JavaScript.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { BrowserContextOptions, Page } from "@playwright/test";
import { askForPicture, havePublished } from "../support/road";
import { SITE } from "../support/server";
import { signIn } from "../support/sign-in";
import { test } from "../support/test";

const OUT = join(import.meta.dirname, "../shots");

const SCREENS: [name: string, options: BrowserContextOptions][] = [
  ["desktop", { viewport: { width: 1280, height: 900 } }],
  ["desktop-dark", { viewport: { width: 1280, height: 900 }, colorScheme: "dark" }],
  ["phone", { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }],
  ["phone-320-dark", { viewport: { width: 320, height: 640 }, colorScheme: "dark", hasTouch: true, isMobile: true }],
  ["desktop-nojs", { viewport: { width: 1280, height: 900 }, javaScriptEnabled: false }],
];

const PICTURES = [
  "A lighthouse in a storm at sunset, oil painting",
  "A red fox in a birch forest in the snow, watercolour",
  "A night market in the rain, lanterns mirrored in the puddles",
  "A hot air balloon over mountains at dawn",
  "A whale above a sleeping town, paper cut",
  "Une rue de Paris sous la pluie, encre",
  "A sailing boat on a calm lake, full moon",
  "A desert with cacti at noon, pixel art",
];

test("every screen", async ({ page, ui, person, browser }) => {
  mkdirSync(OUT, { recursive: true });
  await signIn(page, person);
  await page.goto("/library");
  await shot(page, "desktop", "en", "library-empty");
  const ids: string[] = [];
  for (const prompt of PICTURES) {
    ids.push(await havePublished(page, prompt));
  }
  await ui.open("/create");
  const failed = await askForPicture(ui, "A boat [demo:moderation-prompt]");
  await ui.open("/create");
  const running = await askForPicture(ui, "A garden behind a wall [demo:slow=600]");
  const storageState = await page.context().storageState();

  for (const [name, options] of SCREENS) {
    const context = await browser.newContext({ ...options, baseURL: SITE, storageState });
    const stranger = await browser.newContext({ ...options, baseURL: SITE });
    for (const [lang, prefix] of [["en", ""], ["fr", "/fr"]] as const) {
      const own = await context.newPage();
      const pages: [string, string][] = [
        ["create", "/create"],
        ["job-running", `/jobs/${running}`],
        ["job-failed", `/jobs/${failed}`],
        ["library", "/library"],
        ["picture-mine", `/i/${ids[1]}`],
        ["usage", "/usage"],
        ["account", "/account"],
      ];
      for (const [screen, path] of pages) {
        await visit(own, prefix + path);
        await shot(own, name, lang, screen);
      }
      if (options.javaScriptEnabled !== false) {
        await visit(own, `${prefix}/library`);
        await own.locator(`main a[href$="/i/${ids[1]}"]`).first().click();
        await own.getByRole("dialog").locator(".picture").waitFor();
        await shot(own, name, lang, "lightbox");
      }
      await own.close();

      const other = await stranger.newPage();
      for (const [screen, path] of [["home", "/"], ["gallery", "/gallery"], ["picture", `/i/${ids[0]}`], ["sign-in", "/sign-in"], ["missing", "/no-such-page"], ["privacy", "/privacy"], ["cookies", "/cookies"], ["report-child", "/report-child"]] as const) {
        await visit(other, path === "/" ? prefix || "/" : prefix + path);
        await shot(other, name, lang, screen);
      }
      await other.close();
    }
    await context.close();
    await stranger.close();
  }
});

async function visit(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await page.waitForLoadState("networkidle").catch(() => {
    // A page with an open event stream is never idle.
  });
}

async function shot(page: Page, screen: string, lang: string, name: string): Promise<void> {
  // Pictures in sight are there; those further down load when they are reached.
  await page
    .waitForFunction(() =>
      [...document.images].every((image) => image.complete || image.getBoundingClientRect().top > innerHeight),
    )
    .catch(() => {
      // A page without scripts cannot be asked; its pictures have had the time above.
    });
  await page.screenshot({ path: join(OUT, `${name}.${screen}.${lang}.png`), fullPage: true });
}
