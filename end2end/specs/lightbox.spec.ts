// The lightbox over the library, the picture's own page, and the keys.

import type { Page } from "@playwright/test";
import { axe } from "../support/axe";
import { havePicture } from "../support/road";
import { signIn } from "../support/sign-in";
import { expect, test } from "../support/test";
import { BOTH_SCREENS_WITH_SCRIPTS, DIAGONAL, PHONE_WITH_SCRIPTS, WITH_SCRIPTS } from "../support/tiers";
import type { Ui } from "../support/ui";

test("a picture opens over the library, has its address, and Back closes it", BOTH_SCREENS_WITH_SCRIPTS, async ({ page, ui, person, js }) => {
  test.slow();
  await signIn(page, person);
  const older = await havePicture(page, "A mill by a stream");
  const newer = await havePicture(page, "A harbour at dusk");
  await ui.open("/library");
  if (js) await ui.hydrated();
  await ui.picture(newer).click();
  await expect(page).toHaveURL(new RegExp(`/i/${newer}$`));
  const dialog = page.getByRole("dialog");
  if (!js) {
    // Without a script the same address is a page.
    await expect(ui.heading).toContainText("A harbour at dusk");
    return;
  }
  await expect(dialog).toContainText("A harbour at dusk");
  await axe(page, js);
  await dialog.getByRole("button", { name: "Next" }).click();
  await expect(page).toHaveURL(new RegExp(`/i/${older}$`));
  await expect(dialog).toContainText("A mill by a stream");
  await expect(dialog.getByRole("button", { name: "Next" })).toBeDisabled();
  await page.goBack();
  await expect(page).toHaveURL(/\/library$/);
  await expect(dialog).toHaveCount(0);
  await expect(ui.picture(older)).toBeFocused();
  // The address by itself is the whole page.
  await page.goto(`/i/${older}`);
  await expect(ui.heading).toContainText("A mill by a stream");
});

test("the picture's page: actual size, a smaller file, its prompt to copy", DIAGONAL, async ({ page, ui, watch, person, js, context }) => {
  await signIn(page, person);
  const id = await havePicture(page, "A kite above the dunes");
  await ui.open(`/i/${id}`);
  const smaller = page.getByRole("link", { name: /^Smaller file/ });
  const file = await page.request.get((await smaller.getAttribute("href")) ?? "");
  expect(file.headers()["content-type"]).toBe("image/webp");

  if (!js) {
    const link = page.getByRole("link", { name: "Actual size" });
    await expect(link).toHaveAttribute("href", /\/original\./);
    return expect(page.getByRole("button", { name: "Copy prompt" })).toBeHidden();
  }
  const asked = () => watch.requests.filter((address) => address.includes("/original."));
  expect(asked(), "the original is not downloaded before it is looked at").toEqual([]);
  await page.locator("summary").filter({ hasText: "Actual size" }).click();
  const whole = page.getByRole("region", { name: /actual size/ }).locator("img");
  await expect(whole).toBeVisible();
  expect((await whole.boundingBox())?.width).toBe(1024);
  expect(asked()).toHaveLength(1);

  const copy = page.getByRole("button", { name: "Copy prompt" });
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await copy.click();
  await expect(page.getByText("Copied")).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("A kite above the dunes");
});

test("keys move, open and close, and can be switched off", WITH_SCRIPTS, async ({ page, ui, person, js, isMobile }) => {
  test.skip(!js || Boolean(isMobile), "keys need a keyboard and a script");
  await signIn(page, person);
  const id = await havePicture(page, "A bridge in the rain");
  await ui.open("/library");
  await ui.hydrated();
  await page.keyboard.press("ArrowRight");
  await expect(ui.picture(id)).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toContainText("A bridge in the rain");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);

  await page.keyboard.press("?");
  const sheet = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await expect(sheet).toContainText("Move between pictures");
  await axe(page, js);
  await sheet.getByRole("checkbox").uncheck();
  await page.keyboard.press("Escape");
  await page.reload();
  await ui.hydrated();
  await page.keyboard.press("ArrowRight");
  await expect(ui.picture(id)).not.toBeFocused();
  // The sheet itself still opens, or nobody could switch them on again.
  await page.keyboard.press("?");
  await expect(page.getByRole("checkbox", { name: /Single-key shortcuts/ })).not.toBeChecked();
});

