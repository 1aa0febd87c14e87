// Reference pictures, a mask, and remixes: with JavaScript at once and in
// place, without it by the composer's own form, and nothing typed is ever lost.

import type { Locator, Page } from "@playwright/test";
import { axe } from "../support/axe";
import { askForPicture, havePicture, pictureOfJob, publish } from "../support/road";
import { signIn } from "../support/sign-in";
import { pixels, png } from "../support/png";
import { expect, test } from "../support/test";
import { DIAGONAL, OTHER_DIAGONAL, WITH_SCRIPTS } from "../support/tiers";
import { EN, FR, Ui } from "../support/ui";

const MAGENTA = png(640, 640, () => [230, 20, 200, 255]);
const TEAL = png(320, 240, () => [20, 140, 140, 255]);
const WORDS = Buffer.from("These are words, whatever the name says.");

const file = (name: string, buffer: Buffer) => ({ name, mimeType: "image/png", buffer });

/** The composer's pictures, by the words of either language. */
class Tray {
  constructor(
    readonly page: Page,
    readonly js: boolean,
  ) {}

  get pictures(): Locator {
    // There, whether their panel is open or not.
    return this.page.getByRole("img", { name: /^(Reference picture|Image de référence) \d/, includeHidden: true });
  }
  get complaint(): Locator {
    return this.page.getByRole("alert");
  }

  /** Chooses files; without JavaScript a button beside the field adds them. */
  async add(...files: ReturnType<typeof file>[]): Promise<void> {
    await new Ui(this.page).unfold("references");
    await this.page.getByLabel(/^(Choose pictures|Choisir des images)/).setInputFiles(files);
    if (!this.js) await this.press(/^(Add the chosen pictures|Ajouter les images choisies)/);
  }

  async press(name: RegExp): Promise<void> {
    await this.page.getByRole("button", { name }).click();
  }
}

async function sizes(tray: Tray): Promise<(string | null)[]> {
  return tray.pictures.evaluateAll((all) => all.map((one) => one.getAttribute("width")));
}

for (const [language, words] of Object.entries({ English: EN, French: FR })) {
  test(`pictures are added, ordered and removed in ${language}`, language === "English" ? DIAGONAL : OTHER_DIAGONAL, async ({ page, person, js }) => {
    const ui = new Ui(page, words);
    const tray = new Tray(page, js);
    await signIn(page, person, ui.path("/create"));
    if (js) await ui.hydrated();
    await ui.prompt.fill("The same harbour at night");
    await tray.add(file("a.png", MAGENTA), file("b.png", WORDS), file("c.png", TEAL));
    await expect(tray.pictures).toHaveCount(2);
    await expect(tray.complaint).toContainText(/(not a picture|n’est pas une image)/);
    await expect(ui.prompt).toHaveValue("The same harbour at night");
    expect(page.url()).not.toContain("harbour");
    await axe(page, js);

    expect(await sizes(tray)).toEqual(["640", "320"]);
    await tray.press(/^(Move picture 2 earlier|Avancer l’image 2)/);
    await expect(tray.pictures.first()).toHaveAttribute("width", "320");
    await expect(ui.prompt).toHaveValue("The same harbour at night");
    if (js) await expect(page.getByRole("button", { name: /^(Remove picture 1|Retirer l’image 1)/ })).toBeFocused();
    await tray.press(/^(Remove picture 1|Retirer l’image 1)/);
    await expect(tray.pictures).toHaveCount(1);
    // What is there survives going away and coming back.
    await ui.open("/create");
    await expect(tray.pictures).toHaveCount(1);
    await expect(ui.prompt).toHaveValue("The same harbour at night");
  });
}

