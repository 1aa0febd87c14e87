// Does each task once, by mouse on a desktop, and prints the clicks it took; then where
// the button and the first picture stand. A task that cannot be done fails: every one ends
// with looking whether it is done.

import { expect, type Browser, type BrowserContextOptions, type Locator, type Page } from "@playwright/test";
import { havePicture, haveManyPublished } from "../support/road";
import { SITE } from "../support/server";
import { haveSession } from "../support/sign-in";
import { test } from "../support/test";
import { Ui } from "../support/ui";
import { Hand, type Effort } from "./hand";

const DESKTOP: BrowserContextOptions = { viewport: { width: 1280, height: 720 } };
const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
/** Pictures of the gallery that are looked at. */
const LOOKED_AT = 10;

test("what everyday work takes", async ({ browser, person, watch }) => {
  // What a page says in its console on the way is another test's.
  watch.allow(/.*/);
  const context = await browser.newContext({ ...DESKTOP, baseURL: SITE });
  const page = await context.newPage();
  await haveSession(page, person);
  const studio = new Studio(page);
  const efforts: Effort[] = [];
  for (const task of studio.tasks()) efforts.push(await task());
  efforts.push(await lookAtTen(browser, page));
  console.log("\nWhat each task takes, by mouse at 1280 × 720:");
  console.table(efforts.map(({ task, ...rest }) => ({ task, ...rest })));

  const places: Place[] = [];
  const storageState = await context.storageState();
  for (const options of [DESKTOP, PHONE]) {
    for (const path of ["/create", "/library"]) places.push(await measure(browser, { ...options, storageState }, path));
  }
  console.log("Where things begin, in pixels from the top of the window:");
  console.table(places);
  await context.close();
});

/** Tasks of somebody who makes pictures. */
class Studio {
  private readonly ui: Ui;
  private readonly hand: Hand;
  private made = 0;

  constructor(readonly page: Page) {
    this.ui = new Ui(page);
    this.hand = new Hand(page);
  }

  tasks(): (() => Promise<Effort>)[] {
    return [
      () => this.next(),
      () => this.another(),
      () => this.favourite(),
      () => this.download(),
      () => this.reference(),
      () => this.publish(),
      () => this.trash(),
      () => this.region(),
    ];
  }

  /** The composer with one more result in the feed. Its row, and its picture's id. */
  private async result(): Promise<{ row: Locator; id: string }> {
    this.made += 1;
    const prompt = `A lighthouse, number ${this.made}`;
    const id = await havePicture(this.page, prompt);
    await this.ui.open("/create");
    await this.ui.hydrated();
    const row = this.ui.jobCards.filter({ hasText: prompt }).first();
    await expect(row.locator(`a[href$="/i/${id}"]`).first()).toBeVisible();
    return { row, id };
  }

  /** The first picture of a row. */
  private picture(row: Locator): Locator {
    return row.locator("figure").first();
  }

  private async next(): Promise<Effort> {
    await this.result();
    const before = await this.ui.jobCards.count();
    return this.hand.does("next prompt after a result", async () => {
      await this.hand.type(this.ui.prompt, "A harbour in the fog");
      if (await this.ui.oldEnough.count()) throw new Error("the age is asked for again");
      await this.hand.click(this.ui.generate);
      await expect(this.ui.jobCards).toHaveCount(before + 1);
    });
  }

  private async another(): Promise<Effort> {
    const { row } = await this.result();
    const before = await this.ui.jobCards.count();
    return this.hand.does("another of the same", async () => {
      await this.hand.press(row, /^Another|^More like this/);
      await expect(this.ui.jobCards).toHaveCount(before + 1);
    });
  }

  private async favourite(): Promise<Effort> {
    const { row, id } = await this.result();
    return this.hand.does("favourite a result", async () => {
      await this.hand.press(this.picture(row), /^(Add to favourites|Favourite)/);
      await expect.poll(() => this.text(`/i/${id}`)).toMatch(/Unfavourite|Remove from favourites/);
    });
  }

