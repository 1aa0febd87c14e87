// The rights of a person, exercised as a person does: reading, correcting,
// choosing, taking along, leaving and coming back; and a report by somebody
// who has no account. Every page here is plain HTML, with or without scripts.

import { readFileSync } from "node:fs";
import type { Locator } from "@playwright/test";
import { axe } from "../support/axe";
import { havePublished } from "../support/road";
import { signIn } from "../support/sign-in";
import { expect, test } from "../support/test";
import { DIAGONAL, OTHER_DIAGONAL, PHONE_WITH_SCRIPTS, SERVER_ALONE, WITH_SCRIPTS } from "../support/tiers";

const WORDS = {
  en: {
    prefix: "",
    name: "Name",
    showPrompts: /^Show the prompts/,
    download: "Download everything",
    sure: /^I understand/,
    close: "Close my account",
    eraseNow: "Erase now",
    receipt: "Erasure receipt",
    closing: "Your account is being closed",
    comeBack: "Keep my account",
    erased: /Every file erased/,
    which: "Which account?",
    send: "Send the report",
    thanks: /^Your report$/,
  },
  fr: {
    prefix: "/fr",
    name: "Nom",
    showPrompts: /^Montrer les prompts/,
    download: "Tout télécharger",
    sure: /^Je comprends/,
    close: "Fermer mon compte",
    eraseNow: "Effacer maintenant",
    receipt: "Attestation d’effacement",
    closing: "Votre compte est en cours de fermeture",
    comeBack: "Garder mon compte",
    erased: /Tous les fichiers effacés/,
    which: "Quel compte ?",
    send: "Envoyer le signalement",
    thanks: /^Votre signalement$/,
  },
};

for (const words of [WORDS.en, WORDS.fr]) {
  test(`a person reads, corrects, takes along, leaves and comes back (${words.prefix || "en"})`, words.prefix ? PHONE_WITH_SCRIPTS : SERVER_ALONE, async ({
    page,
    watch,
    person,
    stranger,
    js,
  }) => {
    test.slow();
    await signIn(page, person);
    const id = await havePublished(page, "A discreet harbour");
    const formOf = (field: Locator) => page.locator("form", { has: field });
    const account = `${words.prefix}/account`;
    await page.goto(account);
    await axe(page, js);

    await page.getByLabel(words.name, { exact: true }).fill("Countess");
    await formOf(page.getByLabel(words.name, { exact: true })).getByRole("button").click();
    await expect(page.getByLabel(words.name, { exact: true })).toHaveValue("Countess");
    await page.getByLabel(words.showPrompts).uncheck();
    await formOf(page.getByLabel(words.showPrompts)).getByRole("button").click();
    await expect(page.getByLabel(words.showPrompts)).not.toBeChecked();
    await stranger.goto(`/i/${id}`);
    await expect(stranger.getByText("Countess").first()).toBeVisible();
    await expect(stranger.getByText("discreet harbour")).toHaveCount(0);

    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: words.download }).click(),
    ]);
    const archive = readFileSync(await download.path());
    expect(archive.subarray(0, 4).toString("latin1")).toBe("PK\u0003\u0004");
    expect(archive.includes("SHA256SUMS")).toBe(true);

    // Nothing happens without the tick: the browser asks for it.
    await page.getByRole("button", { name: words.close }).click();
    await expect(page).toHaveURL(new RegExp(`${account}$`));
    await page.getByLabel(words.sure).check();
    await page.getByRole("button", { name: words.close }).click();
    await expect(page.getByRole("heading", { name: words.receipt })).toBeVisible();
    await axe(page, js);
    const receipt = page.url();
    expect(await page.context().cookies()).toEqual([]);
    watch.allow(/status of 404/);
    expect((await stranger.request.get(`/i/${id}`)).status()).toBe(404);

    await signIn(page, person, account);
    await expect(page.getByRole("heading", { name: words.closing })).toBeVisible();
    await axe(page, js);
    await page.getByRole("button", { name: words.comeBack }).click();
    await expect(page.getByLabel(words.name, { exact: true })).toHaveValue("Countess");
    await page.goto(`/i/${id}`);
    await expect(page.getByRole("heading", { name: "A discreet harbour" })).toBeVisible();

    await page.goto(account);
    await page.getByLabel(words.sure).check();
    await page.getByRole("button", { name: words.eraseNow }).click();
    await expect(page.getByRole("heading", { name: words.receipt })).toBeVisible();
    expect(page.url()).not.toBe(receipt);
    await expect(async () => {
      await page.reload();
      await expect(page.getByText(words.erased)).toBeVisible({ timeout: 1_000 });
    }).toPass();
  });

  test(`a child's account is reported without an account of one's own (${words.prefix || "en"})`, words.prefix ? OTHER_DIAGONAL : DIAGONAL, async ({ page, js }) => {
    await page.goto(`${words.prefix}/report-child`);
    await axe(page, js);
    await page.getByLabel(words.which).fill("@somebody");
    await page.getByRole("button", { name: words.send }).click();
    await expect(page.getByRole("heading", { level: 1, name: words.thanks })).toBeVisible();
    expect(await page.context().cookies()).toEqual([]);
  });
}

test("an administrator sees reports, housekeeping and curves", WITH_SCRIPTS, async ({ page, stranger, js }) => {
  await stranger.goto("/report-child");
  await stranger.getByLabel("Which account?").fill("@somebody-else");
  await stranger.getByRole("button", { name: "Send the report" }).click();
  await signIn(page, "Mina Okafor");
  for (const prefix of ["", "/fr"]) {
    await page.goto(`${prefix}/admin`);
    await expect(page.getByText("@somebody-else").first()).toBeVisible();
    await expect(page.getByRole("img").first()).toBeVisible();
    await axe(page, js);
  }
});
