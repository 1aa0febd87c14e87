// Looking at the gallery, picture after picture: by the links of each page, and by keys.

import { delivered, haveManyPublished, havePicture, havePublished, order } from "../support/road";
import { haveSession } from "../support/sign-in";
import { expect, test } from "../support/test";
import { BOTH_SCREENS_WITH_SCRIPTS, SERVER_ALONE, WITH_SCRIPTS } from "../support/tiers";
import type { Page } from "@playwright/test";

/** Goes on until the picture is reached: other tests publish, too. */
async function walk(page: Page, id: string, step: () => Promise<void>): Promise<void> {
  for (let steps = 0; steps < 20 && !page.url().endsWith(`/i/${id}`); steps += 1) {
    const here = page.url();
    await Promise.all([page.waitForURL((url) => url.href !== here), step()]);
  }
  await expect(page).toHaveURL(new RegExp(`/i/${id}$`));
}

test("one looks at pictures one after the other, and goes back to where one was", BOTH_SCREENS_WITH_SCRIPTS, async ({ page, stranger, person, js, isMobile }) => {
  test.skip(!js, "arrow keys are a script's");
  test.slow();
  await haveSession(page, person);
  const older = await havePublished(page, "A lamp on a pier");
  const newer = await havePublished(page, "A lamp in a window");
  await stranger.goto("/gallery");
  await stranger.locator(`.grid a[href="/i/${newer}"]`).click();
  const way = (name: string) => stranger.getByRole("link", { name, exact: true });
  const on = async () => (isMobile ? way("Next").click() : stranger.keyboard.press("ArrowRight"));
  const back = async () => (isMobile ? way("Previous").click() : stranger.keyboard.press("ArrowLeft"));
  // Measured once the page is whole, its style with it.
  await stranger.waitForURL(new RegExp(`/i/${newer}$`));
  const place = await way("Next").boundingBox();
  await walk(stranger, older, on);
  // One presses the same spot again and again, whatever shapes the pictures have.
  expect((await way("Next").boundingBox())?.y).toBe(place?.y);
  expect((await way("Next").boundingBox())?.x).toBe(place?.x);
  await way("Back to the gallery").click();
  await expect(stranger.locator(".grid a").first()).toHaveAttribute("href", `/i/${older}`);
  await stranger.goBack();
  await walk(stranger, newer, back);
});

test("one comes back from a picture, however its page was reached", WITH_SCRIPTS, async ({ page, ui, person, js }) => {
  test.skip(!js, "the lightbox is a script's");
  await haveSession(page, person);
  const id = await havePicture(page, "A lamp on a quay");
  const atHome = async () => {
    await expect(page).toHaveURL(/\/library$/);
    await expect(ui.picture(id)).toBeVisible();
    await expect(page.locator(".picture-stage")).toHaveCount(0);
  };
  await ui.open("/library");
  await ui.hydrated();
  await ui.picture(id).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  // Loaded again, the picture's own page stands there.
  await page.reload();
  await expect(page.locator(".picture-stage")).toBeVisible();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await page.goBack();
  await atHome();
  // And on again, and back once more.
  await page.goForward();
  await expect(page.locator(".picture-stage")).toBeVisible();
  await page.goBack();
  await atHome();
});

test("keys of a picture's page are left alone where they mean something else", WITH_SCRIPTS, async ({ page, stranger, person, js }) => {
  test.skip(!js, "keys are a script's");
  await haveSession(page, person);
  await havePublished(page, "A lamp on a pier");
  const id = await havePublished(page, "A lamp in a window");
  await stranger.goto(`/i/${id}`);
  // Who is not signed in has no sheet to switch letters off.
  await stranger.keyboard.press("r");
  await stranger.keyboard.press("i");
  await expect(stranger.locator("details.facts")).toHaveAttribute("open", "");
  // Arrows move what is looked at closely.
  await stranger.locator(".zoom summary").click();
  await stranger.keyboard.press("ArrowRight");
  await stranger.waitForTimeout(300);
  expect(stranger.url()).toMatch(new RegExp(`/i/${id}$`));
  await stranger.locator(".zoom summary").click();
  await stranger.keyboard.press("ArrowRight");
  await expect(stranger).not.toHaveURL(new RegExp(`/i/${id}$`));
});

