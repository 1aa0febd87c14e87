// Who may open an account: an administrator makes an invitation, somebody comes by
// its link and is in, and somebody without one reads why not and whom to ask. Every
// page here is plain HTML, with or without scripts.

import type { Browser, BrowserContextOptions, Page } from "@playwright/test";
import { axe } from "../support/axe";
import { signIn } from "../support/sign-in";
import { startServer, type OwnServer } from "../support/server";
import { expect, test } from "../support/test";
import { DIAGONAL, OTHER_DIAGONAL } from "../support/tiers";
import { DemoProvider } from "../support/ui";
import { Watch } from "../support/watch";

const WORDS = {
  en: {
    prefix: "",
    note: "What it is for",
    make: "Make an invitation",
    link: /^Link/,
    takeBack: "Take back",
    invited: "You are invited",
    accept: "Accept and sign in",
    cameBy: /opened your account with an invitation/,
    over: "This invitation no longer holds",
    away: "No account was opened",
    other: "Sign in with another account",
  },
  fr: {
    prefix: "/fr",
    note: "À quoi elle sert",
    make: "Créer une invitation",
    link: /^Lien/,
    takeBack: "Retirer",
    invited: "Vous êtes invité",
    accept: "Accepter et se connecter",
    cameBy: /ouvert votre compte avec une invitation/,
    over: "Cette invitation n’est plus valable",
    away: "Aucun compte n’a été ouvert",
    other: "Se connecter avec un autre compte",
  },
};

let server: OwnServer;

test.beforeAll(async () => {
  server = await startServer(() => ({
    IMGC_SIGN_UP_MODE: "invitation",
    IMGC_CONTACT: "operator@example.org",
  }));
});

test.afterAll(async () => {
  await server?.stop();
});

for (const words of [WORDS.en, WORDS.fr]) {
  test(`somebody comes by an invitation, and nobody without (${words.prefix || "en"})`, words.prefix ? OTHER_DIAGONAL : DIAGONAL, async ({
    browser,
    contextOptions,
    js,
    person,
  }) => {
    test.slow();
    const open = (work: (page: Page, watch: Watch) => Promise<void>) => onOwnServer(browser, contextOptions, work);
    let link = "";
    await open(async (page) => {
      await signIn(page, "Mina Okafor");
      await page.goto(`${words.prefix}/admin`);
      await page.getByLabel(words.note).fill(`for ${person}`);
      await page.getByRole("button", { name: words.make }).click();
      link = await page.getByLabel(words.link).first().inputValue();
      expect(link).toContain(`${server.origin}${words.prefix}/invitation/`);
      await expect(page.getByText(`for ${person}`)).toBeVisible();
      await fits(page);
      await axe(page, js);
    });

    await open(async (page, watch) => {
      await page.goto(link);
      await expect(page.getByRole("heading", { name: words.invited })).toBeVisible();
      await axe(page, js);
      await fits(page);
      await watch.visiting(async () => {
        await page.getByRole("link", { name: words.accept }).click();
        await choose(page, person);
        await expect(page).toHaveURL(`${server.origin}${words.prefix}/create`);
      }, providerOf(server));
      await page.goto(`${words.prefix}/account`);
      await expect(page.getByText(words.cameBy)).toBeVisible();
      await axe(page, js);
    });

    // It was for one: the next one is told, and so is whoever has no link at all.
    await open(async (page, watch) => {
      watch.allow(/status of 4(10|03)/);
      await page.goto(link);
      await expect(page.getByRole("heading", { name: words.over })).toBeVisible();
      await axe(page, js);
      await watch.visiting(async () => {
        await page.goto(`/auth/start?next=${words.prefix}/create`);
        await choose(page, `${person} the Second`);
        await expect(page.getByRole("heading", { name: words.away })).toBeVisible();
      }, providerOf(server));
      await expect(page.getByRole("link", { name: "operator@example.org" }).first()).toBeVisible();
      await expect(page.getByRole("link", { name: words.other })).toBeVisible();
      expect(await page.context().cookies(server.origin)).toEqual([]);
      await axe(page, js);
      await fits(page);
    });

    await open(async (page) => {
      await signIn(page, "Mina Okafor");
      await page.goto(`${words.prefix}/admin`);
      await page.getByRole("button", { name: words.make }).click();
      const takeBack = page.getByRole("button", { name: words.takeBack });
      await expect(takeBack).toHaveCount(1);
      await takeBack.click();
      await expect(takeBack).toHaveCount(0);
    });
  });
}

/** Nothing sticks out at the side. */
async function fits(page: Page): Promise<void> {
  const viewport = page.viewportSize();
  const main = await page.getByRole("main").boundingBox();
  if (viewport && main) expect(main.x + main.width).toBeLessThanOrEqual(viewport.width);
}

function providerOf(own: OwnServer): string {
  return `http://127.0.0.1:${own.port + 1}`;
}

/** Types a name on the provider's page. */
async function choose(page: Page, person: string): Promise<void> {
  const provider = new DemoProvider(page);
  await provider.go.waitFor();
  await provider.anotherName.fill(person);
  await provider.go.click();
}

/** Lets somebody act in a browser of their own, watched like everybody else. */
async function onOwnServer(
  browser: Browser,
  options: BrowserContextOptions,
  act: (page: Page, watch: Watch) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext({ ...options, baseURL: server.origin });
  try {
    const watch = new Watch(server.origin);
    watch.over(context);
    await act(await context.newPage(), watch);
    watch.verdict();
  } finally {
    await context.close();
  }
}
