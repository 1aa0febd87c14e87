// Signing in: by hand as a person does, from the site to the provider and back;
// and the same requests without a page, for tests whose subject is another.

import { expect, type Page } from "@playwright/test";
import { DEMO } from "./server";
import { DemoProvider } from "./ui";
import type { Watch } from "./watch";

/**
 * Makes `page` signed in as `person` and opens `next`. The same road as by hand
 * (start, provider, callback), by plain requests that share the page's cookies.
 */
export async function signIn(page: Page, person: string, next = "/create"): Promise<void> {
  await haveSession(page, person, next);
  await page.goto(next);
}

/** Gives the page's context the session of `person`, and opens nothing. */
export async function haveSession(page: Page, person: string, next = "/create"): Promise<void> {
  const alone = { maxRedirects: 0 };
  const toProvider = await page.request.get(`/auth/start?next=${encodeURIComponent(next)}`, alone);
  const asked = new URL(toProvider.headers()["location"] ?? "");
  const toCallback = await page.request.post(asked.origin + asked.pathname, {
    form: { ...Object.fromEntries(asked.searchParams), name: person },
    ...alone,
  });
  const home = await page.request.get(toCallback.headers()["location"] ?? "", alone);
  const leads = home.headers()["location"] ?? "";
  // Whoever is leaving lands on their account instead.
  expect(leads === next || leads.endsWith("/account"), `${person} is signed in, and led to ${leads}`).toBe(true);
}

/** Signs in as `person` at the demo provider by its pages, then goes to `next`. */
export async function signInByHand(page: Page, watch: Watch, person: string, next = "/create"): Promise<void> {
  await watch.visiting(async () => {
    await page.goto(`/auth/start?next=${encodeURIComponent(next)}`);
    await choosePerson(page, person);
    await expect(page).toHaveURL((url) => url.origin !== DEMO && url.pathname === next);
  });
}

/** On the provider's page: chooses a person by button, or types a name that has none. */
export async function choosePerson(page: Page, person: string): Promise<void> {
  await expect(page).toHaveURL((url) => url.origin === DEMO);
  const provider = new DemoProvider(page);
  await provider.go.waitFor();
  if (await provider.person(person).count()) {
    await provider.person(person).click();
  } else {
    await provider.anotherName.fill(person);
    await provider.go.click();
  }
}
