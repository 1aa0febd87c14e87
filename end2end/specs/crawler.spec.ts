// The site as a crawler reads it: plain HTTP, no script, no cookie. What it
// needs must be in the answer itself.

import type { APIRequestContext } from "@playwright/test";
import { parse, type HTMLElement } from "node-html-parser";
import { havePublished } from "../support/road";
import { SITE } from "../support/server";
import { haveSession } from "../support/sign-in";
import { expect, test } from "../support/test";
import { WITH_SCRIPTS } from "../support/tiers";

// A crawler is the same whatever the screen.
test.skip(({ isMobile, javaScriptEnabled }) => isMobile || javaScriptEnabled === false, "once is enough");
test.describe.configure({ mode: "serial" });

const PROMPT = "A red kite over a wheat field, high noon";
let id = "";

test("a published picture, to begin with", WITH_SCRIPTS, async ({ page, person }) => {
  await haveSession(page, person);
  id = await havePublished(page, PROMPT);
});

test("the gallery holds the picture, its words and its address", WITH_SCRIPTS, async ({ playwright }) => {
  const crawler = await playwright.request.newContext({ baseURL: SITE });
  const page = await read(crawler, "/gallery");
  describesItself(page, "/gallery");
  const link = page.querySelectorAll("main a").find((a) => a.getAttribute("href")?.endsWith(`/i/${id}`));
  const picture = link?.querySelector("img") ?? link?.parentNode?.querySelector("img");
  expect(picture, "a picture inside or beside its link").toBeTruthy();
  expect(picture?.getAttribute("alt")).toContain("red kite");
  expect(Number(picture?.getAttribute("width"))).toBeGreaterThan(0);
  expect(Number(picture?.getAttribute("height"))).toBeGreaterThan(0);
  await isPicture(crawler, picture?.getAttribute("src"));
  await crawler.dispose();
});

for (const prefix of ["", "/fr"]) {
  test(`the picture's page (${prefix || "English"}) holds the picture and its metadata`, WITH_SCRIPTS, async ({ playwright }) => {
    const crawler = await playwright.request.newContext({ baseURL: SITE });
    const path = `${prefix}/i/${id}`;
    const page = await read(crawler, path);
    describesItself(page, path);

    const picture = page.querySelector("main img");
    expect(picture?.getAttribute("alt")).toContain("red kite");
    await isPicture(crawler, picture?.getAttribute("src"));

    expect(meta(page, "og:type")).toBeTruthy();
    expect(meta(page, "og:title")).toBeTruthy();
    expect(meta(page, "og:url")).toBe(SITE + path);
    await isPicture(crawler, meta(page, "og:image"));
    expect(meta(page, "og:image:type")).toBe("image/jpeg");

    const object = jsonLd(page).find((entry) => entry["@type"] === "ImageObject");
    expect(object, "JSON-LD of type ImageObject").toBeTruthy();
    expect(object?.["name"] ?? object?.["caption"]).toBeTruthy();
    await isPicture(crawler, String(object?.["contentUrl"]));
    await crawler.dispose();
  });
}

test("robots.txt and sitemap.xml lead to the picture", WITH_SCRIPTS, async ({ playwright }) => {
  const crawler = await playwright.request.newContext({ baseURL: SITE });
  const robots = await crawler.get("/robots.txt");
  expect(robots.status()).toBe(200);
  expect(robots.headers()["content-type"]).toMatch(/^text\/plain/);
  expect(await robots.text()).toContain(`Sitemap: ${SITE}/sitemap.xml`);

  const sitemap = await crawler.get("/sitemap.xml");
  expect(sitemap.status()).toBe(200);
  expect(sitemap.headers()["content-type"]).toMatch(/xml/);
  const files = [...(await sitemap.text()).matchAll(/<loc>([^<]+)<\/loc>/g)].map((found) => String(found[1]));
  const texts = await Promise.all(files.map(async (file) => (await crawler.get(file)).text()));
  expect(texts.join("")).toContain(`<loc>${SITE}/i/${id}</loc>`);
  await crawler.dispose();
});

test("strangers get no cookie, and nothing private", WITH_SCRIPTS, async ({ playwright }) => {
  const crawler = await playwright.request.newContext({ baseURL: SITE });
  for (const path of ["/", "/fr", "/gallery", "/fr/gallery", `/i/${id}`, "/create", "/robots.txt", "/sitemap.xml"]) {
    const answer = await crawler.get(path);
    expect(answer.status(), path).toBe(200);
    expect(answer.headers()["set-cookie"], path).toBeUndefined();
  }
  const library = await crawler.get("/library", { maxRedirects: 0 });
  expect([302, 303, 401, 404]).toContain(library.status());
  expect((await crawler.get("/jobs/00000000-0000-7000-8000-000000000000", { maxRedirects: 0 })).status()).not.toBe(200);
  expect((await crawler.get("/i/00000000-0000-7000-8000-000000000000")).status()).toBe(404);
  expect((await crawler.get("/i/no-such-thing")).status()).toBe(404);
  await crawler.dispose();
});

async function read(crawler: APIRequestContext, path: string): Promise<HTMLElement> {
  const answer = await crawler.get(path);
  expect(answer.status(), path).toBe(200);
  expect(answer.headers()["content-type"]).toMatch(/^text\/html/);
  return parse(await answer.text());
}

/** A title, a description, a canonical address, and one address for each language. */
function describesItself(page: HTMLElement, path: string): void {
  expect(page.querySelector("title")?.text.trim()).toBeTruthy();
  expect(page.querySelectorAll("h1")).toHaveLength(1);
  expect(meta(page, "description")).toBeTruthy();
  expect(page.querySelector('link[rel="canonical"]')?.getAttribute("href")).toBe(SITE + path);
  const english = path.replace(/^\/fr(?=\/|$)/, "") || "/";
  expect(alternate(page, "en")).toBe(SITE + english);
  expect(alternate(page, "fr")).toBe(`${SITE}/fr${english === "/" ? "" : english}`);
}

function alternate(page: HTMLElement, language: string): string | undefined {
  return page.querySelector(`link[rel="alternate"][hreflang="${language}"]`)?.getAttribute("href");
}

/** A meta element's content, by property or by name. */
function meta(page: HTMLElement, name: string): string | undefined {
  return page.querySelector(`meta[property="${name}"], meta[name="${name}"]`)?.getAttribute("content");
}

function jsonLd(page: HTMLElement): Record<string, unknown>[] {
  return page.querySelectorAll('script[type="application/ld+json"]').flatMap((script) => {
    const data: unknown = JSON.parse(script.textContent);
    return (Array.isArray(data) ? data : [data]) as Record<string, unknown>[];
  });
}

/** The address answers with a picture, to anybody. */
async function isPicture(crawler: APIRequestContext, address: string | undefined): Promise<void> {
  expect(address).toBeTruthy();
  const answer = await crawler.get(address ?? "");
  expect(answer.status(), address).toBe(200);
  expect(answer.headers()["content-type"]).toMatch(/^image\/(webp|png|jpeg|avif)$/);
  expect(answer.headers()["x-content-type-options"]).toBe("nosniff");
}
