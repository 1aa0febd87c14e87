// The release as a person meets it: the main road in Chromium with scripts, and
// every WebAssembly module it ships compiled by the browser. An error of the
// page, of the console or of the policy fails it (support/watch.ts).

import { askForPicture, pictureOfJob, publish } from "../support/road";
import { modulesBehind, modulesBuilt } from "../support/release";
import { signInByHand } from "../support/sign-in";
import { expect, test } from "../support/test";
import { Ui } from "../support/ui";

test("sign in, generate, look, publish, and a stranger sees it", async ({ page, ui, stranger, watch, person }) => {
  test.slow();
  await ui.open("/");
  await expect(ui.heading).toBeVisible();
  await signInByHand(page, watch, person);
  await ui.hydrated();
  expect(await page.evaluate(() => document.documentElement.dataset["hydrated"])).toBeDefined();

  await askForPicture(ui, "A lighthouse at dusk, calm sea, watercolour");
  await ui.hydrated();
  const id = await pictureOfJob(ui);

  await ui.open("/library");
  await ui.hydrated();
  await ui.picture(id).click();
  await expect(page).toHaveURL(new RegExp(`/i/${id}$`));
  const lightbox = page.getByRole("dialog");
  await expect(lightbox).toContainText("A lighthouse at dusk");
  await expect(lightbox.locator("img").first()).toHaveJSProperty("complete", true);
  await page.goBack();
  await expect(lightbox).toHaveCount(0);

  await publish(ui, id);
  const reader = new Ui(stranger);
  await reader.open("/gallery");
  await reader.picture(id).click();
  await expect(stranger).toHaveURL(new RegExp(`/i/${id}$`));
  await expect(reader.mainPicture).toBeVisible();
  await expect
    .poll(() => reader.mainPicture.evaluate((image: HTMLImageElement) => image.naturalWidth), { message: "a picture" })
    .toBeGreaterThan(0);
  await expect(reader.publish).toHaveCount(0);
});

test("the browser compiles every module that is shipped", async ({ page, ui, watch }) => {
  // The road above waits for it to wake up; here each module is judged, whatever the others do.
  watch.allow(/WebAssembly/);
  await ui.open("/create");
  const shipped = modulesBuilt();
  const reached = await modulesBehind(page.request, "/create");
  expect(reached, "modules behind /create").not.toEqual([]);
  for (const address of new Set([...shipped, ...reached])) {
    const verdict = await page.evaluate(async (address) => {
      try {
        const module = await WebAssembly.compileStreaming(fetch(address));
        return WebAssembly.Module.exports(module).length > 0 ? "compiles" : "exports nothing";
      } catch (error) {
        return String(error);
      }
    }, address);
    expect.soft(verdict, address).toBe("compiles");
  }
});
