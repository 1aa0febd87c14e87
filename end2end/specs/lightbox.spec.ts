// The lightbox over the library, the picture's own page, and the keys.

import { axe } from "../support/axe";
import { havePicture } from "../support/road";
import { signIn } from "../support/sign-in";
import { expect, test } from "../support/test";
import { BOTH_SCREENS_WITH_SCRIPTS, DIAGONAL, WITH_SCRIPTS } from "../support/tiers";

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
