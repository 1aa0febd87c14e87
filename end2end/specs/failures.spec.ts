// What a person sees when the image API fails. The painter plays each failure
// back when the prompt asks for it; the page says what happened in words, never
// in the API's.

import type { Browser, BrowserContextOptions } from "@playwright/test";
import { askForPicture, PAINTING_MS, pictureOfJob } from "../support/road";
import { startServer } from "../support/server";
import { signIn } from "../support/sign-in";
import { expect, test } from "../support/test";
import { DIAGONAL, ONE_OF_MANY, WITH_SCRIPTS } from "../support/tiers";
import { Ui } from "../support/ui";
import { Watch } from "../support/watch";

test.skip(({ isMobile }) => Boolean(isMobile), "the words are the same on any screen");

/** The API's own words and everything else that is meant for machines. */
const FOR_MACHINES =
  /"error"|invalid_request_error|image_generation_user_error|moderation_blocked|content_policy_violation|insufficient_quota|billing_hard_limit|rate_limit_exceeded|invalid_value|invalid_api_key|server_error|panicked|stack backtrace|sk-[A-Za-z0-9]/;

/** Marker in the prompt, and what the person has to be able to read. */
const FAILURES: [marker: string, words: RegExp][] = [
  ["moderation-prompt", /refused this prompt/],
  ["moderation-result", /refused this result/],
  ["content-policy", /refused/],
  ["invalid-value", /did not accept the request/],
  ["unauthorized", /not set up right/],
  ["model-not-found", /not available/],
  ["empty", /without a usable picture/],
  ["not-an-image", /without a usable picture/],
];

for (const [marker, words] of FAILURES) {
  const tier = marker === "moderation-prompt" ? WITH_SCRIPTS : ONE_OF_MANY;
  test(`[demo:${marker}] is told in words`, tier, async ({ ui, person, page }) => {
    await signIn(page, person);
    await failsWith(ui, marker, words);
  });
}

test("after a refused prompt, editing it comes first, and its words are there", DIAGONAL, async ({ page, ui, person }) => {
  await signIn(page, person);
  await askForPicture(ui, "A mill by a stream [demo:moderation-prompt]");
  const actions = page.getByRole("main").locator(".actions").getByRole("button");
  await expect(actions).toHaveText(["Edit", "Try again"], { timeout: PAINTING_MS });
  await actions.first().click();
  await expect(page).toHaveURL(/\/create$/);
  await expect(ui.prompt).toHaveValue("A mill by a stream [demo:moderation-prompt]");
});

// In the demo the money is gone for the one who asked, and for nobody else.
for (const marker of ["insufficient-quota", "billing-limit"]) {
  const tier = marker === "insufficient-quota" ? WITH_SCRIPTS : ONE_OF_MANY;
  test(`[demo:${marker}] is told in words, and blames nobody`, tier, async ({ ui, person, page }) => {
    await signIn(page, person);
    await failsWith(ui, marker, /out of funds/);
  });
}

test("an API that fails once is asked again, without the person", WITH_SCRIPTS, async ({ page, ui, person }) => {
  await signIn(page, person);
  await askForPicture(ui, `A mill by a stream, for ${person} [demo:overloaded=1]`);
  await pictureOfJob(ui);
});

test("Try again makes the picture once the API is well again", WITH_SCRIPTS, async ({ browser, contextOptions, person }) => {
  test.slow();
  // One attempt a job, so that the first job fails and the second does not.
  await onOwnServer(browser, contextOptions, person, { IMGC_JOBS_ATTEMPTS: "1" }, async (ui) => {
    const first = await askForPicture(ui, "A mill by a stream [demo:overloaded=1]");
    await expect(ui.retry).toBeVisible({ timeout: PAINTING_MS });
    await ui.retry.click();
    await expect(ui.page).toHaveURL(({ pathname }) => /\/jobs\/[^/]+$/.test(pathname) && !pathname.endsWith(first));
    await pictureOfJob(ui);
  });
});

test("a lost answer is called lost, and nothing is asked twice", WITH_SCRIPTS, async ({ browser, contextOptions, person }) => {
  test.slow();
  // A server that gives up early: minutes are the usual patience.
  await onOwnServer(browser, contextOptions, person, { IMGC_OPENAI_TIMEOUT_S: "3" }, (ui) =>
    failsWith(ui, "hang", /answer was lost/),
  );
});

test("a job that waits can be cancelled", WITH_SCRIPTS, async ({ browser, contextOptions, person }) => {
  test.slow();
  // One job at a time, so that the second has to wait.
  await onOwnServer(browser, contextOptions, person, { IMGC_JOBS_CONCURRENCY: "1" }, async (ui) => {
    await askForPicture(ui, "A slow painting [demo:slow=30]");
    await ui.open("/create");
    await askForPicture(ui, "A painting that nobody wants any more");
    await ui.cancel.click();
    await expect(ui.jobState).toContainText(/cancelled/i);
    await expect(ui.cancel).toHaveCount(0);
    await expect(ui.pictures).toHaveCount(0);
  });
});

/** Asks for a picture that fails with `marker`, and reads the job's page. */
async function failsWith(ui: Ui, marker: string, words: RegExp): Promise<void> {
  await askForPicture(ui, `A boat on a lake [demo:${marker}]`);
  const main = ui.page.getByRole("main");
  await expect(main).toContainText(words, { timeout: PAINTING_MS });
  // The prompt is kept: the person typed it.
  await expect(main).toContainText("A boat on a lake");
  expect(await main.innerText()).not.toMatch(FOR_MACHINES);
  await expect(ui.pictures).toHaveCount(0);
}

/** Lets a person act on a server of their own, watched like the shared one. */
async function onOwnServer(
  browser: Browser,
  options: BrowserContextOptions,
  person: string,
  environment: Record<string, string>,
  act: (ui: Ui) => Promise<void>,
): Promise<void> {
  const server = await startServer(() => environment);
  const context = await browser.newContext({ ...options, baseURL: server.origin });
  try {
    const watch = new Watch(server.origin);
    watch.over(context);
    const page = await context.newPage();
    await signIn(page, person);
    await act(new Ui(page));
    watch.verdict();
  } finally {
    await context.close();
    await server.stop();
  }
}
