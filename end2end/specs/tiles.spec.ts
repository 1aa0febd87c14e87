// The library's grid as an instrument: what one press does to a picture, choosing by
// dragging, keys, more of it, and that nothing of this loses the place.

import type { Locator, Page } from "@playwright/test";
import { axe } from "../support/axe";
import { delivered, havePicture, havePublished } from "../support/road";
import { haveSession } from "../support/sign-in";
import { expect, test } from "../support/test";
import { BOTH_SCREENS_WITH_SCRIPTS, DIAGONAL, PHONE_WITH_SCRIPTS, SERVER_ALONE, WITH_SCRIPTS } from "../support/tiers";
import { idOf, type Ui } from "../support/ui";

const tile = (page: Page, id: string) => page.locator(".pick").filter({ has: page.locator(`[value="${id}"]`) });
const box = (page: Page, id: string) => page.locator(`input[name="ids[]"][value="${id}"]`);
const shown = (page: Page) => page.locator("input[name='ids[]']").evaluateAll((all) => all.map((one) => (one as HTMLInputElement).value));
const act = (of: Locator, name: string) => of.locator(".quick-acts").getByRole("button", { name, exact: true });

/** Pictures of one job, without any page. */
async function many(page: Page, count: number): Promise<void> {
  const answer = await page.request.post("/api/generate", {
    form: {
      lang: "en",
      "draft[prompt]": "Poppies in a field",
      "draft[model]": "gpt-image-2.5-flare",
      "draft[size]": "1024x640",
      "draft[quality]": "low",
      "draft[count]": String(count),
      "draft[format]": "png",
      request_key: crypto.randomUUID(),
      age: "on",
    },
    headers: { accept: "text/html", "sec-fetch-site": "same-origin" },
    maxRedirects: 0,
  });
  await delivered(page, idOf(answer.headers()["location"] ?? ""));
}

