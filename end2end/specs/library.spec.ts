// The library: finding, choosing, keeping, the trash and Undo. With and
// without JavaScript, on a desktop and on a phone, and once in French.

import type { Page } from "@playwright/test";
import { axe } from "../support/axe";
import { chooseTile, delivered, order } from "../support/road";
import { signIn } from "../support/sign-in";
import { expect, test } from "../support/test";
import { DIAGONAL, SERVER_ALONE, WITH_SCRIPTS } from "../support/tiers";
import { EN, FR, Ui, type Words } from "../support/ui";

interface LibraryWords {
  search: string;
  filters: string;
  apply: string;
  shape: string;
  landscape: string;
  clearAll: string;
  selectAll: RegExp;
  favourite: string;
  tagField: string;
  more: string;
  addTag: string;
  newCollection: string;
  collect: string;
  toTrash: string;
  zip: string;
  undo: string;
  restore: string;
  openDelete: string;
  deleteForGood: string;
  tooLong: RegExp;
}

const WORDS: Record<"en" | "fr", LibraryWords> = {
  en: {
    search: "Search",
    filters: "Filters",
    apply: "Apply",
    shape: "Shape",
    landscape: "Landscape",
    clearAll: "Clear all filters",
    selectAll: /^Select all/,
    favourite: "Favourite",
    tagField: "Tag",
    more: "Tags and collections",
    addTag: "Add tag",
    newCollection: "or a new one, named",
    collect: "Add to collection",
    toTrash: "Move to trash",
    zip: "Download ZIP",
    undo: "Undo",
    restore: "Restore",
    openDelete: "Delete now…",
    deleteForGood: "Delete for good",
    tooLong: /at most 40 characters/,
  },
  fr: {
    search: "Chercher",
    filters: "Filtres",
    apply: "Appliquer",
    shape: "Forme",
    landscape: "Paysage",
    clearAll: "Retirer tous les filtres",
    selectAll: /^Tout sélectionner/,
    favourite: "Favorite",
    tagField: "Étiquette",
    more: "Étiquettes et collections",
    addTag: "Ajouter l’étiquette",
    newCollection: "ou une nouvelle, nommée",
    collect: "Ajouter à la collection",
    toTrash: "Mettre à la corbeille",
    zip: "Télécharger en ZIP",
    undo: "Annuler",
    restore: "Restaurer",
    openDelete: "Supprimer maintenant…",
    deleteForGood: "Supprimer définitivement",
    tooLong: /au plus 40 caractères/,
  },
};

/** The library as a person uses it. */
class Library {
  readonly ui: Ui;
  constructor(
    readonly page: Page,
    readonly words: LibraryWords,
    site: Words,
    readonly js: boolean,
    readonly touched = false,
  ) {
    this.ui = new Ui(page, site);
  }

  async open(query = ""): Promise<void> {
    await this.ui.open(`/library${query}`);
    if (this.js) await this.ui.hydrated();
  }
  get picks() {
    return this.page.locator("input[name='ids[]']");
  }
  pick(n: number) {
    return this.picks.nth(n);
  }
  async choose(n: number): Promise<void> {
    await chooseTile(this.page.locator(".pick").nth(n), this.js && this.touched);
  }
  /** Everything: offered to a finger once something is chosen. */
  async chooseAll(): Promise<void> {
    if (this.js && this.touched) await this.choose(0);
    await this.page.getByLabel(this.words.selectAll).check();
  }
  get bar() {
    return this.page.locator(".bar");
  }
  get notice() {
    return this.page.locator(".notice");
  }
  get searchbox() {
    return this.page.getByRole("searchbox");
  }
  async press(name: string): Promise<void> {
    const done = this.page.waitForResponse((answer) => answer.url().endsWith("/api/change"));
    await this.bar.getByRole("button", { name, exact: true }).click();
    await done;
    await this.page.waitForLoadState();
    await expect(this.notice).toBeVisible();
  }
  async undo(): Promise<void> {
    await this.notice.getByRole("button", { name: this.words.undo }).click();
    await expect(this.notice.getByRole("button")).toHaveCount(0);
    // What was chosen is still, where the page stayed.
    if (this.js && (await this.bar.isVisible())) await this.bar.getByRole("button").first().click();
  }
}

const PROMPTS = ["Un été à la mer, voiles blanches", "A red fox in a birch wood", "A lighthouse in a storm"];

/** Three pictures, asked for without their pages: they are not what is tested here. */
async function threePictures(page: Page): Promise<void> {
  // One after the other, because the library is in the order they were made.
  for (const [index, prompt] of PROMPTS.entries()) {
    await delivered(page, await order(page, prompt, index === 1 ? "1536x1024" : "1024x1024"));
  }
}

