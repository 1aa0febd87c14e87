// What everybody may read of how the site is kept in order, an authority's order, a milder
// measure than withdrawing, and what administrators announce.

import { axe } from "../support/axe";
import { havePublished } from "../support/road";
import { signIn } from "../support/sign-in";
import { expect, test } from "../support/test";
import { DIAGONAL, OTHER_DIAGONAL } from "../support/tiers";

const WORDS = {
  en: {
    prefix: "",
    terrorism: "Remove terrorist content",
    authority: "Authority",
    reference: "Reference",
    basis: "Legal basis",
    pictures: "Addresses of the pictures",
    words: "The order and its reasons",
    name: "Who answers for it",
    email: "E-mail address",
    send: "Send the order",
    receipt: "Your order",
    reported: "Reported pictures",
    sensitive: /^Is marked as sensitive/,
    nothing: /^Nothing/,
    terms: "Our terms of use",
    rule: /^Which law/,
    facts: /^Facts and circumstances/,
    decide: "Decide and tell them",
    badge: "Sensitive",
    show: "Show the picture",
    decided: "Decisions: the picture is marked as sensitive",
  },
  fr: {
    prefix: "/fr",
    terrorism: "Retirer un contenu terroriste",
    authority: "Autorité",
    reference: "Référence",
    basis: "Base juridique",
    pictures: "Adresses des images",
    words: "L’injonction et ses motifs",
    name: "Qui en répond",
    email: "Adresse e-mail",
    send: "Envoyer l’injonction",
    receipt: "Votre injonction",
    reported: "Images signalées",
    sensitive: /^Est marquée comme sensible/,
    nothing: /^Rien/,
    terms: "Nos conditions d’utilisation",
    rule: /^Quelle loi/,
    facts: /^Faits et circonstances/,
    decide: "Décider et les informer",
    badge: "Sensible",
    show: "Montrer l’image",
    decided: "Décisions : l’image est marquée comme sensible",
  },
};

for (const words of [WORDS.en, WORDS.fr]) {
  test(`an authority's order marks a picture as sensitive, and the figures say so (${words.prefix || "en"})`, words.prefix ? OTHER_DIAGONAL : DIAGONAL, async ({
    page,
    person,
    stranger,
    js,
  }) => {
    test.slow();
    await signIn(page, person);
    const id = await havePublished(page, "A fortress on a hill");
    const picture = `${words.prefix}/i/${id}`;

    await stranger.goto(`${words.prefix}/contact`);
    await axe(stranger, js);
    await stranger.locator('main a[href$="/orders"]').click();
    await axe(stranger, js);
    await stranger.getByLabel(words.terrorism).check();
    await stranger.getByLabel(words.authority, { exact: true }).fill("Court of Example");
    await stranger.getByLabel(words.reference, { exact: true }).fill("7 C 42/26");
    await stranger.getByLabel(words.basis, { exact: true }).fill("Regulation (EU) 2021/784");
    await stranger.getByLabel(words.pictures).fill(new URL(picture, stranger.url()).href);
    await stranger.getByLabel(words.words).fill("The fortress is no fortress.");
    await stranger.getByLabel(words.name, { exact: true }).fill("Judge Nora Teller");
    await stranger.getByLabel(words.email, { exact: true }).fill("court@example.org");
    await stranger.getByRole("button", { name: words.send }).click();
    await expect(stranger.getByRole("heading", { level: 1 })).toHaveText(words.receipt);
    await axe(stranger, js);

    await signIn(stranger, "Mina Okafor");
    await stranger.goto(`${words.prefix}/admin`);
    await axe(stranger, js);
    const cases = stranger.getByRole("region", { name: words.reported });
    await cases.locator("li", { hasText: person }).getByRole("link").click();
    await stranger.getByLabel(words.sensitive).check();
    await stranger.getByLabel(words.nothing).check();
    await stranger.getByLabel(words.terms, { exact: true }).check();
    await stranger.getByLabel(words.rule).fill("Rule 3");
    await stranger.getByLabel(words.facts).fill("It may frighten.");
    await stranger.getByRole("button", { name: words.decide }).click();
    await expect(stranger.getByText("It may frighten.")).toBeVisible();
    await axe(stranger, js);

    // In a list there is nothing of it to be seen; its page asks first.
    await stranger.context().clearCookies();
    await stranger.goto(`${words.prefix}/gallery`);
    const tile = stranger.locator("li", { has: stranger.locator(`a[href$="/i/${id}"]`) });
    await expect(tile).toContainText(words.badge);
    await expect(tile.locator("img")).toHaveAttribute("src", /\/veil\//);
    await expect(tile.locator("img[srcset]")).toHaveCount(0);
    await axe(stranger, js);
    await stranger.goto(picture);
    await expect(stranger.locator(`main img[src*="/media/"]`)).toHaveCount(0);
    await axe(stranger, js);
    await stranger.getByRole("link", { name: words.show }).click();
    await expect(stranger.locator(`main img[src*="/media/"]`).first()).toBeVisible();

    await stranger.goto(`${words.prefix}/transparency`);
    await expect(stranger.getByRole("row", { name: words.decided })).toBeVisible();
    await axe(stranger, js);
  });
}

test("what is announced stands above every page, until it is removed", { tag: [...DIAGONAL.tag, ...OTHER_DIAGONAL.tag] }, async ({ page, stranger, js }) => {
  await signIn(page, "Mina Okafor");
  await page.goto("/admin/announcements");
  await axe(page, js);
  const said = `Painting rests on Friday (${crypto.randomUUID().slice(0, 8)}).`;
  await page.getByLabel("In English").fill(said);
  await page.getByLabel("In French").fill("La peinture se repose vendredi.");
  await page.getByLabel("Shown for").selectOption("2");
  await page.getByRole("button", { name: "Announce" }).click();
  const listed = page.getByRole("listitem").filter({ hasText: said });
  await expect(listed).toContainText("Shown now");
  await axe(page, js);

  const notice = stranger.getByRole("complementary", { name: "Announcement" }).getByText(said);
  for (const address of ["/", "/gallery", "/create"]) {
    await stranger.goto(address);
    await expect(notice).toBeVisible();
    const [above, header] = [await notice.boundingBox(), await stranger.locator("#site-header").boundingBox()];
    expect(above!.y, address).toBeLessThan(header!.y);
  }
  await axe(stranger, js);
  await listed.getByRole("button", { name: "Remove" }).click();
  await expect(listed).toHaveCount(0);
  await stranger.goto("/");
  await expect(notice).toHaveCount(0);
});