test("a mask changes the marked part alone", DIAGONAL, async ({ page, ui, person, js }) => {
  test.slow();
  const tray = new Tray(page, js);
  await signIn(page, person);
  if (js) await ui.hydrated();
  await ui.prompt.fill("A forest in the morning");
  await tray.add(file("a.png", MAGENTA));
  await expect(tray.pictures).toHaveCount(1);
  if (js) {
    await paintLeftHalf(page);
  } else {
    await page.locator("summary").filter({ hasText: "Mask from a file" }).click();
    const mask = png(640, 640, (x) => [0, 0, 0, x < 320 ? 0 : 255]);
    await page.getByLabel("Mask from a file").setInputFiles([file("mask.png", png(64, 64, () => [0, 0, 0, 0]))]);
    await tray.press(/^Use this mask/);
    await expect(tray.complaint).toContainText("640 × 640");
    await page.locator("summary").filter({ hasText: "Mask from a file" }).click();
    await page.getByLabel("Mask from a file").setInputFiles([file("mask.png", mask)]);
    await tray.press(/^Use this mask/);
  }
  await expect(page.getByText("Masked: only the painted part changes.")).toBeVisible();
  await axe(page, js);

  await askForPicture(ui, "A forest in the morning");
  const id = await pictureOfJob(ui);
  const original = await page.request.get(`/files/${id}/original.png`);
  const picture = pixels(await original.body());
  const magenta = (x: number) => {
    const [red = 0, green = 0, blue = 0] = picture.at(Math.floor(x * picture.width), picture.height >> 1);
    return Math.abs(red - 230) + Math.abs(green - 20) + Math.abs(blue - 200) < 30;
  };
  expect([0.1, 0.2, 0.3].map(magenta), "the marked half changed").toEqual([false, false, false]);
  expect([0.7, 0.8, 0.9].map(magenta), "the rest did not").toEqual([true, true, true]);
});

/** Marks the left half with broad strokes, after trying out the way back. */
async function paintLeftHalf(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Paint a mask" }).click();
  const dialog = page.getByRole("dialog");
  const use = dialog.getByRole("button", { name: "Use this mask" });
  await expect(use).toBeDisabled();
  await axe(page, true);
  await dialog.getByLabel("Brush size").fill("50");
  const box = await dialog.locator("canvas").boundingBox();
  if (!box) throw new Error("no canvas");
  const stroke = async (x: number) => {
    await page.mouse.move(box.x + x * box.width, box.y + 2);
    await page.mouse.down();
    await page.mouse.move(box.x + x * box.width, box.y + box.height - 2, { steps: 6 });
    await page.mouse.up();
  };
  await stroke(0.8);
  await expect(use).toBeEnabled();
  await dialog.getByRole("button", { name: "Undo" }).click();
  await expect(use).toBeDisabled();
  await stroke(0.1);
  await stroke(0.2);
  await use.click();
  await expect(dialog).toBeHidden();
}

test("pictures are dropped and pasted", WITH_SCRIPTS, async ({ page, ui, person, js }) => {
  test.skip(!js, "dropping and pasting need a script");
  const tray = new Tray(page, js);
  await signIn(page, person);
  await ui.hydrated();
  const data = TEAL.toString("base64");
  for (const [kind, count] of [["drop", 1], ["paste", 2]] as const) {
    await page.evaluate(
      ([kind, data]) => {
        const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
        const transfer = new DataTransfer();
        transfer.items.add(new File([bytes], "teal.png", { type: "image/png" }));
        const options = { bubbles: true, cancelable: true };
        const event =
          kind === "drop"
            ? new DragEvent("drop", { ...options, dataTransfer: transfer })
            : new ClipboardEvent("paste", { ...options, clipboardData: transfer });
        document.body.dispatchEvent(event);
      },
      [kind, data] as const,
    );
    await expect(tray.pictures).toHaveCount(count);
  }
});

test("a remix begins from a picture, and both know each other", DIAGONAL, async ({ page, ui, person, js, stranger }) => {
  test.slow();
  await signIn(page, person);
  const parent = await havePicture(page, "A lighthouse on its rock");
  await ui.open(`/i/${parent}`);
  await axe(page, js);
  await page.getByRole("button", { name: "Remix", exact: true }).click();
  await expect(page).toHaveURL(/\/create$/);
  await expect(ui.prompt).toHaveValue("A lighthouse on its rock");
  if (js) await ui.hydrated();
  await askForPicture(ui, "The same in winter");
  const child = await pictureOfJob(ui);
  await ui.open(`/i/${child}`);
  await page.getByRole("region", { name: "Remix of" }).getByRole("link").click();
  await expect(page).toHaveURL(new RegExp(`/i/${parent}$`));
  await expect(page.getByRole("region", { name: "Remixes" }).locator(`a[href$="/i/${child}"]`)).toBeVisible();
  await axe(page, js);
  // The child alone is published: its parent stays out of sight.
  await publish(ui, child);
  await stranger.goto(`/i/${child}`);
  await expect(stranger.getByText("Remix of")).toHaveCount(0);
  await expect(stranger.getByRole("button", { name: "Remix", exact: true })).toBeVisible();
});
