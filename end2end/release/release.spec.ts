// The release as a person meets it: the main road in Chromium with scripts, and
// every WebAssembly module it ships compiled by the browser. An error of the
// page, of the console or of the policy fails it (support/watch.ts).

import { askForPicture, pictureOfJob, publish } from "../support/road";
import { png } from "../support/png";
import { modulesBehind, modulesBuilt } from "../support/release";
import { signIn, signInByHand } from "../support/sign-in";
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

test("one page fades into the next", async ({ stranger }) => {
  await stranger.addInitScript(() => {
    // Of the event's own type no library of types knows yet.
    addEventListener("pagereveal", (event) => Object.assign(window, { faded: Boolean(Reflect.get(event, "viewTransition")) }));
  });
  await stranger.goto("/");
  const pages = ["/gallery", "/terms"];
  for (const address of Array.from({ length: 10 }, () => pages).flat()) {
    await stranger.locator(`a[href="${address}"]`).first().click();
    await expect(stranger).toHaveURL(new RegExp(`${address}$`));
    await expect.poll(() => stranger.evaluate(() => Reflect.get(window, "faded"))).toBe(true);
  }
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
        // A part gives what it has through the main module's table, and exports nothing.
        const known = WebAssembly.Module.exports(module).length + WebAssembly.Module.imports(module).length;
        return known > 0 ? "compiles" : "is empty";
      } catch (error) {
        return String(error);
      }
    }, address);
    expect.soft(verdict, address).toBe("compiles");
  }
});

test("the composer is awake with the main module alone, and each part comes by use", async ({ page, ui, person, watch }) => {
  test.slow();
  // What was asked for before the page was awake; tasks of the browser's own come later.
  await page.addInitScript(() => {
    new MutationObserver(() => {
      const now = performance.now();
      const asked = performance.getEntriesByType("resource");
      Object.assign(window, { beforeAwake: asked.filter((one) => one.startTime <= now).map((one) => one.name) });
    }).observe(document, { attributeFilter: ["data-hydrated"], subtree: true });
  });
  await signIn(page, person);
  await ui.awake();
  const code = /\.(?:js|wasm)$/;
  const asked = (await page.evaluate(() => Reflect.get(window, "beforeAwake") as string[])).filter((name) => code.test(name));
  const names = asked.map((address) => new URL(address).pathname.split("/").at(-1));
  expect(new Set(names)).toEqual(new Set(["imgc.js", "parts.js", "imgc.wasm"]));
  expect(names, "each of them once").toHaveLength(3);

  await ui.hydrated();
  const picture = { name: "a.png", mimeType: "image/png", buffer: png(320, 240, () => [20, 140, 140, 255]) };
  await page.getByLabel(/^Choose pictures/).setInputFiles(picture);
  await ui.unfold("references");
  await page.getByRole("button", { name: "Paint a mask" }).click();
  await expect(page.getByRole("dialog").locator("canvas")).toBeVisible();
  await page.keyboard.press("Escape");
  await ui.navLink(ui.words.library).click();
  await expect(page).toHaveURL(/\/library$/);
  await ui.hydrated();
  const loaded = new Set(watch.requests.map((address) => new URL(address).pathname));
  const parts = modulesBuilt().map((address) => new URL(address).pathname);
  expect(parts.filter((part) => !loaded.has(part)), "parts that nothing loads").toEqual([]);
});
