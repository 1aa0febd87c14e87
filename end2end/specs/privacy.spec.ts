// What reading costs a stranger: no cookie, nothing stored, nobody else told,
// and no program downloaded.

import { havePicture, havePublished } from "../support/road";
import { SITE } from "../support/server";
import { haveSession } from "../support/sign-in";
import { expect, test } from "../support/test";
import { SERVER_ALONE, WITH_SCRIPTS } from "../support/tiers";
import { Ui } from "../support/ui";

const PUBLIC_PAGES = ["/", "/gallery", "/create", "/sign-in", "/privacy", "/terms", "/cookies", "/imprint", "/accessibility", "/report-child"];

for (const prefix of ["", "/fr"]) {
  for (const path of PUBLIC_PAGES) {
    test(`${prefix}${path} leaves no trace and tells nobody`, WITH_SCRIPTS, async ({ page, context, js }) => {
      // The watchman fails this test on any request to another origin.
      const answer = await page.goto(prefix + path);
      expect(answer?.headers()["set-cookie"]).toBeUndefined();
      await page.waitForLoadState("networkidle");
      expect(await context.cookies()).toEqual([]);
      if (js) {
        const stored = await page.evaluate(() => localStorage.length + sessionStorage.length);
        expect(stored).toBe(0);
      }
    });
  }
}

test("every answer carries the security headers", SERVER_ALONE, async ({ request }) => {
  const headers = (await request.get("/gallery")).headers();
  expect(headers["content-security-policy"]).toContain("default-src 'none'");
  expect(headers["content-security-policy"]).not.toContain("unsafe-inline");
  expect(headers["content-security-policy"]).not.toContain("'unsafe-eval'");
  expect(headers["x-content-type-options"]).toBe("nosniff");
  expect(headers["referrer-policy"]).toBe("same-origin");
});

test("reading the gallery and a picture downloads no program", WITH_SCRIPTS, async ({ page, stranger, person }) => {
  await haveSession(page, person);
  const id = await havePublished(page, "A quiet harbour with blue boats");

  const reader = new Ui(stranger);
  for (const path of ["/gallery", `/i/${id}`]) {
    const programs: string[] = [];
    stranger.on("request", (request) => {
      if (isProgram(request.url())) programs.push(request.url());
    });
    await reader.open(path);
    await stranger.waitForLoadState("networkidle");
    // Longer than an idle callback or a timer that meant to be clever.
    await stranger.waitForTimeout(1_500);
    expect(programs, path).toEqual([]);
    stranger.removeAllListeners("request");
  }
  expect(await stranger.context().cookies()).toEqual([]);
});

test("a picture's page needs no program: its keys and forms work without", WITH_SCRIPTS, async ({ page, ui, js, person }) => {
  test.skip(!js, "there is nothing to load without JavaScript");
  await haveSession(page, person);
  const id = await havePicture(page, "A quiet harbour with blue boats");
  const programs: string[] = [];
  page.on("request", (request) => {
    if (isProgram(request.url())) programs.push(request.url());
  });
  await ui.open(`/i/${id}`);
  await page.waitForLoadState("networkidle");
  await page.keyboard.press(".");
  await expect(page.getByRole("button", { name: "Remove from favourites" })).toBeVisible();
  // What is typed is typed.
  await page.getByLabel("Tag", { exact: true }).pressSequentially("a.b");
  await expect(page.getByLabel("Tag", { exact: true })).toHaveValue("a.b");
  await ui.publish.click();
  await expect(ui.unpublish).toBeVisible();
  expect(programs).toEqual([]);
});

function isProgram(address: string): boolean {
  const url = new URL(address);
  return url.origin === SITE && /\.(wasm|m?js)$/.test(url.pathname);
}
