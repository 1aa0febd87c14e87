// A public picture is reported, withdrawn with reasons, objected to and back again: the
// whole case, as three people walk it. Every page here is plain HTML, with or without
// scripts.

import { axe } from "../support/axe";
import { havePublished } from "../support/road";
import { signIn } from "../support/sign-in";
import { expect, test } from "../support/test";
import { DIAGONAL, OTHER_DIAGONAL } from "../support/tiers";

const WORDS = {
  en: {
    prefix: "",
    report: "Report this picture",
    rights: /^A copyright/,
    why: "Why?",
    name: "Your name",
    email: "Your e-mail address",
    faith: /^I believe in good faith/,
    send: "Send the report",
    receipt: "Your report",
    reported: "Reported pictures",
    withdraw: /^Is withdrawn/,
    strike: /^Strike/,
    law: "The law",
    rule: /^Which law/,
    facts: /^Facts and circumstances/,
    decide: "Decide and tell them",
    withdrawn: /^The picture was withdrawn/,
    read: "Read why, and object",
    object: "Object",
    wrong: /^Why do you think/,
    waits: /^A person will look at it/,
    answer: /^Answer/,
    uphold: /^Uphold/,
    upheld: /^Upheld/,
  },
  fr: {
    prefix: "/fr",
    report: "Signaler cette image",
    rights: /^Un droit d’auteur/,
    why: "Pourquoi ?",
    name: "Votre nom",
    email: "Votre adresse e-mail",
    faith: /^Je crois de bonne foi/,
    send: "Envoyer le signalement",
    receipt: "Votre signalement",
    reported: "Images signalées",
    withdraw: /^Est retirée :/,
    strike: /^Infraction/,
    law: "La loi",
    rule: /^Quelle loi/,
    facts: /^Faits et circonstances/,
    decide: "Décider et les informer",
    withdrawn: /^L’image a été retirée/,
    read: "Lire pourquoi, et former un recours",
    object: "Former le recours",
    wrong: /^Pourquoi pensez-vous/,
    waits: /^Une personne l’examinera/,
    answer: /^Réponse/,
    uphold: /^Accueillir/,
    upheld: /^Accueilli/,
  },
};

for (const words of [WORDS.en, WORDS.fr]) {
  test(`a picture is reported, withdrawn, objected to and back (${words.prefix || "en"})`, words.prefix ? OTHER_DIAGONAL : DIAGONAL, async ({
    page,
    person,
    stranger,
    js,
  }) => {
    test.slow();
    await signIn(page, person);
    const id = await havePublished(page, "A discreet harbour");
    const picture = `${words.prefix}/i/${id}`;

    await stranger.goto(picture);
    await stranger.getByRole("link", { name: words.report }).click();
    await axe(stranger, js);
    await stranger.getByLabel(words.rights).check();
    await stranger.getByLabel(words.why, { exact: true }).fill("My harbour, from my book.");
    await stranger.getByLabel(words.name, { exact: true }).fill("Nora Teller");
    await stranger.getByLabel(words.email, { exact: true }).fill("nora@example.org");
    await stranger.getByLabel(words.faith).check();
    await stranger.getByRole("button", { name: words.send }).click();
    await expect(stranger.getByRole("heading", { level: 1 })).toHaveText(words.receipt);
    await axe(stranger, js);
    const receipt = new URL(stranger.url()).pathname;

    // An administrator, by the same browser.
    await signIn(stranger, "Mina Okafor");
    await stranger.goto(`${words.prefix}/admin`);
    const cases = stranger.getByRole("region", { name: words.reported });
    await cases.locator("li", { hasText: person }).getByRole("link").click();
    const address = new URL(stranger.url()).pathname;
    await axe(stranger, js);
    await stranger.getByLabel(words.withdraw).check();
    await stranger.getByLabel(words.strike).check();
    await stranger.getByLabel(words.law, { exact: true }).check();
    await stranger.getByLabel(words.rule).fill("Copyright Act, section 2");
    await stranger.getByLabel(words.facts).fill("It is the harbour of page 12.");
    await stranger.getByRole("button", { name: words.decide }).click();
    await expect(stranger.getByText("Copyright Act, section 2")).toBeVisible();
    await axe(stranger, js);
    await stranger.goto(receipt);
    await expect(stranger.getByText(words.withdrawn)).toBeVisible();
    await axe(stranger, js);

    await page.goto(picture);
    await page.getByRole("link", { name: words.read }).click();
    await expect(page.getByText("It is the harbour of page 12.")).toBeVisible();
    await expect(page.getByText("Nora")).toHaveCount(0);
    await axe(page, js);
    await page.getByLabel(words.wrong).fill("I drew it in 1999.");
    await page.getByRole("button", { name: words.object, exact: true }).click();
    await expect(page.getByText(words.waits)).toBeVisible();

    await stranger.goto(address);
    await expect(stranger.getByText("I drew it in 1999.")).toBeVisible();
    await stranger.getByLabel(words.answer).fill("You are right.");
    await stranger.getByRole("button", { name: words.uphold }).click();
    await expect(stranger.getByText(words.upheld)).toBeVisible();
    await stranger.goto(`${words.prefix}/gallery`);
    await expect(stranger.locator(`a[href$="/i/${id}"]`)).toHaveCount(1);
    await page.reload();
    await expect(page.getByText("You are right.")).toBeVisible();
    await axe(page, js);
  });
}