/** At least so many pictures in the library. */
async function haveMany(page: Page, least: number): Promise<void> {
  const total = async () => {
    const html = await (await page.request.get("/library")).text();
    return Number(/data-total="?(\d+)/.exec(html)?.[1] ?? 0);
  };
  while ((await total()) < least) await many(page, 4);
}

/** Opens the library; counts the documents that are loaded from then on. */
async function library(page: Page, ui: Ui): Promise<() => number> {
  await ui.open("/library");
  await ui.hydrated();
  let documents = 0;
  page.on("request", (request) => (documents += request.isNavigationRequest() ? 1 : 0));
  return () => documents;
}

test("a tile's buttons act in place, and Undo brings back what went", WITH_SCRIPTS, async ({ page, ui, person, js, isMobile }) => {
  test.skip(!js || Boolean(isMobile), "a mouse");
  test.slow();
  await haveSession(page, person);
  const ids = [await havePicture(page, "A mill"), await havePicture(page, "A weir"), await havePicture(page, "A ferry")].reverse();
  const documents = await library(page, ui);
  const [first, second, third] = ids as [string, string, string];
  await box(page, third).check();
  const of = tile(page, second);
  await expect(of.locator(".quick-acts")).toBeHidden();
  await of.hover();
  await axe(page, js);
  await act(of, "Favourite").click();
  await expect(act(of, "Favourite")).toHaveAttribute("aria-pressed", "true");
  await expect(page.locator(".notice")).toContainText("1 picture");
  await act(of, "Public").click();
  await expect(act(of, "Public")).toHaveAttribute("aria-pressed", "true");
  await page.mouse.move(1, 1);
  await expect(of.locator(".badge-public")).toBeVisible();
  await expect(page.locator(".badge").getByText("Private")).toHaveCount(0);

  await of.hover();
  await act(of, "Move to trash").click();
  await expect(of).toHaveCount(0);
  expect(await shown(page)).toEqual([first, third]);
  await page.locator(".notice").getByRole("button", { name: "Undo" }).click();
  await expect(of).toHaveCount(1);
  expect(await shown(page), "at its place").toEqual([first, second, third]);
  await expect(box(page, third), "what was chosen stays chosen").toBeChecked();
  expect(documents(), "no page was loaded for it").toBe(0);
  await expect(page).toHaveURL(/\/library$/);
  const [download] = await Promise.all([page.waitForEvent("download"), of.hover().then(() => of.locator("a[download]").click())]);
  expect(download.suggestedFilename()).toBe(`imgc-${second}.png`);
});

test("keys act on the tile that has the focus, and move by row and column", WITH_SCRIPTS, async ({ page, ui, person, js, isMobile }) => {
  test.skip(!js || Boolean(isMobile), "a keyboard");
  test.slow();
  await haveSession(page, person);
  await haveMany(page, 8);
  const documents = await library(page, ui);
  await page.setViewportSize({ width: 900, height: 900 });
  const ids = await shown(page);
  const [first, second] = ids as [string, string];
  await page.keyboard.press("ArrowRight");
  await expect(ui.picture(first)).toBeFocused();
  await page.keyboard.press("ArrowRight");
  await expect(ui.picture(second)).toBeFocused();
  // Down: another row, and no other tile of it is nearer; up again is where one was.
  const from = await ui.picture(second).boundingBox();
  await page.keyboard.press("ArrowDown");
  const to = await page.locator(":focus").boundingBox();
  expect(to!.y).toBeGreaterThan(from!.y + from!.height - 1);
  expect(Math.abs(to!.x + to!.width / 2 - from!.x - from!.width / 2)).toBeLessThan(from!.width);
  await page.keyboard.press("ArrowUp");
  await expect(ui.picture(second)).toBeFocused();

  await page.keyboard.press(".");
  await expect(tile(page, second).locator(".badge-heart")).toHaveCount(1);
  await expect(ui.picture(second)).toBeFocused();
  await page.keyboard.press("Delete");
  await expect(tile(page, second)).toHaveCount(0);
  await expect(ui.picture(ids[2]!), "the next one has the focus").toBeFocused();
  expect(documents()).toBe(0);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(ui.picture(ids[2]!)).toBeFocused();
  await page.keyboard.press("r");
  await expect(page).toHaveURL(/\/create/);
  await expect(ui.prompt).toHaveValue("Poppies in a field");
});

test("dragging chooses what it passes", WITH_SCRIPTS, async ({ page, ui, person, js, isMobile }) => {
  test.skip(!js || Boolean(isMobile), "a mouse; a finger below");
  test.slow();
  await haveSession(page, person);
  await haveMany(page, 8);
  await library(page, ui);
  const middle = async (at: number) => {
    const place = await page.locator(".pick").nth(at).boundingBox();
    return [place!.x + place!.width / 2, place!.y + place!.height / 2] as const;
  };
  const ticked = () => page.locator("input[name='ids[]']:checked");
  await page.mouse.move(...(await middle(0)));
  await page.mouse.down();
  await page.mouse.move(...(await middle(4)), { steps: 8 });
  await expect(ticked()).toHaveCount(5);
  // Back over some of them: those are let go again.
  await page.mouse.move(...(await middle(2)), { steps: 4 });
  await page.mouse.up();
  await expect(ticked()).toHaveCount(3);
  await expect(page.getByRole("dialog"), "the end of it opens nothing").toHaveCount(0);
  await expect(page.getByText("3 selected")).toBeVisible();
  await axe(page, js);
  // While some are chosen a press chooses; the box of one does as ever, with Shift a range.
  await page.mouse.click(...(await middle(3)));
  await expect(ticked()).toHaveCount(4);
  await page.getByRole("button", { name: "Clear", exact: true }).click();
  await expect(ticked()).toHaveCount(0);
  await page.mouse.click(...(await middle(3)));
  await expect(page.getByRole("dialog")).toBeVisible();
});

test("a finger chooses by resting, and finds a picture's buttons", PHONE_WITH_SCRIPTS, async ({ page, ui, person, js, isMobile }) => {
  test.skip(!js || !isMobile, "a screen that is touched");
  test.slow();
  await haveSession(page, person);
  const ids = [await havePicture(page, "A mill"), await havePicture(page, "A weir"), await havePicture(page, "A ferry")].reverse();
  const documents = await library(page, ui);
  const [first, second] = ids as [string, string];
  await tile(page, second).locator("summary").tap();
  await expect(act(tile(page, second), "Favourite")).toBeVisible();
  await axe(page, js);
  await act(tile(page, second), "Favourite").tap();
  await expect(tile(page, second).locator(".badge-heart")).toBeVisible();
  await expect(act(tile(page, second), "Favourite")).toBeHidden();

  const screen = await page.context().newCDPSession(page);
  const touch = (type: "touchStart" | "touchMove" | "touchEnd", points: { x: number; y: number }[]) =>
    screen.send("Input.dispatchTouchEvent", { type, touchPoints: points });
  const middle = async (id: string) => {
    const place = await tile(page, id).boundingBox();
    return { x: place!.x + place!.width / 2, y: place!.y + place!.height / 2 };
  };
  await touch("touchStart", [await middle(first)]);
  await expect(box(page, first)).toBeChecked();
  await touch("touchMove", [await middle(second)]);
  await expect(box(page, second)).toBeChecked();
  await touch("touchEnd", []);
  await expect(page.getByText("2 selected")).toBeVisible();
  await axe(page, js);
  // The sheet of a picture chooses it, too.
  await tile(page, ids[2]!).locator("summary").tap();
  await tile(page, ids[2]!).locator(".quick-acts").getByText("Select", { exact: true }).tap();
  await expect(page.getByText("3 selected")).toBeVisible();
  expect(documents()).toBe(0);
});

test("more is put below what is there, and what is chosen spans it", WITH_SCRIPTS, async ({ page, ui, person, js, isMobile }) => {
  test.skip(!js || Boolean(isMobile), "one screen is enough");
  test.slow();
  await haveSession(page, person);
  await haveMany(page, 27);
  const documents = await library(page, ui);
  const before = await shown(page);
  expect(before).toHaveLength(24);
  await box(page, before[1]!).check();
  await page.getByRole("link", { name: "Load more" }).click();
  await expect.poll(async () => (await shown(page)).length).toBeGreaterThan(24);
  const all = await shown(page);
  expect(new Set(all).size, "each once").toBe(all.length);
  await expect(page).toHaveURL(/cursor=/);
  await expect(page.locator(".day h2")).toHaveCount(1);
  await box(page, all[25]!).check();
  await expect(page.getByText("2 selected")).toBeVisible();

  // Publishing says how many become public, asks once, and says nothing twice.
  await page.locator(".ask summary").filter({ hasText: "Publish" }).click();
  await expect(page.locator("[data-publics]")).toHaveText("2");
  await axe(page, js);
  await page.locator(".ask").getByRole("button", { name: "Publish" }).click();
  for (const id of [all[1]!, all[25]!]) {
    await expect(tile(page, id).locator(".badge-public")).toHaveCount(1);
    await expect(box(page, id)).toBeChecked();
  }
  await page.getByLabel(/^Select all/).check();
  await expect(page.locator("[data-publics]")).toHaveText(String(all.length - 2));
  await page.getByLabel(/^Select all/).uncheck();
  expect(await shown(page)).toEqual(all);
  for (const id of [all[1]!, all[25]!]) await box(page, id).check();
  await page.getByRole("group", { name: "Selected pictures" }).getByRole("button", { name: "Move to trash" }).click();
  await expect.poll(async () => (await shown(page)).length).toBe(all.length - 2);
  await page.locator(".notice").getByRole("button", { name: "Undo" }).click();
  await expect.poll(() => shown(page)).toEqual(all);
  expect(documents(), "no page was loaded for any of it").toBe(0);

  // From elsewhere, Back leads to the place: the page that has it, and there the picture.
  const far = all[26]!;
  await ui.picture(far).scrollIntoViewIfNeeded();
  await ui.picture(far).focus();
  await page.evaluate(() => scrollBy(0, 300));
  await expect(page).toHaveURL(/cursor=/);
  await page.waitForTimeout(400);
  await page.goto("/gallery");
  await page.goBack();
  await expect(ui.picture(far)).toBeInViewport();
});

test("without a script more is the next page", SERVER_ALONE, async ({ page, ui, person, js }) => {
  test.skip(js, "with scripts it is put below");
  test.slow();
  await haveSession(page, person);
  await haveMany(page, 26);
  await ui.open("/library");
  const before = await shown(page);
  await page.getByRole("link", { name: "Load more" }).click();
  await expect(page).toHaveURL(/cursor=/);
  const after = await shown(page);
  expect(after.length).toBeGreaterThan(0);
  expect(after.filter((id) => before.includes(id))).toEqual([]);
  // A tile's button is a form's.
  await tile(page, after[0]!).hover();
  await act(tile(page, after[0]!), "Move to trash").click();
  await expect(page.locator(".notice")).toContainText("Moved to the trash");
  await page.locator(".notice").getByRole("button", { name: "Undo" }).click();
  await expect(page.locator(".notice")).toContainText("Undone");
});

test("pictures come first, and the bar leaves them room", BOTH_SCREENS_WITH_SCRIPTS, async ({ page, person, js, isMobile }) => {
  test.skip(!js, "a measure");
  await haveSession(page, person);
  await havePicture(page, "A mill");
  for (const prefix of ["", "/fr"]) {
    await page.setViewportSize(isMobile ? { width: 390, height: 844 } : { width: 1280, height: 720 });
    await page.goto(`${prefix}/library`);
    const first = await page.locator(".tile").first().boundingBox();
    expect(first!.y, `the first picture ${prefix}`).toBeLessThanOrEqual(isMobile ? 220 : 260);
    // A window of 1280 × 720 at 400 %.
    await page.setViewportSize({ width: 320, height: 180 });
    await page.locator("input[name='ids[]']").first().evaluate((one: HTMLInputElement) => one.click());
    const bar = await page.locator(".bar").boundingBox();
    expect(bar!.height, `the bar ${prefix}`).toBeLessThanOrEqual(27);
    await axe(page, js);
  }
});

test("the filmstrip leads to what is beside, and titles follow", WITH_SCRIPTS, async ({ page, ui, person, js, isMobile, watch }) => {
  test.skip(!js || Boolean(isMobile), "a wide screen");
  test.slow();
  watch.allow(/status of 404/);
  await haveSession(page, person);
  const ids = [await havePicture(page, "A mill by a stream"), await havePicture(page, "A weir"), await havePicture(page, "A ferry")].reverse();
  const documents = await library(page, ui);
  const title = await page.title();
  await ui.picture(ids[0]!).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("A ferry");
  await expect(page).toHaveTitle(/A ferry/);
  const strip = dialog.locator(".filmstrip a");
  await expect(strip).toHaveCount(3);
  await expect(strip.first()).toHaveAttribute("aria-current", "true");
  await axe(page, js);
  await strip.nth(2).click();
  await expect(page).toHaveURL(new RegExp(`/i/${ids[2]!}$`));
  await expect(page).toHaveTitle(/A mill by a stream/);
  await expect(strip.nth(2)).toHaveAttribute("aria-current", "true");
  const [picture, below] = [await dialog.locator(".frame").boundingBox(), await dialog.locator(".filmstrip").boundingBox()];
  expect(picture!.y + picture!.height, "it covers nothing").toBeLessThanOrEqual(below!.y + 1);

  // Deleted for good in another tab meanwhile: that is said, and the others are there.
  for (const action of ["trash", "delete"]) {
    const sent = await page.request.post("/api/change", {
      form: { lang: "en", "ids[]": ids[1]!, action },
      headers: { accept: "text/html", "sec-fetch-site": "same-origin" },
      maxRedirects: 0,
    });
    expect(sent.status()).toBe(302);
  }
  await page.keyboard.press("ArrowLeft");
  await expect(dialog.getByRole("alert")).toBeVisible();
  await page.keyboard.press("ArrowLeft");
  await expect(dialog).toContainText("A ferry");
  await page.keyboard.press("Escape");
  await expect(page).toHaveURL(/\/library$/);
  await expect(page).toHaveTitle(title);
  expect(documents()).toBe(0);
  await page.goto("/create");
  const composer = await page.title();
  await ui.hydrated();
  await ui.navLink("Library").click();
  await expect(page).toHaveTitle(title);
  await page.goBack();
  await expect(page).toHaveTitle(composer);
});

test("what cannot be sent is told, and nothing is lost", DIAGONAL, async ({ page, ui, person, js, isMobile, watch }) => {
  test.skip(!js || Boolean(isMobile), "without a script the browser tells");
  watch.allow(/ERR_|Failed to fetch/);
  await haveSession(page, person);
  const id = await havePicture(page, "A mill");
  await library(page, ui);
  await box(page, id).check();
  await page.context().setOffline(true);
  await page.getByRole("group", { name: "Selected pictures" }).getByRole("button", { name: "Favourite", exact: true }).click();
  await expect(ui.alert).toContainText("could not be reached");
  await expect(box(page, id)).toBeChecked();
  await page.context().setOffline(false);
  await page.getByRole("group", { name: "Selected pictures" }).getByRole("button", { name: "Favourite", exact: true }).click();
  await expect(tile(page, id).locator(".badge-heart")).toHaveCount(1);
  await expect(ui.alert).toHaveCount(0);
  // With the session gone one is led to sign in.
  await page.context().clearCookies();
  await page.getByRole("group", { name: "Selected pictures" }).getByRole("button", { name: "Unfavourite" }).click();
  await expect(page).not.toHaveURL(/\/library$/);
});

test("five thousand pictures change their size in the middle", WITH_SCRIPTS, async ({ page, ui, person, js, isMobile }) => {
  test.skip(!js || Boolean(isMobile), "one screen is enough");
  test.slow();
  await haveSession(page, person);
  await havePicture(page, "A mill");
  await library(page, ui);
  const result = await page.evaluate(async () => {
    const list = document.querySelector(".grid")!;
    const tile = list.querySelector("li")!;
    for (let n = 0; n < 5000; n += 1) {
      const copy = tile.cloneNode(true) as HTMLElement;
      copy.className = `pick w${6 + (n % 12)}`;
      copy.querySelector("a")!.href = `/i/${n}`;
      copy.querySelectorAll("[id]").forEach((one) => (one.id += n));
      // Browsers look through the whole form at each button that comes into it, which is
      // quick for a page of pictures and not for two hundred at once.
      copy.querySelectorAll("button").forEach((button) => (button.type = "button"));
      list.append(copy);
    }
    scrollTo(0, document.documentElement.scrollHeight / 2);
    await new Promise((next) => setTimeout(next, 500));
    const at = [...list.children].find((li) => li.getBoundingClientRect().bottom > 99)!;
    const before = at.getBoundingClientRect().top;
    const began = performance.now();
    (document.querySelector("[data-density='-1']") as HTMLElement).click();
    const after = at.getBoundingClientRect().top;
    return { took: performance.now() - began, moved: Math.abs(after - before) };
  });
  expect(result.moved, "what one looks at stays").toBeLessThan(3);
  // A second where nothing else runs.
  expect(result.took, "milliseconds").toBeLessThan(10_000);
});

test("arrows move in the gallery once a tile has the focus, and scroll until then", WITH_SCRIPTS, async ({ page, stranger, person, js, isMobile }) => {
  test.skip(!js || Boolean(isMobile), "a keyboard");
  await haveSession(page, person);
  await havePublished(page, "A mill");
  await havePublished(page, "A weir");
  await stranger.goto("/gallery");
  await stranger.waitForLoadState();
  const link = (at: number) => stranger.locator(".grid .tile > a").nth(at);
  await stranger.keyboard.press("ArrowRight");
  await expect(link(0)).not.toBeFocused();
  await link(0).focus();
  await stranger.keyboard.press("ArrowRight");
  await expect(link(1)).toBeFocused();
  await stranger.keyboard.press("ArrowLeft");
  await expect(link(0)).toBeFocused();
});

test("on paper a picture is alone with its words", WITH_SCRIPTS, async ({ page, ui, person, js }) => {
  await haveSession(page, person);
  const id = await havePicture(page, "A mill by a stream");
  await page.emulateMedia({ media: "print" });
  await ui.open(`/i/${id}`);
  await expect(page.locator(".picture-stage img").first()).toBeVisible();
  await expect(ui.heading).toBeVisible();
  for (const away of ["header", "footer", "nav", "form", "button", ".beside", ".demo-banner"]) {
    for (const one of await page.locator(away).all()) await expect(one, away).toBeHidden();
  }
  if (!js) return;
  // And so it is from the lightbox.
  await page.emulateMedia({ media: "screen" });
  await ui.open("/library");
  await ui.hydrated();
  await ui.picture(id).click();
  await expect(page.getByRole("dialog")).toContainText("A mill by a stream");
  await page.emulateMedia({ media: "print" });
  await expect(page.getByRole("dialog").locator(".frame img")).toBeVisible();
  for (const away of [".lightbox-bar", ".filmstrip", "form", "button"]) {
    for (const one of await page.getByRole("dialog").locator(away).all()) await expect(one, away).toBeHidden();
  }
});
