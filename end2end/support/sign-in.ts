// Signing in as a person does: from the site to the provider and back.

import { expect, type Page } from "@playwright/test";
import { DEMO } from "./server";
import { DemoProvider } from "./ui";
import type { Watch } from "./watch";

/** Signs in as `person` at the demo provider, then goes to `next`. `provider` is its origin. */
export async function signIn(
  page: Page,
  watch: Watch,
  person = "Ada Martin",
  next = "/create",
  provider: string = DEMO,
): Promise<void> {
  await watch.visiting(async () => {
    await page.goto(`/auth/start?next=${encodeURIComponent(next)}`);
    await choosePerson(page, person, provider);
    await expect(page).toHaveURL((url) => url.origin !== provider && url.pathname === next);
  }, provider);
}

/** On the provider's page: chooses a person by button, or types a name that has none. */
export async function choosePerson(page: Page, person: string, origin: string = DEMO): Promise<void> {
  await expect(page).toHaveURL((url) => url.origin === origin);
  const provider = new DemoProvider(page);
  await provider.go.waitFor();
  if (await provider.person(person).count()) {
    await provider.person(person).click();
  } else {
    await provider.anotherName.fill(person);
    await provider.go.click();
  }
}
