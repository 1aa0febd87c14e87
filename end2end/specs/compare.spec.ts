// Pictures side by side: what differs, and one close look for all of them.

import { axe } from "../support/axe";
import { chooseTile, havePicture } from "../support/road";
import { signIn } from "../support/sign-in";
import { expect, test } from "../support/test";
import { DIAGONAL, OTHER_DIAGONAL } from "../support/tiers";

test("two pictures are chosen in the library and compared, each look at the same place of both", { tag: [...DIAGONAL.tag, ...OTHER_DIAGONAL.tag] }, async ({ page, ui, person, js, isMobile }) => {
  await signIn(page, person);
  await havePicture(page, "A mill by a stream");
  await havePicture(page, "A mill by a lake");
  await ui.open("/library");
  if (js) await ui.hydrated();
  await chooseTile(page.locator(".pick").first(), js && Boolean(isMobile));
  // Once one is chosen all boxes are there, for fingers, too.
  await page.locator(".pick").last().getByRole("checkbox").check();
  await page.getByRole("button", { name: "Compare" }).click();
  await expect(page).toHaveURL(/\/compare\?/);
  await expect(ui.heading).toHaveText("Compare");
  const [first, second] = [page.getByRole("region", { name: "Picture A" }), page.getByRole("region", { name: "Picture B" })];
  await expect(first.locator("img")).toHaveJSProperty("complete", true);
  await expect(second).toBeVisible();
  await expect(page.getByRole("row", { name: /Prompt/ })).toContainText("A mill by a stream");
  await axe(page, js);
  const zoom = page.getByRole("slider", { name: "Zoom" });
  if (!js) return expect(zoom).toBeHidden();

  await zoom.fill("4");
  const place = (pane: typeof first) =>
    pane.evaluate((e) => [(e.scrollLeft + e.clientWidth / 2) / e.scrollWidth, (e.scrollTop + e.clientHeight / 2) / e.scrollHeight].map((x) => Math.round(x * 100)));
  await expect(first.locator("img")).toHaveAttribute("src", /1024|original/);
  await expect.poll(() => place(first)).toEqual([50, 50]);
  await second.focus();
  for (let press = 0; press < 5; press += 1) await page.keyboard.press("ArrowRight");
  await page.keyboard.press("End");
  await expect.poll(async () => (await place(second))[1]).toBeGreaterThan(60);
  await expect.poll(async () => JSON.stringify(await place(first)) === JSON.stringify(await place(second))).toBe(true);
  await axe(page, js);
});
