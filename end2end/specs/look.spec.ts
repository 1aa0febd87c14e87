// How pages look, as far as a program can judge: accessible in both languages
// and both colour schemes, nothing moves while they load, nothing sticks out
// on the narrowest screen or at twice the size.

import type { Page } from "@playwright/test";
import { axe } from "../support/axe";
import { havePublished } from "../support/road";
import { haveSession } from "../support/sign-in";
import { expect, test } from "../support/test";
import { BOTH_SCREENS_WITH_SCRIPTS, DIAGONAL, PHONE_WITH_SCRIPTS, WITH_SCRIPTS } from "../support/tiers";

/** Every page of the site, once there is a picture. */
function pages(id: string): string[] {
  const legal = ["/privacy", "/terms", "/cookies", "/imprint", "/accessibility", "/report-child"];
  return ["/", "/gallery", `/i/${id}`, "/create", "/library", "/usage", "/account", "/sign-in", "/no-such-page", ...legal];
}

// Each page in each language and scheme is judged on one screen in `make test`,
// so that each screen sees both languages and both schemes; and on the other
// screen in `make test-all`.
const SIGHTS = [
  { language: "English", prefix: "", colorScheme: "light", where: WITH_SCRIPTS },
  { language: "French", prefix: "/fr", colorScheme: "dark", where: WITH_SCRIPTS },
  { language: "English", prefix: "", colorScheme: "dark", where: PHONE_WITH_SCRIPTS },
  { language: "French", prefix: "/fr", colorScheme: "light", where: PHONE_WITH_SCRIPTS },
] as const;

for (const { language, prefix, colorScheme, where } of SIGHTS) {
  test(`axe finds nothing, in ${language} and ${colorScheme}`, where, async ({ page, watch, person, js }) => {
    test.skip(!js, "the road judges the same pages without a script");
    test.slow();
    await haveSession(page, person);
    const id = await havePublished(page, "A terrace above the sea");
    watch.allow(/status of 404/);
    await page.emulateMedia({ colorScheme });
    for (const path of pages(id)) {
      await page.goto(path === "/" ? prefix || "/" : prefix + path);
      await test.step(`${prefix}${path}`, () => axe(page, js));
    }
  });
}

test("light or dark is the reader's choice, and stays in this browser", DIAGONAL, async ({ page, ui, js }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await ui.open("/gallery");
  const choice = page.getByLabel("Appearance");
  if (!js) {
    await expect(choice).toBeHidden();
    return;
  }
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await choice.selectOption("Dark");
  const dark = await ground();
  expect(dark).not.toBe(light);
  // Kept on a page that wakes up and on one that does not, before anything is painted.
  await ui.open("/create");
  expect(await ground()).toBe(dark);
  await ui.hydrated();
  await expect(choice).toHaveValue("dark");
  // Following the system again leaves nothing behind.
  await choice.selectOption("System");
  expect(await ground()).toBe(light);
  expect(await page.evaluate(() => localStorage.length)).toBe(0);
  expect(await page.context().cookies()).toEqual([]);
});

test("nothing moves while a page loads", BOTH_SCREENS_WITH_SCRIPTS, async ({ page, person, js, isMobile }) => {
  test.skip(!js, "the measure is a script");
  test.slow();
  await haveSession(page, person);
  const id = await havePublished(page, "A row of poplars");
  await page.addInitScript(() => {
    const shifts: number[] = [];
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) shifts.push((entry as unknown as { value: number }).value);
    }).observe({ type: "layout-shift", buffered: true });
  });
  for (const path of ["/gallery", "/library", `/i/${id}`]) {
    await page.goto(path);
    await page.waitForLoadState("networkidle");
    await page.waitForTimeout(500);
    const moved = await page.evaluate(() => (window as unknown as { shifts: number[] }).shifts);
    expect(moved.reduce((a, b) => a + b, 0), `${path} ${isMobile ? "phone" : "desktop"}`).toBe(0);
  }
});

test("nothing sticks out at 320 pixels, nor at twice the size", PHONE_WITH_SCRIPTS, async ({ page, watch, person }) => {
  test.slow();
  await haveSession(page, person);
  const id = await havePublished(page, `A${"veryveryverylongword".repeat(12)} on a hill`);
  watch.allow(/status of 404/);
  // 640 pixels at 200 % are 320 of the page's own.
  await page.setViewportSize({ width: 320, height: 700 });
  for (const prefix of ["", "/fr"]) {
    for (const path of pages(id)) {
      await page.goto(path === "/" ? prefix || "/" : prefix + path);
      expect(await sticksOut(page), `${prefix}${path}`).toEqual([]);
    }
  }
});

/** What is wider than the screen, leaving out what scrolls by itself on purpose. */
async function sticksOut(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    return [...document.querySelectorAll("body *")]
      .filter((e) => e.getBoundingClientRect().right > width + 1 && !e.closest(".bar-chips"))
      .map((e) => `${e.tagName}.${e.getAttribute("class") ?? ""}`)
      .slice(0, 5);
  });
}
