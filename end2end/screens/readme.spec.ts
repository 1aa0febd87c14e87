// Makes the three pictures of README.md again, in docs/: the composer, a library and the
// lightbox of a demo, with what its painter does best.

import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { havePicture } from "../support/road";
import { REPOSITORY, startServer } from "../support/server";
import { haveSession } from "../support/sign-in";
import { expect, test } from "../support/test";
import { Ui } from "../support/ui";

/** What a picture of a page about pictures may weigh. */
const BYTES_MAX = 150_000;

const PICTURES: [prompt: string, size: string][] = [
  ["A red fox in a birch forest in the snow, watercolour", "1024x1024"],
  ["A night market in the rain, lanterns mirrored in the puddles", "1536x1024"],
  ["A hot air balloon over mountains at dawn", "1024x1536"],
  ["A sailing boat on a calm lake, full moon", "1536x1024"],
  ["A desert with cacti at noon, pixel art", "1024x1024"],
  ["A whale above a sleeping town, paper cut", "1536x1024"],
  ["A street in Paris in the rain, ink", "1024x1536"],
  ["A heron in the reeds at first light, watercolour", "1536x1024"],
  ["A greenhouse at night, lit from inside", "1024x1024"],
  ["A lighthouse in a storm at sunset, oil painting", "1536x1024"],
];

test("the pictures of README", async ({ browser, person }) => {
  // Of its own, because the painter of the shared one is in a hurry.
  const server = await startServer(() => ({ IMGC_DEMO_PAINTED_PIXELS: "1600000", IMGC_DEMO_PACE_MS: "100" }));
  const context = await browser.newContext({ baseURL: server.origin, viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await haveSession(page, person);
  const ids: string[] = [];
  for (const [prompt, size] of PICTURES) ids.push(await havePicture(page, prompt, size));
  const ui = new Ui(page);

  await ui.open("/create");
  await ui.hydrated();
  await ui.prompt.fill("A lighthouse in a storm at sunset, the keeper's window lit, oil painting");
  await keep(page, "composer");

  await ui.open("/library");
  await ui.hydrated();
  await keep(page, "library");

  await ui.picture(ids.at(-1) ?? "").click();
  await page.getByRole("dialog").locator(".picture").waitFor();
  await keep(page, "picture");
  await context.close();
  await server.stop();
});

/** The window as a WebP in docs/. */
async function keep(page: Page, name: string): Promise<void> {
  await page.waitForFunction(() =>
    [...document.images].every(
      // What is folded away, or further down, loads when it is reached.
      (image) => image.complete || !image.getClientRects().length || image.getBoundingClientRect().top > innerHeight,
    ),
  );
  // What has just ended is told for a while.
  await page.waitForTimeout(500);
  const screen = await page.context().newCDPSession(page);
  const { data } = await screen.send("Page.captureScreenshot", { format: "webp", quality: 82 });
  const file = join(REPOSITORY, "docs", `${name}.webp`);
  writeFileSync(file, Buffer.from(data, "base64"));
  expect(statSync(file).size, file).toBeLessThan(BYTES_MAX);
}
