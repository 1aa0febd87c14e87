// People who publish: a profile, likes, following and hiding, by plain buttons in both
// languages, with scripts and without.

import type { Page } from "@playwright/test";
import { axe } from "../support/axe";
import { havePublished } from "../support/road";
import { SITE } from "../support/server";
import { haveSession } from "../support/sign-in";
import { expect, test } from "../support/test";
import { DIAGONAL, OTHER_DIAGONAL } from "../support/tiers";
import { EN, FR, Ui } from "../support/ui";

/** Sends a form as one's own page does, without any page. */
async function send(page: Page, path: string, form: Record<string, string>): Promise<string> {
  const answer = await page.request.post(path, {
    form: { lang: "en", ...form },
    headers: { accept: "text/html", "sec-fetch-site": "same-origin" },
    maxRedirects: 0,
  });
  return answer.headers()["location"] ?? "";
}

for (const words of [EN, FR]) {
  const french = words === FR;
  const say = (en: string, fr: string) => (french ? fr : en);
  test(`a picture leads to its maker, who is liked, followed and hidden (${french ? "fr" : "en"})`, french ? OTHER_DIAGONAL : DIAGONAL, async ({ page, browser, person, js }) => {
    test.slow();
    const handle = `maker${french ? "fr" : "en"}${js ? "js" : "no"}${Date.now() % 100_000}`;
    // Somebody else publishes, and writes a profile by its form.
    const other = await browser.newContext({ javaScriptEnabled: js, baseURL: SITE, viewport: page.viewportSize() });
    const theirs = await other.newPage();
    await haveSession(theirs, `${person.slice(-6)} the maker`);
    const made = new Ui(theirs, words);
    await send(theirs, "/api/account_handle", { handle });
    await made.open("/account");
    const form = theirs.getByRole("region", { name: say("Your profile", "Votre profil") });
    await form.getByLabel(say("I want a profile that anybody may see", "Je veux un profil que tout le monde peut voir")).check();
    await form.getByLabel(say("About you", "À propos de vous")).fill("Boats.\njavascript:alert(1) https://example.com");
    await form.getByRole("button", { name: say("Save", "Enregistrer") }).click();
    await axe(theirs, js);
    await form.getByRole("link", { name: `@${handle}` }).click();
    await expect(theirs).toHaveURL(new RegExp(`${words.prefix}/@${handle}$`));
    await expect(theirs.getByRole("heading", { level: 1 })).toContainText("the maker");
    await expect(theirs.getByRole("link", { name: /example|alert/ })).toHaveCount(0);
    await axe(theirs, js);
    const image = await havePublished(theirs, "a boat");

    // The reader comes by the gallery, and goes from the tile to its maker.
    await haveSession(page, person);
    const ui = new Ui(page, words);
    await ui.open("/gallery");
    const tile = page.getByRole("listitem").filter({ has: page.locator(`a[href$="/i/${image}"]`) });
    await expect(tile.getByRole("link", { name: /the maker/ })).toHaveAttribute("href", `${words.prefix}/@${handle}`);
    await axe(page, js);
    await narrow(page);

    await ui.open(`/i/${image}`);
    const like = page.getByRole("button", { name: say("Like", "J’aime") });
    await expect(like).toHaveAttribute("aria-pressed", "false");
    await like.click();
    await expect(page).toHaveURL(/#like$/);
    await expect(like).toHaveAttribute("aria-pressed", "true");
    await expect(like).toContainText("1");
    await axe(page, js);
    await ui.open("/likes");
    await expect(page.locator(`a[href$="/i/${image}"]`)).toHaveCount(1);
    await axe(page, js);

    await ui.open(`/@${handle}`);
    await page.getByRole("button", { name: say("Follow", "Suivre"), exact: true }).click();
    await expect(page.getByRole("button", { name: say("Unfollow", "Ne plus suivre") })).toBeVisible();
    await axe(page, js);
    await narrow(page);
    await ui.open("/following");
    await expect(page.locator(`a[href$="/i/${image}"]`)).toHaveCount(1);
    await expect(page.getByRole("region", { name: say("Whom you follow", "Qui vous suivez") })).toContainText(`@${handle}`);
    await axe(page, js);
    await narrow(page);

    // Hidden, they are left out, and their page says so.
    await ui.open(`/i/${image}`);
    await page.getByRole("button", { name: say("Hide this maker", "Masquer cet auteur") }).click();
    await expect(page.getByRole("note")).toContainText(say("You have hidden this maker", "Vous avez masqué cet auteur"));
    await ui.open("/gallery");
    await expect(page.locator(`a[href$="/i/${image}"]`)).toHaveCount(0);
    await ui.open("/account");
    const hidden = page.getByRole("region", { name: say("Makers you have hidden", "Auteurs que vous avez masqués") });
    await axe(page, js);
    await hidden.getByRole("button", { name: say("Show again", "Afficher à nouveau") }).click();
    await expect(hidden).toHaveCount(0);
    await ui.open("/gallery");
    await expect(page.locator(`a[href$="/i/${image}"]`)).toHaveCount(1);

    // Strangers are sent to sign in and back, and get no cookie for looking.
    const nobody = await browser.newContext({ javaScriptEnabled: js, baseURL: SITE });
    const stranger = await nobody.newPage();
    await stranger.goto(`${words.prefix}/@${handle}`);
    await expect(stranger.locator("script[src]")).toHaveCount(0);
    expect(await nobody.cookies()).toHaveLength(0);
    await stranger.getByRole("link", { name: say("Sign in to follow", "Connectez-vous pour suivre") }).click();
    await expect(stranger).toHaveURL(new RegExp(`/sign-in\\?next=.*${handle}`));
    await nobody.close();
    await other.close();
  });
}

/** Nothing is cut off, and nothing scrolls sideways, on the narrowest of phones. */
async function narrow(page: Page): Promise<void> {
  const size = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 640 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(wide).toBeLessThanOrEqual(0);
  if (size) await page.setViewportSize(size);
}