  private async download(): Promise<Effort> {
    const { row } = await this.result();
    return this.hand.does("download a result", async () => {
      const file = this.page.waitForEvent("download");
      await this.hand.press(this.picture(row), /^Download/);
      expect((await file).suggestedFilename()).toMatch(/\.(png|jpe?g|webp)$/);
    });
  }

  private async reference(): Promise<Effort> {
    const { row } = await this.result();
    return this.hand.does("use a result as reference", async () => {
      await this.hand.press(this.picture(row), /^Use as (a )?reference/);
      await expect.poll(async () => /Reference picture 1/.test(await this.text("/create"))).toBe(true);
    });
  }

  private async publish(): Promise<Effort> {
    const { row, id } = await this.result();
    return this.hand.does("publish a result", async () => {
      await this.hand.press(this.picture(row), /^(Publish|Public$)/);
      await expect.poll(async () => (await fetch(`${SITE}/i/${id}`)).status).toBe(200);
    });
  }

  private async trash(): Promise<Effort> {
    const { row, id } = await this.result();
    return this.hand.does("move a result to the trash", async () => {
      await this.hand.press(this.picture(row), /^(Move to trash|Trash|Delete)/);
      await expect.poll(async () => (await this.text("/library")).includes(id)).toBe(false);
    });
  }

  /** Edits a region of a result, by the brush that is shown at once. */
  private async region(): Promise<Effort> {
    const { row } = await this.result();
    const { page, hand } = this;
    return hand.does("edit a region of a result", async () => {
      await hand.press(this.picture(row), /^Edit/);
      const canvas = page.locator("canvas").first();
      const field = page.getByRole("main").locator("textarea:visible").first();
      await field.waitFor();
      await canvas.waitFor();
      await hand.stroke(canvas);
      await hand.type(field, "a red door");
      await hand.click(page.getByRole("main").locator("form button.button-primary:visible").last());
      await expect.poll(async () => /(a red door)/.test(await this.text("/create"))).toBe(true);
    });
  }

  /** What the server answers at an address, to the same person. */
  private async text(path: string): Promise<string> {
    return (await this.page.request.get(path)).text();
  }
}

/** Looks at pictures of the gallery one after the other, as a stranger. */
async function lookAtTen(browser: Browser, publisher: Page): Promise<Effort> {
  await haveManyPublished(
    publisher,
    Array.from({ length: LOOKED_AT }, (_, number) => `A boat on a lake, number ${number}`),
  );
  const context = await browser.newContext({ ...DESKTOP, baseURL: SITE });
  const page = await context.newPage();
  const hand = new Hand(page);
  await page.goto("/gallery");
  const effort = await hand.does(`look at ${LOOKED_AT} pictures of the gallery`, async () => {
    const seen = new Set<string>();
    await hand.click(page.getByRole("main").locator('a[href*="/i/"]').first());
    await page.waitForURL(/\/i\//);
    seen.add(new URL(page.url()).pathname);
    while (seen.size < LOOKED_AT) {
      const before = page.url();
      await hand.click(page.getByRole("link", { name: /^(Next|Older)/ }).first());
      await page.waitForURL((url) => url.href !== before);
      seen.add(new URL(page.url()).pathname);
    }
  });
  await context.close();
  return effort;
}

interface Place {
  page: string;
  screen: string;
  generate: number | string;
  "first picture": number | string;
}

/** Where the button and the first picture stand as a page opens. */
async function measure(browser: Browser, options: BrowserContextOptions, path: string): Promise<Place> {
  const context = await browser.newContext({ ...options, baseURL: SITE });
  const page = await context.newPage();
  const ui = new Ui(page);
  await ui.open(path);
  await ui.hydrated();
  const y = async (what: Locator) => Math.round((await what.boundingBox())?.y ?? NaN);
  const picture = page.getByRole("main").locator('a[href*="/i/"] img').first();
  await picture.waitFor();
  const { width, height } = page.viewportSize() ?? { width: 0, height: 0 };
  const place = {
    page: path,
    screen: `${width} × ${height}`,
    generate: (await ui.generate.count()) ? await y(ui.generate) : "–",
    "first picture": await y(picture),
  };
  await context.close();
  return place;
}
