// The parts of the page's code that are loaded when they are needed: late, not at
// all, and again.

import { hold } from "../support/hold";
import { png } from "../support/png";
import { signIn } from "../support/sign-in";
import { expect, test } from "../support/test";
import { WITH_SCRIPTS } from "../support/tiers";

/** The part with what wakes after the page. */
const LATER = "**/split_later.wasm";
const PICTURE = { name: "a.png", mimeType: "image/png", buffer: png(320, 240, () => [20, 140, 140, 255]) };

test("a part that does not come is told of, and comes at the next try", WITH_SCRIPTS, async ({ page, ui, person, js, watch }) => {
  test.skip(!js, "without a script there are no parts");
  // What the browser itself says of a request that is broken off.
  watch.allow(/ERR_FAILED|Failed to fetch/);
  const missing = ui.alert.filter({ hasText: "could not be loaded" });
  const again = page.getByRole("button", { name: "Try again" });

  await page.route(LATER, (route) => route.abort());
  await signIn(page, person);
  await ui.awake();
  await expect(missing).toBeVisible();
  // The page itself is awake, and the piece that sleeps works as without a script.
  await ui.prompt.fill("A quiet harbour");
  await ui.unfold("references");
  await expect(page.getByRole("button", { name: "Add the chosen pictures" })).toBeVisible();
  await again.click();
  await expect(missing).toBeVisible();
  await page.unroute(LATER);
  await again.click();
  await ui.hydrated();
  await expect(missing).toHaveCount(0);
  await expect(ui.prompt).toHaveValue("A quiet harbour");

  await page.route("**/split_rest.wasm", (route) => route.abort());
  await ui.navLink(ui.words.library).click();
  await expect(missing).toBeVisible();
  await page.unroute("**/split_rest.wasm");
  await again.click();
  await expect(ui.heading).toHaveText(/library/i);
  await ui.hydrated();

  await signIn(page, person);
  await ui.hydrated();
  await page.getByLabel(/^Choose pictures/).setInputFiles(PICTURE);
  await page.route("**/split_mask.wasm", (route) => route.abort());
  await ui.unfold("references");
  await page.getByRole("button", { name: "Paint a mask" }).click();
  await expect(missing).toBeVisible();
  await page.unroute("**/split_mask.wasm");
  await again.click();
  await expect(page.getByRole("dialog")).toBeVisible();
});

test("what is chosen before a part comes is kept", WITH_SCRIPTS, async ({ page, ui, person, js }) => {
  test.skip(!js, "without a script there are no parts");
  const come = await hold(page, LATER);
  await signIn(page, person);
  await ui.awake();
  await page.getByLabel(/^Choose pictures/).setInputFiles(PICTURE);
  await ui.choose(/^2:3/);
  const price = await ui.generate.innerText();
  await ui.choose("Maximum");
  await expect(ui.generate).not.toHaveText(price);
  await ui.unfold("more");
  await page.getByLabel("Background").focus();
  come();
  await ui.hydrated();
  await expect(ui.chip(/^2:3/)).toBeChecked();
  await expect(ui.chip("Maximum")).toBeChecked();
  await expect(page.getByLabel("Background")).toBeFocused();
  await ui.unfold("references");
  await expect(page.getByRole("img", { name: "Reference picture 1" })).toBeVisible();
});

test("the composer is whole where it is reached from another page, and may be left before its parts come", WITH_SCRIPTS, async ({ page, ui, person, js }) => {
  test.skip(!js, "without a script there are no parts");
  const come = await hold(page, LATER);
  await signIn(page, person);
  await ui.awake();
  await ui.navLink(ui.words.library).click();
  await expect(ui.heading).toHaveText(/library/i);
  const arrived = page.waitForResponse(LATER);
  come();
  await arrived;
  await page.unroute(LATER);

  await ui.navLink(ui.words.create).click();
  const kept = page.waitForResponse(
    (answer) => answer.url().endsWith("/api/draft") && /quiet\+harbour/.test(answer.request().postData() ?? ""),
  );
  await ui.choose(/^2:3/);
  await ui.choose("Maximum");
  await ui.prompt.fill("A quiet harbour");
  await kept;

  await page.goto("/library");
  await ui.hydrated();
  await ui.navLink(ui.words.create).click();
  await expect(ui.prompt).toHaveValue("A quiet harbour");
  await expect(ui.chip(/^2:3/)).toBeChecked();
  await expect(ui.chip("Maximum")).toBeChecked();
  await ui.prompt.press("End");
  await page.keyboard.type(" at dusk");
  await page.waitForResponse((answer) => answer.url().endsWith("/api/draft"));
  await page.reload();
  await expect(ui.prompt).toHaveValue("A quiet harbour at dusk");
  await expect(ui.chip(/^2:3/)).toBeChecked();
  await expect(ui.chip("Maximum")).toBeChecked();
});

test("a page whose part does not come sleeps on, and wakes when somebody reaches for it", WITH_SCRIPTS, async ({ page, ui, person, js, watch }) => {
  test.skip(!js, "without a script there are no parts");
  watch.allow(/ERR_FAILED|Failed to fetch|could not be loaded/);
  await page.route("**/split_rest.wasm", (route) => route.abort());
  const refused = page.waitForEvent("pageerror");
  await signIn(page, person, "/library");
  await refused;
  await expect(ui.heading).toHaveText(/library/i);
  await page.unroute("**/split_rest.wasm");
  await page.getByRole("main").locator("summary").first().click();
  await ui.hydrated();
});