/** Two pictures in the library, the newer of which is open. */
async function opened(page: Page, ui: Ui, person: string): Promise<{ older: string; newer: string }> {
  await signIn(page, person);
  const older = await havePicture(page, "A mill by a stream");
  const newer = await havePicture(page, "A harbour at dusk");
  await ui.open("/library");
  await ui.hydrated();
  await ui.picture(newer).click();
  return { older, newer };
}

/** Where the picture is on the screen, as it is scaled and moved. */
async function placed(page: Page): Promise<{ x: number; y: number; width: number }> {
  const box = await page.locator(".lightbox .frame").boundingBox();
  if (!box) throw new Error("not shown");
  return box;
}

test("a picture fills the window, is looked at closely, and is sharp then", WITH_SCRIPTS, async ({ page, ui, person, js, isMobile }) => {
  test.skip(!js || Boolean(isMobile), "a wheel and keys; fingers below");
  const { older, newer } = await opened(page, ui, person);
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("A harbour at dusk");
  const shown = dialog.locator(".frame img");
  await expect(shown).toHaveJSProperty("complete", true);
  expect(await shown.evaluate((picture: HTMLImageElement) => picture.currentSrc), "as wide as the picture is").toContain("/1024.webp");

  const whole = await placed(page);
  const at = { x: whole.x + 300, y: whole.y + 200 };
  const under = async () => {
    const now = await placed(page);
    return ((at.x - now.x) / now.width) * whole.width;
  };
  await page.mouse.move(at.x, at.y);
  await page.mouse.wheel(0, -400);
  await expect.poll(async () => (await placed(page)).width).toBeGreaterThan(whole.width * 1.5);
  expect(Math.abs((await under()) - 300), "what is under the pointer stays there").toBeLessThan(2);
  await page.mouse.down();
  await page.mouse.move(at.x - 60, at.y, { steps: 4 });
  await page.mouse.up();
  expect(Math.abs((await placed(page)).x - (whole.x - 300 * ((await placed(page)).width / whole.width - 1)) + 60)).toBeLessThan(3);
  // The arrows move it while it is close, and lead on when it is whole.
  const before = await placed(page);
  await page.keyboard.press("ArrowRight");
  await expect.poll(async () => (await placed(page)).x).toBeLessThan(before.x - 50);
  await expect(page).toHaveURL(new RegExp(`/i/${newer}$`));
  await axe(page, js);
  await page.mouse.dblclick(at.x, at.y);
  await expect.poll(async () => (await placed(page)).width).toBe(whole.width);
  await page.keyboard.press("+");
  await expect.poll(async () => (await placed(page)).width).toBeCloseTo(whole.width * 1.5, 0);
  await page.keyboard.press("-");
  await expect.poll(async () => (await placed(page)).width).toBe(whole.width);
  await dialog.getByRole("button", { name: "Picture only" }).click();
  await expect(dialog.getByRole("heading").first()).toBeHidden();
  expect((await placed(page)).width).toBe(page.viewportSize()?.width);
  await page.keyboard.press("ArrowRight");
  await expect(page).toHaveURL(new RegExp(`/i/${older}$`));
});

test("fingers spread, drag and swipe", PHONE_WITH_SCRIPTS, async ({ page, ui, person, js, isMobile }) => {
  test.skip(!js || !isMobile, "a screen that is touched");
  const { older, newer } = await opened(page, ui, person);
  await expect(page.getByRole("dialog")).toContainText("A harbour at dusk");
  const screen = await page.context().newCDPSession(page);
  type Points = { x: number; y: number; id: number }[];
  const touch = (type: "touchStart" | "touchMove" | "touchEnd", touchPoints: Points) => screen.send("Input.dispatchTouchEvent", { type, touchPoints });
  const whole = await placed(page);
  const y = whole.y + 250;
  const pair = (gap: number) => [
    { x: 195 - gap, y, id: 1 },
    { x: 195 + gap, y, id: 2 },
  ];
  await touch("touchStart", pair(30));
  for (const gap of [45, 60, 90]) await touch("touchMove", pair(gap));
  await touch("touchEnd", []);
  await expect.poll(async () => (await placed(page)).width).toBeGreaterThan(whole.width * 2);
  const close = await placed(page);
  await touch("touchStart", [{ x: 200, y, id: 1 }]);
  for (const x of [170, 140, 110]) await touch("touchMove", [{ x, y, id: 1 }]);
  await touch("touchEnd", []);
  await expect.poll(async () => (await placed(page)).x).toBeLessThan(close.x - 60);
  await expect(page, "no swipe while it is close").toHaveURL(new RegExp(`/i/${newer}$`));

  await page.getByRole("button", { name: "Smaller", exact: true }).click({ clickCount: 4 });
  await expect.poll(async () => (await placed(page)).width).toBe(whole.width);
  await touch("touchStart", [{ x: 300, y, id: 1 }]);
  for (const x of [240, 180, 120]) await touch("touchMove", [{ x, y, id: 1 }]);
  await touch("touchEnd", []);
  await expect(page).toHaveURL(new RegExp(`/i/${older}$`));
});

