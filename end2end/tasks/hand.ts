// A hand on a mouse and a keyboard that counts what it does, and what that does to the page.

import type { Locator, Page } from "@playwright/test";

/** What a task took. */
export interface Effort {
  task: string;
  clicks: number;
  /** How often words were typed. */
  typed: number;
  /** Documents that were loaded on the way. */
  pages: number;
}

export class Hand {
  private clicks = 0;
  private typed = 0;
  private pages = 0;

  constructor(readonly page: Page) {
    page.on("domcontentloaded", () => {
      this.pages += 1;
    });
  }

  /** Does a task, and says what it took. What makes it ready for it is done before. */
  async does(task: string, work: () => Promise<void>): Promise<Effort> {
    Object.assign(this, { clicks: 0, typed: 0, pages: 0 });
    await work();
    return { task, clicks: this.clicks, typed: this.typed, pages: this.pages };
  }

  async click(what: Locator): Promise<void> {
    await what.click();
    this.clicks += 1;
  }

  /** Draws a line: a press of the button counts as one. */
  async stroke(what: Locator): Promise<void> {
    const box = await what.boundingBox();
    if (!box) throw new Error("nothing to draw on");
    const { mouse } = this.page;
    await mouse.move(box.x + box.width * 0.4, box.y + box.height * 0.4);
    await mouse.down();
    await mouse.move(box.x + box.width * 0.6, box.y + box.height * 0.6, { steps: 8 });
    await mouse.up();
    this.clicks += 1;
  }

  /** Types into a field, which is clicked first where it has not the focus. */
  async type(field: Locator, words: string): Promise<void> {
    const has = await field.evaluate((element) => element === document.activeElement);
    if (!has) await this.click(field);
    await this.page.keyboard.type(words);
    this.typed += 1;
  }

  /**
   * Presses what is called `here` where the picture is shown: in `place` where it is there,
   * with the mouse over it; else what is called `there` on the page of the picture.
   */
  async press(place: Locator, here: RegExp, there = here): Promise<void> {
    const called = (within: Locator, name = here) =>
      within.getByRole("button", { name }).or(within.getByRole("link", { name })).first();
    await place.scrollIntoViewIfNeeded();
    await place.hover();
    if (await called(place).isVisible()) return this.click(called(place));
    // In a menu of the place, if there is one.
    for (const menu of await place.locator("summary:visible").all()) {
      const holds = await called(menu.locator("..")).count();
      if (!holds) continue;
      await this.click(menu);
      return this.click(called(place));
    }
    await this.click(place.locator('a[href*="/i/"]').first());
    await this.page.waitForURL(/\/i\//);
    await this.click(called(this.page.getByRole("main"), there));
  }
}
