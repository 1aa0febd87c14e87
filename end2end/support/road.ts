// Stretches of the main road: asking for a picture, waiting for it, publishing
// it. As a person does, by the pages; and without any page, for tests that only
// need a picture to be there.

import { expect, type Locator, type Page } from "@playwright/test";
import { idOf, type Ui } from "./ui";

/** A picture is painted in seconds; a busy machine takes longer. */
export const PAINTING_MS = 90_000;

/** On the composer: fills the form, submits it, and goes to the job's page. Returns the job's id. */
export async function askForPicture(ui: Ui, prompt: string): Promise<string> {
  await ui.prompt.fill(prompt);
  return toJob(ui, await submit(ui));
}

/**
 * On the composer: sends the form as it is filled in. Where scripts run the feed shows
 * the job; without one its own page answers. Returns the address of that page.
 */
export async function submit(ui: Ui): Promise<string> {
  // Asked once in a person's life here.
  if (await ui.oldEnough.count()) await ui.oldEnough.check();
  const known = new Set(await ui.jobLinks());
  await ui.generate.click();
  let job = "";
  await expect
    .poll(async () => {
      const { pathname } = new URL(ui.page.url());
      if (/\/jobs\/[^/]+$/.test(pathname)) return (job = pathname);
      // While one page gives way to another there is nothing to read.
      const links = await ui.jobLinks().catch(() => []);
      return (job = links.find((link) => !known.has(link)) ?? "");
    })
    .not.toBe("");
  return job;
}

/** From the feed, if the job's own page is not there already. Returns the job's id. */
export async function toJob(ui: Ui, job: string): Promise<string> {
  if (!ui.page.url().endsWith(job)) await ui.jobCards.locator(`a[href="${job}"]`).first().click();
  await expect(ui.page).toHaveURL(new RegExp(`${job}$`));
  await expect(ui.heading).toBeVisible();
  return idOf(job);
}

/** On a job's page: waits for its first picture. Returns the picture's id. */
export async function pictureOfJob(ui: Ui): Promise<string> {
  await expect(ui.jobPictures.first()).toBeVisible({ timeout: PAINTING_MS });
  const address = await ui.jobPictures.first().getAttribute("href");
  return idOf(address ?? "");
}

/** Sends one of the site's forms as its pages do, and returns where it leads. */
async function send(page: Page, path: string, form: Record<string, string>): Promise<string> {
  const answer = await page.request.post(path, {
    form: { lang: "en", ...form },
    headers: { accept: "text/html", "sec-fetch-site": "same-origin" },
    maxRedirects: 0,
  });
  return answer.headers()["location"] ?? `${answer.status()}`;
}

/** Asks for a picture without the composer, of the smallest size that may be asked for. Returns the job's id. */
export async function order(page: Page, prompt: string, size = "1024x640"): Promise<string> {
  const leads = await send(page, "/api/generate", {
    "draft[prompt]": prompt,
    "draft[model]": "gpt-image-2.5-flare",
    "draft[size]": size,
    "draft[quality]": "low",
    "draft[count]": "1",
    "draft[format]": "png",
    request_key: crypto.randomUUID(),
    age: "on",
  });
  expect(leads, prompt).toContain("/jobs/");
  return idOf(leads);
}

/** Waits for the picture of a job without looking at its page. Returns the picture's id. */
export async function delivered(page: Page, job: string): Promise<string> {
  const deadline = Date.now() + PAINTING_MS;
  while (Date.now() < deadline) {
    const html = await (await page.request.get(`/jobs/${job}`)).text();
    const id = /href="?\/i\/([0-9a-f-]{36})/.exec(html)?.[1];
    if (id) return id;
    const problem = /role="?alert"?[^>]*>(.*?)<\/h2>/s.exec(html)?.[1];
    if (problem) throw new Error(`no picture: ${problem.replace(/<[^>]*>/g, "")}`);
    await new Promise((next) => setTimeout(next, 150));
  }
  throw new Error(`no picture in ${PAINTING_MS / 1000} s`);
}

/** A picture in the person's library, by no page at all. Returns its id. */
export async function havePicture(page: Page, prompt: string, size?: string): Promise<string> {
  return delivered(page, await order(page, prompt, size));
}

/** A picture in the gallery, by no page at all. Returns its id. */
export async function havePublished(page: Page, prompt: string): Promise<string> {
  const id = await havePicture(page, prompt);
  expect(await send(page, "/api/publish", { id })).toContain(`/i/${id}`);
  return id;
}

/** Several of them, asked for a few at a time: one is painted while another is published. */
export async function haveManyPublished(page: Page, prompts: string[]): Promise<void> {
  const jobs: string[] = [];
  for (let published = 0; published < prompts.length; published += 1) {
    while (jobs.length < Math.min(prompts.length, published + 6)) jobs.push(await order(page, prompts[jobs.length]!));
    const id = await delivered(page, jobs[published]!);
    expect(await send(page, "/api/publish", { id })).toContain(`/i/${id}`);
  }
}

/** Publishes a picture from its page. */
export async function publish(ui: Ui, id: string): Promise<void> {
  await ui.open(`/i/${id}`);
  await ui.publish.click();
  await expect(ui.unpublish).toBeVisible();
}

/**
 * Chooses a tile of the library: by its box or, where a script has put that away from
 * fingers, by the sheet of its buttons.
 */
export async function chooseTile(tile: Locator, byFinger: boolean): Promise<void> {
  const box = tile.locator("input[name='ids[]']");
  if (!byFinger) return box.check();
  await tile.locator("summary").click();
  await tile.locator(".quick-acts label").click();
  await expect(box).toBeChecked();
}
