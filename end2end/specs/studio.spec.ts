// The composer and the list of jobs, as a person works with them.

import { axe } from "../support/axe";
import { askForPicture, PAINTING_MS, submit, toJob } from "../support/road";
import { signIn } from "../support/sign-in";
import { expect, test } from "../support/test";
import { DESKTOP, DIAGONAL, OTHER_DIAGONAL, PHONE_WITH_SCRIPTS, WITH_SCRIPTS } from "../support/tiers";
import { Ui } from "../support/ui";

test("the settings a model lacks are never offered, and the price follows", WITH_SCRIPTS, async ({ page, ui, person, js }) => {
  test.skip(!js, "without a script the form offers every model's settings");
  await signIn(page, person);
  await ui.hydrated();
  const before = await ui.generate.innerText();
  await ui.choose("Maximum");
  await expect(ui.generate).not.toHaveText(before);
  await expect(ui.opener("quality")).toContainText("Maximum");
  await ui.unfold("model");
  await ui.model.selectOption({ label: "DALL·E 3" });
  await expect(ui.opener("model")).toContainText("DALL·E 3");
  await expect(ui.chip("Maximum")).toHaveCount(0);
  await ui.unfold("quality");
  await expect(ui.chip(/Fine detail/)).toBeVisible();
  await expect(ui.generate).toContainText("$0.04");
  await ui.choose(/Fine detail/);
  await expect(ui.generate).toContainText("$0.08");
  await ui.unfold("more");
  await expect(page.getByLabel("Style")).toBeVisible();
  await axe(page, js);
});

test("a size of one's own is judged while it is typed, and by the server", DIAGONAL, async ({ page, ui, watch, person, js }) => {
  await signIn(page, person);
  if (js) await ui.hydrated();
  await ui.prompt.fill("A wide valley");
  if (await ui.oldEnough.count()) await ui.oldEnough.check();
  await ui.choose(/^Custom/);
  await page.getByLabel("Width").fill("1000");
  await page.getByLabel("Height").fill("1024");
  const words = "multiples of 16 pixels";
  if (js) await expect(page.getByText(words)).toBeVisible();
  // Where a script sends it, the refusal is an answer with its status.
  if (js) watch.allow(/status of 4\d\d/);
  await ui.generate.click();
  await expect(ui.alert.first()).toContainText(words);
  await expect(page).toHaveURL(/\/create/);
  // Nothing was lost.
  await expect(ui.prompt).toHaveValue("A wide valley");
  await expect(page.getByLabel("Width")).toHaveValue("1000");
  await ui.unfold("size");
  await page.getByLabel("Width").fill("1008");
  await toJob(ui, await submit(ui));
  await expect(page.getByRole("main")).toContainText("1008");
});

test("what is half written survives a reload, and earlier prompts come back", WITH_SCRIPTS, async ({ page, ui, person, js }) => {
  test.skip(!js, "without a script nothing can be kept before it is sent");
  await signIn(page, person);
  await ui.hydrated();
  await askForPicture(ui, "An orchard in autumn fog");
  await ui.open("/create");
  await ui.hydrated();
  // 1.5 seconds after the last change the form is kept.
  const kept = page.waitForResponse(
    (answer) => answer.url().endsWith("/api/draft") && /watercolour/.test(answer.request().postData() ?? ""),
  );
  await ui.prompt.fill("half written");
  await ui.choose("Watercolour");
  await kept;
  await page.reload();
  await expect(ui.prompt).toHaveValue("half written");
  await expect(ui.chip("Watercolour")).toBeChecked();
  await ui.hydrated();
  await ui.prompt.focus();
  await page.keyboard.press("Alt+ArrowUp");
  await expect(ui.prompt).toHaveValue("An orchard in autumn fog");
  await page.keyboard.press("Alt+ArrowDown");
  await expect(ui.prompt).toHaveValue("half written");
  // Nothing was kept in the browser.
  expect(await page.evaluate(() => localStorage.length + sessionStorage.length)).toBe(0);
});

test("what was typed last is kept where another page of the site follows", WITH_SCRIPTS, async ({ page, ui, person, js }) => {
  test.skip(!js, "without a script nothing can be kept before it is sent");
  await signIn(page, person);
  await ui.hydrated();
  const kept = page.waitForResponse(
    (answer) => answer.url().endsWith("/api/draft") && /lastword/.test(answer.request().postData() ?? ""),
  );
  await ui.prompt.fill("lastword");
  await ui.navLink(ui.words.library).click();
  await kept;
  await expect(ui.heading).toHaveText(/library/i);
  await ui.open("/create");
  await expect(ui.prompt).toHaveValue("lastword");
});

test("a look is part of what is asked, without a script too", OTHER_DIAGONAL, async ({ page, ui, person, js }) => {
  await signIn(page, person);
  if (js) await ui.hydrated();
  await ui.choose("Paper cut");
  await askForPicture(ui, "A whale above a town");
  await expect(page.getByRole("main")).toContainText("A whale above a town, a layered paper cut");
});