test("what is done to a picture leaves it open", WITH_SCRIPTS, async ({ page, ui, watch, person, js }) => {
  test.skip(!js, "without a script the picture's page answers");
  test.slow();
  watch.allow(/ERR_FAILED/);
  await signIn(page, person);
  const [, second, third] = [await havePicture(page, "A mill"), await havePicture(page, "A weir"), await havePicture(page, "A ferry")];
  await ui.open("/library");
  await ui.hydrated();
  await ui.picture(third).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("A ferry");
  let documents = 0;
  page.on("request", (request) => (documents += request.isNavigationRequest() ? 1 : 0));

  await page.keyboard.press(".");
  const unmark = dialog.getByRole("button", { name: "Remove from favourites" });
  await expect(unmark).toBeFocused();
  await expect(page).toHaveURL(new RegExp(`/i/${third}$`));
  await dialog.getByRole("button", { name: "Publish" }).click();
  await expect(dialog.getByRole("button", { name: "Unpublish" })).toBeVisible();
  await expect(dialog.getByRole("button", { name: "Undo" })).toBeFocused();

  // What went to the trash is followed by the next, and Undo brings it back to its place.
  await page.keyboard.press("Delete");
  await expect(dialog).toContainText("A weir");
  await expect(page).toHaveURL(new RegExp(`/i/${second}$`));
  await expect(ui.picture(third)).toHaveCount(0);
  await dialog.getByRole("button", { name: "Undo" }).click();
  await expect(dialog).toContainText("A ferry");
  await expect(page).toHaveURL(new RegExp(`/i/${third}$`));
  await expect(ui.picture(third)).toHaveCount(1);

  // What cannot be sent is told of, and nothing is lost.
  await page.route("**/api/change", (route) => route.abort());
  await unmark.click();
  await expect(dialog.getByRole("alert")).toBeVisible();
  await expect(unmark).toBeVisible();
  await page.unroute("**/api/change");
  await dialog.getByRole("button", { name: "Next" }).click();
  await expect(dialog).toContainText("A weir");
  expect(documents, "no page was loaded for it").toBe(0);
  await page.keyboard.press("Escape");
  await expect(page).toHaveURL(/\/library$/);
  await expect(ui.picture(second)).toBeFocused();
});

test("a tick stays with its picture while others come and go", WITH_SCRIPTS, async ({ page, ui, person, js }) => {
  test.skip(!js, "without a script nothing changes under a tick");
  test.slow();
  await signIn(page, person);
  const [oldest, middle, newest] = [await havePicture(page, "A mill"), await havePicture(page, "A weir"), await havePicture(page, "A ferry")];
  await ui.open("/library");
  await ui.hydrated();
  const tick = (id: string) => page.locator(`input[name="ids[]"][value="${id}"]`);
  await tick(middle).evaluate((one: HTMLInputElement) => one.click());
  // While something is chosen a press chooses; keys open as ever.
  await ui.picture(newest).press("Enter");
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("A ferry");
  await page.keyboard.press("Delete");
  await expect(dialog).toContainText("A weir");
  await page.keyboard.press("Escape");
  await expect(ui.picture(newest)).toHaveCount(0);
  await expect(tick(middle)).toBeChecked();
  await expect(tick(oldest)).not.toBeChecked();
  await expect(page.getByText(/^1 selected/)).toBeVisible();
});

test("the last picture goes to the trash with its lightbox", WITH_SCRIPTS, async ({ page, ui, person, js }) => {
  test.skip(!js, "without a script the library's page answers");
  await signIn(page, person);
  const id = await havePicture(page, "A mill");
  await ui.open("/library");
  await ui.hydrated();
  await ui.picture(id).click();
  await expect(page.getByRole("dialog")).toContainText("A mill");
  await page.keyboard.press("Delete");
  await expect(page.getByRole("button", { name: "Undo" })).toBeVisible();
  await expect(ui.picture(id)).toHaveCount(0);
});
