// Stretches of the main road that several specs walk: asking for a picture,
// waiting for it, publishing it.

import { expect } from "@playwright/test";
import { idOf, type Ui } from "./ui";

/** A picture is painted in seconds; a busy machine takes longer. */
export const PAINTING_MS = 90_000;

/** On the composer: fills the form and submits it; ends on the job's page. Returns the job's id. */
export async function askForPicture(ui: Ui, prompt: string): Promise<string> {
  await ui.prompt.fill(prompt);
  // Asked once in a person's life here.
  if (await ui.oldEnough.count()) await ui.oldEnough.check();
  await ui.generate.click();
  await expect(ui.page).toHaveURL(/\/jobs\/[^/]+$/);
  await expect(ui.heading).toBeVisible();
  return idOf(ui.page.url());
}

/** On a job's page: waits for its first picture. Returns the picture's id. */
export async function pictureOfJob(ui: Ui): Promise<string> {
  await expect(ui.jobPictures.first()).toBeVisible({ timeout: PAINTING_MS });
  const address = await ui.jobPictures.first().getAttribute("href");
  return idOf(address ?? "");
}

/** From the composer to a picture in the person's library. Returns the picture's id. */
export async function makePicture(ui: Ui, prompt: string): Promise<string> {
  await ui.open("/create");
  await askForPicture(ui, prompt);
  return pictureOfJob(ui);
}

/** Publishes a picture from its page. */
export async function publish(ui: Ui, id: string): Promise<void> {
  await ui.open(`/i/${id}`);
  await ui.publish.click();
  await expect(ui.unpublish).toBeVisible();
}