test("a picture is shared by its address", WITH_SCRIPTS, async ({ page, stranger, person, js }) => {
  test.skip(!js, "copying is a script's");
  await haveSession(page, person);
  const id = await havePublished(page, "A lamp on a jetty");
  await stranger.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await stranger.goto(`/i/${id}?from=somewhere`);
  const share = stranger.locator(".share summary");
  const panel = stranger.locator(".share-panel");
  await share.click();
  await panel.getByRole("button", { name: "Copy link" }).click();
  await expect(panel.getByRole("button", { name: "Copied" })).toBeVisible();
  expect(await stranger.evaluate(() => navigator.clipboard.readText())).toMatch(new RegExp(`/i/${id}$`));
  await stranger.keyboard.press("Escape");
  await expect(panel).toBeHidden();
  await expect(share).toBeFocused();
  await share.click();
  await stranger.getByRole("heading", { level: 1 }).click();
  await expect(panel).toBeHidden();
  // Where the system has a sheet for it, that is what opens.
  await stranger.evaluate(() => {
    const told = window as { told?: ShareData };
    navigator.share = async (data) => void (told.told = data);
  });
  await share.click();
  expect(await stranger.evaluate(() => (window as { told?: ShareData }).told?.url)).toMatch(new RegExp(`/i/${id}$`));
  await expect(panel).toBeHidden();
  // On paper there are the picture and its words.
  await stranger.emulateMedia({ media: "print" });
  await expect(stranger.locator(".picture-stage img").first()).toBeVisible();
  await expect(stranger.getByText("A lamp on a jetty").first()).toBeVisible();
  for (const pressed of ["header", "footer", "button", ".beside"]) {
    for (const one of await stranger.locator(pressed).all()) await expect(one).toBeHidden();
  }
});

test("the row of pictures is there without scripts, in the reader's language", SERVER_ALONE, async ({ page, ui, person }) => {
  await haveSession(page, person);
  const older = await havePublished(page, "A lamp on a pier");
  const newer = await havePublished(page, "A lamp in a window");
  await ui.open(`/i/${newer}`);
  await walk(page, older, () => page.locator(".beside a[rel=next]").click());
  await page.getByRole("link", { name: "Back to the gallery" }).click();
  await expect(page.locator(".grid a").first()).toHaveAttribute("href", `/i/${older}`);
});

test("what follows is put below, and the size of the pictures is the reader's", WITH_SCRIPTS, async ({ page, stranger, person, js }) => {
  test.skip(!js, "without a script the link leads on");
  test.slow();
  await haveSession(page, person);
  await haveManyPublished(page, Array.from({ length: 25 }, (_, number) => `A lamp, number ${number}`));
  await stranger.goto("/gallery");
  const tiles = stranger.locator(".grid a");
  await expect(tiles).toHaveCount(24);
  const more = stranger.locator(".pager a[rel=next]");
  const leads = (await more.getAttribute("href")) ?? "";
  await more.click();
  await expect.poll(() => tiles.count()).toBeGreaterThan(24);
  await expect(tiles.nth(24)).toBeFocused();
  expect(new URL(stranger.url()).pathname + new URL(stranger.url()).search).toBe(leads);
  const shown = await tiles.evaluateAll((links) => links.map((link) => link.getAttribute("href")));
  expect(new Set(shown).size, "no picture twice").toBe(shown.length);
  // A picture far down is opened and left again: one is where one was.
  await tiles.nth(24).click();
  await stranger.goBack();
  await expect(stranger.locator(`.grid a[href="${shown[24]}"]`)).toBeInViewport();
  // And one in the middle of the first ones, after more was put below them.
  await stranger.goto("/gallery");
  await stranger.locator(".pager a[rel=next]").click();
  await expect.poll(() => tiles.count()).toBeGreaterThan(24);
  const opened = await tiles.nth(17).getAttribute("href");
  await tiles.nth(17).click();
  await stranger.goBack();
  await expect(stranger.locator(`.grid a[href="${opened}"]`)).toBeInViewport();
  await expect.poll(() => stranger.evaluate(() => history.scrollRestoration)).toBe("auto");

  const height = async () => (await tiles.first().boundingBox())?.height ?? 0;
  const before = await height();
  await stranger.getByRole("button", { name: "Smaller pictures" }).click();
  expect(await height()).toBeLessThan(before);
  await stranger.goto("/fr/gallery");
  const small = await height();
  expect(small).toBeLessThan(before);
  for (let press = 0; press < 6; press += 1) await stranger.getByRole("button", { name: "Images plus grandes" }).click();
  expect(await height()).toBeGreaterThan(small);
});

