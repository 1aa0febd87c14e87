// Who sees a picture: an unlisted address with an end, what is blurred in lists, what other
// sites show in a frame, and what readers of feeds are given.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { axe } from "../support/axe";
import { havePicture, havePublished } from "../support/road";
import { signIn } from "../support/sign-in";
import { expect, test } from "../support/test";
import { DIAGONAL, OTHER_DIAGONAL, WITH_SCRIPTS } from "../support/tiers";
import type { Page } from "@playwright/test";

const WORDS = {
  en: {
    prefix: "",
    form: "Who may see it",
    private: /^Private/,
    unlisted: /^Unlisted/,
    public: /^Public/,
    ends: "An unlisted address ends",
    sensitive: /^Sensitive/,
    save: "Save",
    badge: "Sensitive",
    show: "Show the picture",
    report: /Report/,
    lists: "Unlisted",
  },
  fr: {
    prefix: "/fr",
    form: "Qui peut la voir",
    private: /^Privée/,
    unlisted: /^Non répertoriée/,
    public: /^Publique/,
    ends: "Une adresse non répertoriée prend fin",
    sensitive: /^Sensible/,
    save: "Enregistrer",
    badge: "Sensible",
    show: "Montrer l’image",
    report: /Signaler/,
    lists: "Non répertoriée",
  },
};

/** Has a page of another site for as long as `work` goes on, which is told its origin. */
async function elsewhere(html: string, work: (origin: string) => Promise<void>): Promise<void> {
  const site = createServer((_, answer) => answer.setHeader("content-type", "text/html").end(html));
  await new Promise<void>((listens) => site.listen(0, "127.0.0.1", listens));
  try {
    await work(`http://127.0.0.1:${(site.address() as AddressInfo).port}`);
  } finally {
    site.close();
  }
}

/** Expects that nothing of the page is wider than a small phone. */
async function fitsPhone(page: Page): Promise<void> {
  const before = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 640 });
  const wide = await page.locator("html").evaluate((html) => html.scrollWidth);
  expect(wide).toBeLessThanOrEqual(320);
  if (before) await page.setViewportSize(before);
}