test("many jobs at once, the same in two tabs, told when they end", WITH_SCRIPTS, async ({ page, ui, person, js, context }) => {
  test.skip(!js, "a page without a script is loaded anew instead");
  test.slow();
  await signIn(page, person);
  await ui.hydrated();
  await askForPicture(ui, "A slow river [demo:slow=4]");
  await ui.open("/create");
  await ui.hydrated();
  const card = ui.jobCards.filter({ hasText: "A slow river" });
  await expect(card).toBeVisible();

  // Another job, begun in another tab, shows here without a reload.
  const other = new Ui(await context.newPage());
  await other.open("/create");
  await askForPicture(other, "A quick brook");
  await expect(ui.jobCards.filter({ hasText: "A quick brook" })).toBeVisible();
  await expect(card).toContainText("Ready", { timeout: PAINTING_MS });
  await expect(card.locator('a[href*="/i/"]')).toBeVisible();
  // Both are told of; the other one may be the later.
  await expect(ui.jobCards.filter({ hasText: "A quick brook" })).toContainText("Ready", { timeout: PAINTING_MS });
  await expect(ui.toast).toContainText("ready");
  await axe(page, js);
  await ui.toast.getByRole("button").click();
  await expect(ui.toast).toHaveCount(0);
});

test("a job of another page is announced where the person is", PHONE_WITH_SCRIPTS, async ({ page, ui, person, js }) => {
  test.skip(!js, "a page without a script cannot speak");
  test.slow();
  await signIn(page, person);
  await ui.hydrated();
  await askForPicture(ui, "A lamp in the mist [demo:slow=5]");
  await ui.open("/library");
  await ui.hydrated();
  await expect(ui.toast).toContainText("A lamp in the mist", { timeout: PAINTING_MS });
  await ui.toast.getByRole("link").click();
  await expect(page).toHaveURL(/\/jobs\//);
});

test("the whole composer by keyboard", DESKTOP, async ({ page, ui, person, js, isMobile }) => {
  test.skip(Boolean(isMobile), "a phone has no keyboard to speak of");
  await signIn(page, person);
  if (js) await ui.hydrated();
  await ui.prompt.focus();
  await page.keyboard.type("A bell tower in the snow");
  // Each chip is one stop in the order, what it opens comes right after it.
  await page.keyboard.press("Tab");
  await expect(ui.opener("references")).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(ui.opener("look")).toBeFocused();
  await page.keyboard.press("Enter");
  // Radio buttons: one stop, arrows within.
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowRight");
  await expect(ui.chip("Photograph")).toBeChecked();
  await page.keyboard.press("Tab");
  if (!js) {
    // Without a script one's own styles are a button away; with one they are among the looks.
    await expect(page.getByRole("button", { name: "Your styles…" })).toBeFocused();
    await page.keyboard.press("Tab");
  }
  await expect(ui.opener("size")).toBeFocused();
  if (js) await expect(ui.chip("Photograph"), "its panel closes behind the focus").toBeHidden();
  await page.keyboard.press("Space");
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowRight");
  await expect(ui.chip(/^3:2/)).toBeChecked();
  if (js) {
    await page.keyboard.press("Escape");
    await expect(ui.opener("size")).toBeFocused();
    await expect(ui.opener("size")).toContainText("3:2");
    await expect(ui.chip(/^3:2/)).toBeHidden();
  }
  if (await ui.oldEnough.count()) {
    await ui.oldEnough.focus();
    await page.keyboard.press("Space");
  }
  await ui.prompt.focus();
  if (js) await page.keyboard.press("Control+Enter");
  else {
    await ui.generate.focus();
    await page.keyboard.press("Enter");
  }
  await expect(page.getByRole("main")).toContainText("a photograph in natural light");
  await expect(page).toHaveURL(js ? /\/create$/ : /\/jobs\//);
});

test("usage says what was made and what it cost", DIAGONAL, async ({ page, ui, person, js }) => {
  test.slow();
  await signIn(page, person);
  if (js) await ui.hydrated();
  await askForPicture(ui, "A copper kettle");
  await expect(ui.jobPictures.first()).toBeVisible({ timeout: PAINTING_MS });
  await ui.account.click();
  await page.getByRole("link", { name: "Usage and cost" }).click();
  await expect(page).toHaveURL(/\/usage$/);
  await expect(page.getByRole("img", { name: /Cost by day/ })).toBeVisible();
  await expect(page.getByRole("row", { name: /GPT Image/ })).toBeVisible();
  await page.getByRole("link", { name: "7 days" }).click();
  await expect(page.getByRole("link", { name: "7 days" })).toHaveAttribute("aria-current", "page");
  await axe(page, js);
});