test("rows are filled to the edge, and each picture keeps its shape", BOTH_SCREENS_WITH_SCRIPTS, async ({ page, ui, person, js }) => {
  test.slow();
  await haveSession(page, person);
  const sizes = ["1024x640", "640x1024", "1024x1024", "1536x640", "640x1024"];
  for (const [index, size] of sizes.entries()) await delivered(page, await order(page, `A lamp, shape ${index}`, size));
  await ui.open("/library");
  const boxes = await page.locator(".grid li").evaluateAll((tiles) =>
    tiles.map((tile) => {
      const box = tile.getBoundingClientRect();
      const picture = tile.querySelector("img")!;
      const [width, height] = ["width", "height"].map((side) => Number(picture.getAttribute(side)));
      return { top: Math.round(box.top), right: box.right, height: box.height, ratio: box.width / box.height, own: width! / height! };
    }),
  );
  expect(boxes).toHaveLength(sizes.length);
  for (const box of boxes) expect(Math.abs(box.ratio - box.own)).toBeLessThan(0.06);
  const edge = await page.locator(".grid").evaluate((grid) => grid.getBoundingClientRect().right);
  const last = boxes.at(-1)!.top;
  const rows = new Set(boxes.map((box) => box.top));
  for (const top of rows) {
    const row = boxes.filter((box) => box.top === top);
    const filled = Math.abs(Math.max(...row.map((box) => box.right)) - edge) < 1;
    // A picture is shown at twice a row's height at most.
    if (top !== last && !filled) expect(row[0]!.height).toBeGreaterThan(240);
    for (const box of row) expect(box.height).toBeLessThan(460);
  }
  // Pictures are what one came for.
  expect(boxes[0]!.top).toBeLessThanOrEqual(js && page.viewportSize()!.width < 640 ? 220 : 260);
});

test("arrow keys move by rows of any length", WITH_SCRIPTS, async ({ page, ui, person, js }) => {
  test.skip(!js, "arrow keys are a script's");
  test.slow();
  await haveSession(page, person);
  const sizes = ["1536x640", "640x1024", "640x1024", "1024x1024", "640x1024", "1536x640"];
  for (const [index, size] of sizes.entries()) await delivered(page, await order(page, `A lamp, shape ${index}`, size));
  await page.setViewportSize({ width: 1000, height: 800 });
  await ui.open("/library");
  await ui.hydrated();
  const places = await page.locator(".grid .tile > a").evaluateAll((links) =>
    links.map((link) => {
      const box = link.getBoundingClientRect();
      return { top: Math.round(box.top), middle: (box.left + box.right) / 2 };
    }),
  );
  const tops = [...new Set(places.map((place) => place.top))];
  expect(tops.length).toBeGreaterThan(1);
  const focused = () => page.locator(".grid .tile > a").evaluateAll((links) => links.indexOf(document.activeElement as HTMLAnchorElement));
  await page.locator(".grid .tile > a").first().focus();
  for (const top of tops.slice(1)) {
    const from = places[await focused()]!;
    await page.keyboard.press("ArrowDown");
    const row = places.filter((place) => place.top === top);
    const nearest = row.reduce((one, other) => (Math.abs(other.middle - from.middle) < Math.abs(one.middle - from.middle) ? other : one));
    expect(places[await focused()]).toEqual(nearest);
  }
  const last = await focused();
  await page.keyboard.press("ArrowDown");
  expect(await focused(), "there is no row below").toBe(last);
  await page.keyboard.press("ArrowUp");
  expect(places[await focused()]!.top).toBe(tops.at(-2));
});