for (const words of [WORDS.en, WORDS.fr]) {
  test(`a picture is unlisted, then sensitive, then open to other sites (${words.prefix || "en"})`, words.prefix ? OTHER_DIAGONAL : DIAGONAL, async ({
    page,
    person,
    stranger,
    watch,
    js,
  }) => {
    test.slow();
    // What is taken back is asked for once more.
    watch.allow(/status of 404.*\/(?:u|embed)\//);
    await signIn(page, person);
    const id = await havePicture(page, "A fortress on a hill");
    const own = `${words.prefix}/i/${id}`;
    const form = page.locator(".visibility");
    const choose = async (who: RegExp, sensitive: boolean, ends = "") => {
      await page.goto(own);
      await form.getByRole("radio", { name: who }).check();
      await form.getByRole("checkbox", { name: words.sensitive }).setChecked(sensitive);
      if (ends) await form.getByLabel(words.ends).selectOption(ends);
      await form.getByRole("button", { name: words.save }).click();
      await expect(form.getByRole("radio", { name: who })).toBeChecked();
    };
    await choose(words.unlisted, false, "7");
    await axe(page, js);
    await fitsPhone(page);
    const address = await page.locator(".unlisted-address a").getAttribute("href");
    expect(address).toContain(`${words.prefix}/u/`);

    // Whoever has the address sees it, and nothing of ours is kept or run there.
    await stranger.goto(address ?? "");
    const picture = stranger.locator(".picture-stage img").first();
    await expect(picture).toBeVisible();
    await expect(stranger.locator('meta[name="robots"]')).toHaveAttribute("content", /noindex/);
    expect(await stranger.locator("script[src]").count()).toBe(0);
    expect(await stranger.context().cookies()).toEqual([]);
    await axe(stranger, js);
    await fitsPhone(stranger);
    await stranger.getByRole("link", { name: words.report }).click();
    await expect(stranger.locator('input[name="notice[image]"]')).toHaveValue(/^[\w-]{22,}$/);
    await stranger.goto(`${words.prefix}/gallery`);
    await expect(stranger.locator(`.grid a[href="${own}"]`)).toHaveCount(0);
    await page.goto(`${words.prefix}/library?shown=unlisted`);
    await expect(page.locator(".badge", { hasText: words.lists }).first()).toBeVisible();

    // Sensitive: a few blurred pixels in the list, and a question before the picture.
    await choose(words.public, true);
    expect((await stranger.goto(address ?? ""))?.status()).toBe(404);
    await stranger.goto(`${words.prefix}/gallery`);
    const tile = stranger.locator(`.grid a[href="${own}"]`);
    await expect(tile.locator(".badge")).toHaveText(words.badge);
    const veil = tile.locator("img.veil");
    await veil.scrollIntoViewIfNeeded();
    await expect.poll(() => veil.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBeGreaterThan(0);
    expect(await veil.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBeLessThanOrEqual(64);
    await axe(stranger, js);
    await fitsPhone(stranger);
    await tile.click();
    await stranger.getByRole("link", { name: words.show }).click();
    await expect(picture).toBeVisible();
    expect((await stranger.goto(`${words.prefix}/embed/${id}`))?.status()).toBe(404);
    await axe(stranger, js);

    // Open again, another site shows it in a frame.
    await choose(words.public, false);
    const frame = `${words.prefix}/embed/${id}`;
    await stranger.goto(frame);
    await expect(stranger.locator("img")).toBeVisible();
    await axe(stranger, js);
    await fitsPhone(stranger);
    const whole = new URL(frame, stranger.url()).href;
    await elsewhere(`<title>Elsewhere</title><iframe width=320 height=320 src="${whole}"></iframe>`, async (site) => {
      await watch.visiting(async () => {
        await stranger.goto(site);
        const inside = stranger.frameLocator("iframe").locator("img");
        await expect.poll(() => inside.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBeGreaterThan(0);
      }, site);
    });
    expect(await stranger.context().cookies()).toEqual([]);
  });
}

test("the feed of the gallery is one that readers of feeds can read", WITH_SCRIPTS, async ({ page, person, stranger, js }) => {
  test.skip(!js, "the parser is the browser's");
  await signIn(page, person);
  const id = await havePublished(page, 'A lamp & a "door" <b>');
  await stranger.goto("/gallery");
  const address = await stranger.locator('link[type="application/atom+xml"]').getAttribute("href");
  const text = await (await stranger.request.get(address ?? "")).text();
  const said = await stranger.evaluate((xml) => {
    const feed = new DOMParser().parseFromString(xml, "application/xml");
    const atom = "http://www.w3.org/2005/Atom";
    const of = (within: Element | Document, name: string) =>
      [...within.getElementsByTagNameNS(atom, name)].filter((one) => one.parentNode === within || within === feed);
    const root = feed.documentElement;
    const one = (within: Element, name: string) => of(within, name).map((found) => found.textContent ?? "");
    return {
      error: feed.getElementsByTagName("parsererror").length,
      root: [root.namespaceURI, root.localName],
      ids: one(root, "id"),
      titles: one(root, "title"),
      updated: one(root, "updated"),
      self: of(root, "link").filter((link) => link.getAttribute("rel") === "self").length,
      entries: of(root, "entry").map((entry) => ({
        ids: one(entry, "id"),
        titles: one(entry, "title"),
        updated: one(entry, "updated"),
        authors: of(entry, "author").map((author) => of(author, "name")[0]?.textContent ?? ""),
        alternate: of(entry, "link").filter((link) => link.getAttribute("rel") === "alternate").length,
        html: new DOMParser().parseFromString(one(entry, "content")[0] ?? "", "text/html").images[0]?.alt ?? "",
      })),
    };
  }, text);
  const date = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
  expect(said.error).toBe(0);
  expect(said.root).toEqual(["http://www.w3.org/2005/Atom", "feed"]);
  expect([said.ids.length, said.titles.length, said.updated.length, said.self]).toEqual([1, 1, 1, 1]);
  expect(said.updated[0]).toMatch(date);
  expect(said.entries.length).toBeGreaterThan(0);
  for (const entry of said.entries) {
    expect([entry.ids.length, entry.titles.length, entry.updated.length, entry.authors.length]).toEqual([1, 1, 1, 1]);
    expect(entry.updated[0]).toMatch(date);
    expect(entry.authors[0]).not.toBe("");
    expect(entry.alternate).toBe(1);
  }
  const mine = said.entries.find((entry) => entry.ids[0] === `urn:uuid:${id}`);
  expect(mine?.titles[0]).toBe('A lamp & a "door" <b>');
  expect(mine?.html).toBe('A lamp & a "door" <b>');
  expect(new Set(said.entries.map((entry) => entry.ids[0])).size).toBe(said.entries.length);
});