for (const lang of ["en", "fr"] as const) {
  test(`keeping pictures (${lang})`, lang === "en" ? DIAGONAL : SERVER_ALONE, async ({ page, person, js, isMobile }, testInfo) => {
    // French once: the road is the same.
    test.skip(lang === "fr" && testInfo.project.name !== "desktop-nojs", "French is tried in one project");
    test.slow();
    await signIn(page, person);
    await threePictures(page);
    const words = WORDS[lang];
    const library = new Library(page, words, lang === "en" ? EN : FR, js, Boolean(isMobile));

    await test.step("search, whatever the accents", async () => {
      await library.open();
      await axe(page, js);
      await library.searchbox.fill("ETE mer");
      if (js) {
        // As it is typed, without a press, and without losing the field.
        await expect(library.picks).toHaveCount(1);
        await expect(library.searchbox).toBeFocused();
        await expect(page).toHaveURL(/q=ETE\+mer$/);
      } else {
        await page.getByRole("button", { name: words.search, exact: true }).click();
      }
      await expect(library.picks).toHaveCount(1);
    });

    await test.step("operators are words; no match says why", async () => {
      await library.open(`?q=${encodeURIComponent('"%_*(')}&shape=landscape`);
      await expect(library.picks).toHaveCount(0);
      await expect(library.ui.alert).toHaveCount(0);
      await expect(page.locator(".active-filters")).toContainText(words.landscape);
      await axe(page, js);
      await page.getByRole("link", { name: words.clearAll }).click();
      await expect(library.picks).toHaveCount(3);
    });

    await test.step("filter by shape", async () => {
      await library.open();
      await page.getByText(words.filters, { exact: true }).click();
      await page.getByLabel(words.shape, { exact: true }).selectOption("landscape");
      if (!js) await page.getByRole("button", { name: words.apply }).click();
      await expect(page).toHaveURL(/shape=landscape/);
      await expect(library.picks).toHaveCount(1);
    });

    await test.step("choose and make favourites, then undo", async () => {
      await library.open();
      await expect(library.bar).toBeHidden();
      await library.choose(0);
      await expect(library.bar).toBeVisible();
      if (js) {
        await library.pick(2).click({ modifiers: ["Shift"] });
        await expect(library.picks.and(page.locator(":checked"))).toHaveCount(3);
        await library.pick(1).uncheck();
      } else {
        await library.pick(2).check();
      }
      await axe(page, js);
      await library.press(words.favourite);
      await expect(library.notice).toContainText("2");
      await expect(page.locator(".badge-heart")).toHaveCount(2);
      await axe(page, js);
      await library.undo();
      await expect(page.locator(".badge-heart")).toHaveCount(0);
    });

    await test.step("a tag that is too long loses nothing", async () => {
      if (!(await library.pick(0).isChecked())) await library.choose(0);
      await library.bar.getByText(words.more).click();
      const tag = library.bar.getByLabel(words.tagField, { exact: true });
      await tag.fill("x".repeat(10_000));
      await library.bar.getByRole("button", { name: words.addTag }).click();
      // The browser refuses by itself: everything is as it was.
      await expect(tag).toHaveValue(/^x{10000}$/);
      await expect(library.pick(0)).toBeChecked();
      await tag.fill("Été");
      await library.press(words.addTag);
      await library.open("?tag=ETE");
      await expect(library.picks).toHaveCount(1);
    });

    await test.step("a collection of all that matches", async () => {
      await library.open("?q=a");
      await library.chooseAll();
      await library.bar.getByText(words.more).click();
      await library.bar.getByLabel(words.newCollection).fill("Holiday");
      await library.press(words.collect);
      await page.locator(".places").getByRole("link", { name: /^Holiday/ }).click();
      await expect(page.getByRole("heading", { name: "Holiday" })).toBeVisible();
      await expect(library.picks).toHaveCount(3);
      await axe(page, js);
    });

    await test.step("a ZIP", async () => {
      await library.chooseAll();
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        library.bar.getByRole("button", { name: words.zip }).click(),
      ]);
      expect(download.suggestedFilename()).toMatch(/^imgc-.*\.zip$/);
      expect(await download.failure()).toBeNull();
    });

    await test.step("the trash and back", async () => {
      await library.open();
      await library.choose(0);
      await library.press(words.toTrash);
      await expect(library.picks).toHaveCount(2);
      await library.undo();
      await expect(library.picks).toHaveCount(3);
      await library.choose(1);
      await library.press(words.toTrash);
      await library.open("?trash=1");
      await expect(library.picks).toHaveCount(1);
      await axe(page, js);
      await library.choose(0);
      await library.press(words.restore);
      await library.open();
      await expect(library.picks).toHaveCount(3);
    });

    await test.step("a picture's own page", async () => {
      await library.ui.pictures.first().click();
      await expect(page).toHaveURL(/\/i\//);
      const address = page.url();
      const panel = page.locator(".keep");
      await panel.getByLabel(words.tagField, { exact: true }).fill("sea side");
      await panel.getByRole("button", { name: words.addTag }).click();
      await expect(panel.getByRole("link", { name: "sea side" })).toBeVisible();
      await axe(page, js);
      await page.getByRole("button", { name: words.toTrash }).click();
      // With scripts the next picture follows it, and without the library.
      await expect(page).not.toHaveURL(address);
      await expect(library.notice).toBeVisible();
      await page.goto(address);
      await page.locator("summary").filter({ hasText: words.openDelete }).click();
      await page.locator(".danger").getByRole("button").click();
      await expect(page).toHaveURL(/trash=1/);
      await expect(library.picks).toHaveCount(0);
      expect((await page.request.get(address)).status()).toBe(404);
    });
  });
}

test("typing in the search leaves no trail", WITH_SCRIPTS, async ({ page, person, js }) => {
  test.skip(!js, "without JavaScript each search is a page");
  await signIn(page, person);
  const library = new Library(page, WORDS.en, EN, js);
  await page.goto("/gallery");
  await library.open();
  await library.searchbox.pressSequentially("light house", { delay: 60 });
  await expect(page).toHaveURL(/q=light\+house$/);
  await expect(library.searchbox).toHaveValue("light house");
  await page.goBack();
  await expect(page).toHaveURL(/\/gallery$/);
});
