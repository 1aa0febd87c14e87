// What people do that nobody hoped for: nothing typed, far too much typed,
// clicking twice, taking so long that the sign-in expired.

import { askForPicture, pictureOfJob } from "../support/road";
import { SITE } from "../support/server";
import { choosePerson, signIn } from "../support/sign-in";
import { expect, test } from "../support/test";
import { DIAGONAL, OTHER_DIAGONAL, SERVER_ALONE, WITH_SCRIPTS } from "../support/tiers";

test("an empty prompt is refused with words, on the composer", DIAGONAL, async ({ page, ui, watch, person, js }) => {
  await signIn(page, person);
  if (js) await ui.hydrated();
  if (await ui.oldEnough.count()) await ui.oldEnough.check();
  // Past the browser's own check, which is a courtesy and no defence.
  await ui.prompt.evaluate((field) => field.closest("form")?.setAttribute("novalidate", ""));
  watch.allow(/the server responded with a status of 4\d\d/);
  await ui.prompt.fill("   ");
  await ui.generate.click();
  await expect(ui.alert.first()).toBeVisible();
  await expect(page).toHaveURL(/\/create/);
  expect(page.url(), "nothing of the form is in the address").not.toContain("draft");
});

test("a prompt that is too long is refused, and survives", OTHER_DIAGONAL, async ({ page, ui, watch, person, js }) => {
  await signIn(page, person);
  if (js) await ui.hydrated();
  if (await ui.oldEnough.count()) await ui.oldEnough.check();
  const prompt = "much too long ".repeat(2_500).trim();
  await ui.prompt.evaluate((field) => field.removeAttribute("maxlength"));
  watch.allow(/the server responded with a status of 4\d\d/);
  await ui.prompt.fill(prompt);
  await ui.generate.click();
  await expect(ui.alert.first()).toBeVisible();
  await expect(page).toHaveURL(/\/create/);
  await expect(ui.prompt).toHaveValue(/^much too long much too long/);
});

test("hostile text stays text", DIAGONAL, async ({ page, ui, person }) => {
  const prompt = `</textarea><script>document.title="owned"</script><img src=x onerror="document.title='owned'"> a cat`;
  await signIn(page, person);
  await askForPicture(ui, prompt);
  await expect(page.getByRole("main")).toContainText("</textarea><script>");
  const id = await pictureOfJob(ui);
  await ui.open(`/i/${id}`);
  await expect(page.getByRole("main")).toContainText("</textarea><script>");
  await expect(page).not.toHaveTitle("owned");
  // The watchman would have reported an inline script that the policy stopped.
});

test("two clicks on Generate are one job", DIAGONAL, async ({ page, ui, watch, person, js }) => {
  await signIn(page, person);
  if (js) await ui.hydrated();
  await ui.prompt.fill("One single fox in the snow");
  if (await ui.oldEnough.count()) await ui.oldEnough.check();
  await ui.generate.dblclick();
  await expect(page).toHaveURL(js ? /\/create$/ : /\/jobs\/[^/]+$/);
  await pictureOfJob(ui);
  // The second press is not sent, where a script can see to that.
  if (js) expect(watch.requests.filter((address) => address.endsWith("/api/generate"))).toHaveLength(1);
  // A second job would have been queued with the first, long before its picture.
  await ui.open("/create");
  await expect(ui.jobCards).toHaveCount(1);
  await ui.open("/library");
  await expect(ui.pictures.first()).toBeVisible();
  const ids = await ui.pictures.evaluateAll((links) => new Set(links.map((a) => a.getAttribute("href"))).size);
  expect(ids).toBe(1);
});

test("the prompt survives a sign-in that expired", DIAGONAL, async ({ page, ui, watch, person, js }) => {
  const prompt = "A greenhouse full of lemon trees, early spring";
  await signIn(page, person);
  if (js) await ui.hydrated();
  await ui.prompt.fill(prompt);
  if (await ui.oldEnough.count()) await ui.oldEnough.check();
  await page.context().clearCookies();
  // The server function says 401, and so may what follows the jobs.
  watch.allow(/the server responded with a status of 40[14]/);

  await ui.generate.click();
  await expect(page).toHaveURL(/\/sign-in/);
  await watch.visiting(async () => {
    await ui.proceedToProvider.click();
    await choosePerson(page, person);
    await expect(page).toHaveURL(`${SITE}/create`);
  });
  await expect(ui.prompt).toHaveValue(prompt);
  expect(page.url(), "the prompt is in no address").not.toContain("lemon");
  expect(watch.requests.filter((address) => address.includes("lemon"))).toEqual([]);
});

test("somebody else's job and picture answer like missing ones", WITH_SCRIPTS, async ({ page, ui, person, stranger }) => {
  await signIn(page, person);
  const job = await askForPicture(ui, "A private garden behind a wall");
  const id = await pictureOfJob(ui);
  await signIn(stranger, `${person} other`);
  for (const address of [`/jobs/${job}`, `/i/${id}`]) {
    const others = await stranger.request.get(address);
    const missing = await stranger.request.get(address.replace(/[0-9a-f]{12}$/, "000000000000"));
    expect(others.status(), address).toBe(404);
    expect(missing.status(), address).toBe(404);
  }
});

test("a cursor nobody gave out is no crash", SERVER_ALONE, async ({ page, ui, person }) => {
  await signIn(page, person);
  for (const cursor of ["x", "%00", "-1", "9".repeat(5_000), "%27%20OR%201=1--"]) {
    for (const path of ["/gallery", "/library"]) {
      const answer = await page.request.get(ui.path(`${path}?cursor=${cursor}`));
      expect(answer.status(), `${path} ${cursor.slice(0, 20)}`).toBeLessThan(500);
    }
  }
});
