// Sign-in against a provider that is not ours: npm's certified oidc-provider,
// started here, with the small sign-in pages it brings along.

import { generateKeyPairSync } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import Provider from "oidc-provider";
import type { Cookie, Page } from "@playwright/test";
import { startServer, type OwnServer } from "../support/server";
import { expect, test } from "../support/test";
import { WITH_SCRIPTS } from "../support/tiers";
import { Ui } from "../support/ui";
import { Watch } from "../support/watch";

test.skip(({ isMobile }) => Boolean(isMobile), "a provider's pages are not ours to fit on a phone");
test.describe.configure({ mode: "serial" });

const CLIENT_ID = "imgc-end2end";
const CLIENT_SECRET = "a-secret-that-only-this-test-knows";

let provider: { issuer: string; stop(): Promise<void> };
let imgc: OwnServer;

test.beforeAll(async () => {
  // Each has to know the other's address: the provider listens first, and
  // answers as soon as imgc's port is chosen, before imgc itself starts.
  const http = createServer();
  const issuer = await listen(http);
  imgc = await startServer((port) => {
    const callback = `http://127.0.0.1:${port}/auth/callback`;
    http.on("request", new Provider(issuer, configuration(callback)).callback());
    return {
      IMGC_OIDC_ISSUER: issuer,
      IMGC_OIDC_CLIENT_ID: CLIENT_ID,
      IMGC_OIDC_CLIENT_SECRET: CLIENT_SECRET,
      // A real provider means production, which wants the rest of a real set;
      // no picture is asked for here, so nobody listens at that address.
      IMGC_OPENAI_API_KEY: "not-a-key",
      IMGC_OPENAI_BASE_URL: "http://127.0.0.1:9/v1",
      IMGC_CONTACT: "operator@example.org",
      IMGC_OPERATOR_NAME: "Pictures Ltd",
      IMGC_SIGN_UP_MODE: "open",
    };
  });
  provider = { issuer, stop: () => stop(http) };
});

test.afterAll(async () => {
  await imgc?.stop();
  await provider?.stop();
});

test("a person signs in, is known again, and signs out", WITH_SCRIPTS, async ({ browser, contextOptions }) => {
  const context = await browser.newContext({ ...contextOptions, baseURL: imgc.origin });
  // oidc-provider's own pages ask for a font elsewhere; nothing leaves this machine.
  await context.route(
    (url) => url.hostname !== "127.0.0.1",
    (route) => route.abort(),
  );
  try {
    const page = await context.newPage();
    const ui = new Ui(page);
    await signInThere(page, "zoe");
    await expect(page).toHaveURL(`${imgc.origin}/create`);
    await expect(ui.account).toBeVisible();
    await expect(page.getByText("Zoe Example").first()).toBeAttached();
    await isSafe(page);

    // From here on the site itself is watched.
    const watch = new Watch(imgc.origin);
    watch.over(context);
    await ui.open("/library");
    await expect(ui.heading).toBeVisible();
    await ui.signOut();
    expect(await sitesCookies(page)).toEqual([]);
    const library = await page.request.get("/library", { maxRedirects: 0 });
    expect(library.status()).not.toBe(200);
    watch.verdict();
  } finally {
    await context.close();
  }
});

test("saying no at the provider gives a page, and no session", WITH_SCRIPTS, async ({ browser, contextOptions }) => {
  const context = await browser.newContext({ ...contextOptions, baseURL: imgc.origin });
  try {
    const page = await context.newPage();
    await page.goto("/auth/callback?error=access_denied&state=nobody-asked");
    await expect(page).toHaveURL(/\/sign-in\?/);
    await expect(page.getByRole("alert")).toBeVisible();
    expect(await context.cookies()).toEqual([]);
  } finally {
    await context.close();
  }
});

/** One session cookie, out of reach of scripts, and sent to nobody else. */
async function isSafe(page: Page): Promise<void> {
  const cookies = await sitesCookies(page);
  expect(cookies).toHaveLength(1);
  expect(cookies[0]).toMatchObject({ httpOnly: true, sameSite: "Lax", path: "/" });
}

/** Cookies ignore ports, so the provider's lie beside ours: they are left out. */
async function sitesCookies(page: Page): Promise<Cookie[]> {
  const cookies = await page.context().cookies();
  return cookies.filter((cookie) => !/^_(session|interaction|grant)/.test(cookie.name));
}

async function signInThere(page: Page, login: string): Promise<void> {
  await page.goto("/auth/start?next=/create");
  await expect(page).toHaveURL((url) => url.origin === provider.issuer);
  await page.locator('input[name="login"]').fill(login);
  await page.locator('input[name="password"]').fill("anything");
  await page.locator('button[type="submit"]').click();
  // Then it asks whether imgc may know who this is.
  await page.locator('button[type="submit"]').click();
}

type Configuration = ConstructorParameters<typeof Provider>[1];

function configuration(callback: string): Configuration {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        redirect_uris: [callback],
        response_types: ["code"],
        grant_types: ["authorization_code"],
        token_endpoint_auth_method: "client_secret_basic",
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), alg: "RS256", use: "sig", kid: "end2end" }] } as never,
    cookies: { keys: ["only-for-this-test"] },
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    // Google puts name and e-mail address into the ID token; so does this one.
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    // One account a login; the password is not looked at.
    findAccount: (_context, sub) => ({
      accountId: sub,
      claims: () => ({
        sub,
        name: `${sub[0]?.toUpperCase()}${sub.slice(1)} Example`,
        email: `${sub}@example.org`,
        email_verified: true,
      }),
    }),
  };
}

function listen(http: Server): Promise<string> {
  return new Promise((done) => {
    http.listen(0, "127.0.0.1", () => done(`http://127.0.0.1:${(http.address() as AddressInfo).port}`));
  });
}

function stop(http: Server): Promise<void> {
  http.closeAllConnections();
  return new Promise((done) => http.close(() => done()));
}
