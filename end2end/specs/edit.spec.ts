// Editing a picture: by pointer, by keyboard alone, and without JavaScript by numbers.
// What lies outside of the mark is the same to the last pixel.

import type { Page } from "@playwright/test";
import { axe } from "../support/axe";
import { havePicture, PAINTING_MS } from "../support/road";
import { signIn } from "../support/sign-in";
import { pixels } from "../support/png";
import { expect, test } from "../support/test";
import { BOTH_SCREENS_WITH_SCRIPTS, DESKTOP, DIAGONAL, OTHER_DIAGONAL, PHONE_WITH_SCRIPTS, WITH_SCRIPTS } from "../support/tiers";
import { EN, FR, idOf, Ui } from "../support/ui";

/** How many pixels of two pictures of the same size differ, outside and inside of a mark. */
async function differences(page: Page, before: string, after: string, marked: (x: number, y: number) => boolean) {
  const original = async (id: string) => pixels(await (await page.request.get(`/files/${id}/original.png`)).body());
  const [one, other] = [await original(before), await original(after)];
  expect([other.width, other.height]).toEqual([one.width, one.height]);
  const found = { outside: 0, inside: 0 };
  for (let y = 0; y < one.height; y += 1) {
    for (let x = 0; x < one.width; x += 1) {
      const [a, b] = [one.at(x, y), other.at(x, y)];
      if (a.some((value, channel) => value !== b[channel])) found[marked(x / one.width, y / one.height) ? "inside" : "outside"] += 1;
    }
  }
  return found;
}

/** Waits for what came of an edit that was sent from the page of a picture. */
async function edited(page: Page, source: string): Promise<string> {
  await expect(page).toHaveURL(/\/edit\/[^?]+$/, { timeout: PAINTING_MS });
  await expect(page.locator(".before-after")).toBeVisible();
  const id = idOf(page.url());
  expect(id).not.toBe(source);
  // The picture itself is there once it has its own colour.
  await expect(page.locator(".edit-compare")).toContainText(/(as it was before|resté tel quel)/, { timeout: PAINTING_MS });
  return id;
}

test("a picture is edited where it is marked, compared with what it was, and edited again", DIAGONAL, async ({ page, ui, person, js }) => {
  test.slow();
  await signIn(page, person);
  const source = await havePicture(page, "A lighthouse on its rock");
  await ui.open(`/i/${source}`);
  await page.getByRole("link", { name: "Edit", exact: true }).click();
  await expect(page).toHaveURL(new RegExp(`/edit/${source}$`));
  const words = page.getByRole("textbox", { name: "What should change?" });
  await expect(words).toHaveValue("");
  await expect(page.getByRole("checkbox", { name: /^Keep everything outside/ })).toBeChecked();
  await axe(page, js);
  await words.fill("A storm in the sky");
  if (js) {
    await expect(page.getByText("Nothing is marked yet.")).toBeVisible();
    await page.getByRole("radio", { name: "Rectangle" }).first().check({ force: true });
    await drag(page, [0.02, 0.02], [0.98, 0.3]);
    await expect(page.locator(".easel-said")).toContainText("27 % of the picture is marked.");
    await page.getByRole("button", { name: "Undo" }).click();
    await expect(page.getByText("Nothing is marked yet.")).toBeVisible();
    await drag(page, [0.02, 0.02], [0.98, 0.3]);
    await axe(page, js);
  } else {
    await byNumbers(page, ["2", "2", "96", "28"]);
  }
  await page.getByRole("button", { name: /^Edit \(≈ \$/ }).click();
  const first = await edited(page, source);
  const found = await differences(page, source, first, (x, y) => x > 0.01 && x < 0.99 && y > 0.01 && y < 0.31);
  expect(found.outside).toBe(0);
  expect(found.inside).toBeGreaterThan(1000);
  await expect(page.getByRole("heading", { name: "Before and after" })).toBeVisible();
  const line = page.getByRole("navigation", { name: "All edits of this picture" });
  await expect(line.getByRole("link")).toHaveCount(2);
  await expect(line.locator("[aria-current]")).toContainText("A storm in the sky");
  if (js) {
    const slider = page.getByRole("slider", { name: /as it was before/ });
    await slider.focus();
    await slider.press("Home");
    await expect(page.locator(".before-after")).toHaveAttribute("style", /--at: 0%/);
  }
  await axe(page, js);

  // The result is where the next one begins, and an earlier one can be gone back to.
  await words.fill("A boat on the sea");
  await page.getByRole("button", { name: /^Edit \(≈ \$/ }).click();
  await expect(page).toHaveURL(/\?job=|\/edit\/[^?]+$/);
  await expect(page.locator(".edit-line")).toContainText("A boat on the sea", { timeout: PAINTING_MS });
  await expect(line.getByRole("link")).toHaveCount(3);
  await line.getByRole("link").first().click();
  await expect(page).toHaveURL(new RegExp(`/edit/${source}$`));
});

/** Draws from one place of the picture to another, in parts of its sides. */
async function drag(page: Page, from: [number, number], to: [number, number]): Promise<void> {
  const canvas = page.locator(".easel canvas");
  await canvas.scrollIntoViewIfNeeded();
  const box = await canvas.boundingBox();
  if (!box) throw new Error("no canvas");
  const at = ([x, y]: [number, number]) => [box.x + x * box.width, box.y + y * box.height] as const;
  await page.mouse.move(...at(from));
  await page.mouse.down();
  await page.mouse.move(...at(to), { steps: 4 });
  await page.mouse.up();
}

async function byNumbers(page: Page, [left, top, width, height]: [string, string, string, string]): Promise<void> {
  await page.getByText(/^(Mark by numbers|Marquer par des nombres)$/).click();
  await page.getByLabel(/^(From the left|Depuis la gauche)$/).fill(left);
  await page.getByLabel(/^(From the top|Depuis le haut)$/).fill(top);
  await page.getByLabel(/^(Width|Largeur)$/).fill(width);
  await page.getByLabel(/^(Height|Hauteur)$/).fill(height);
}

test("everything is done by the keyboard alone", DESKTOP, async ({ page, person, js }) => {
  test.slow();
  const ui = new Ui(page, EN);
  await signIn(page, person);
  const source = await havePicture(page, "A mill by a stream");
  await ui.open(`/edit/${source}`);
  await page.getByRole("textbox", { name: "What should change?" }).focus();
  await page.keyboard.type("Snow on the roof");
  await page.getByText("Mark by numbers").focus();
  await page.keyboard.press("Enter");
  for (const [name, value] of [["From the left", "25"], ["From the top", "25"], ["Width", "50"], ["Height", "50"]] as const) {
    await page.getByLabel(name, { exact: true }).focus();
    await page.keyboard.type(value);
  }
  if (js) {
    await page.getByRole("button", { name: "Mark it" }).focus();
    await page.keyboard.press("Enter");
    await expect(page.locator(".easel-said")).toContainText("25 % of the picture is marked.");
    await page.getByRole("button", { name: "Invert" }).focus();
    await page.keyboard.press("Enter");
    await expect(page.locator(".easel-said")).toContainText("75 % of the picture is marked.");
    await page.keyboard.press("Control+z");
    await expect(page.locator(".easel-said")).toContainText("25 % of the picture is marked.");
  }
  await page.getByRole("button", { name: /^Edit \(/ }).focus();
  await page.keyboard.press("Enter");
  const after = await edited(page, source);
  const found = await differences(page, source, after, (x, y) => Math.abs(x - 0.5) <= 0.25 && Math.abs(y - 0.5) <= 0.25);
  expect(found.outside).toBe(0);
  expect(found.inside).toBeGreaterThan(1000);
});

test("in French and on a phone the page asks the same and fits", OTHER_DIAGONAL, async ({ page, person, js }) => {
  const ui = new Ui(page, FR);
  await signIn(page, person, ui.path("/create"));
  const source = await havePicture(page, "Un moulin au bord de l’eau");
  await page.setViewportSize({ width: 320, height: 640 });
  await page.goto(ui.path(`/edit/${source}`));
  await expect(page.getByRole("textbox", { name: "Que faut-il changer ?" })).toBeVisible();
  await byNumbers(page, ["0", "0", "50", "50"]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
  await axe(page, js);
});

test("a refusal leaves the words and the marks where they are", WITH_SCRIPTS, async ({ page, ui, watch, person, js }) => {
  test.skip(!js, "without a script the page comes back with the words");
  await signIn(page, person);
  const source = await havePicture(page, "A bridge in the fog");
  await ui.open(`/edit/${source}`);
  const words = page.getByRole("textbox", { name: "What should change?" });
  await words.fill("\u200b");
  await drag(page, [0.3, 0.3], [0.5, 0.5]);
  const said = page.locator(".easel-said");
  await expect(said).toContainText("% of the picture is marked.");
  const marked = await said.textContent();
  await page.getByRole("button", { name: /^Edit \(/ }).click();
  await expect(page.locator(".edit-told")).not.toBeEmpty();
  await expect(said).toHaveText(marked ?? "");
  watch.allow(/Failed to load resource.*\/edits/);
  await page.route("**/edits", (route) => route.abort());
  await words.fill("Clear air");
  await page.getByRole("button", { name: /^Edit \(/ }).click();
  await expect(page.locator(".edit-told")).toContainText(/reach|connection/i);
  await expect(words).toHaveValue("Clear air");
  await expect(said).toHaveText(marked ?? "");
});

test("two fingers look at the picture more closely and move it, and paint nothing", PHONE_WITH_SCRIPTS, async ({ page, ui, person, js }) => {
  test.skip(!js, "painting takes a script");
  await signIn(page, person);
  const source = await havePicture(page, "A harbour at night");
  await ui.open(`/edit/${source}`);
  const pane = page.locator(".easel-pane");
  const closeness = async () => Number(await page.getByRole("slider", { name: "Zoom" }).inputValue());
  await expect(page.locator(".easel canvas")).toBeVisible();
  const box = await pane.boundingBox();
  if (!box) throw new Error("no pane");
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const screen = await page.context().newCDPSession(page);
  type Points = { x: number; y: number; id: number }[];
  const touch = (type: "touchStart" | "touchMove" | "touchEnd", touchPoints: Points) => screen.send("Input.dispatchTouchEvent", { type, touchPoints });
  const pair = (apart: number, down = 0): Points => [
    { x: x - apart, y: y + down, id: 1 },
    { x: x + apart, y: y + down, id: 2 },
  ];
  // The first finger is down a moment before the second.
  await touch("touchStart", pair(20).slice(0, 1));
  await touch("touchStart", pair(20));
  for (const apart of [30, 45, 60]) await touch("touchMove", pair(apart));
  await expect.poll(closeness).toBeGreaterThan(2.5);
  const before = await pane.evaluate((e) => e.scrollTop);
  await touch("touchMove", pair(60, 30));
  await expect.poll(() => pane.evaluate((e) => e.scrollTop)).toBeLessThan(before - 20);
  await touch("touchEnd", pair(60, 30).slice(0, 1));
  // The finger that is left paints nothing.
  await touch("touchMove", [{ x: x - 90, y: y + 40, id: 1 }]);
  await touch("touchEnd", []);
  await expect(page.getByText("Nothing is marked yet.")).toBeVisible();
  // One finger by itself paints.
  await touch("touchStart", [{ x, y, id: 3 }]);
  await touch("touchMove", [{ x: x + 40, y, id: 3 }]);
  await touch("touchEnd", []);
  await expect(page.locator(".easel-said")).toContainText("% of the picture is marked.");
});

test("picture, tools, field and button are in sight at once", BOTH_SCREENS_WITH_SCRIPTS, async ({ page, ui, person, js }) => {
  test.skip(!js, "tools take a script");
  await signIn(page, person);
  const source = await havePicture(page, "A tower at night", "1024x1536");
  const phone = (page.viewportSize()?.width ?? 0) < 640;
  if (!phone) await page.setViewportSize({ width: 1280, height: 720 });
  await ui.open(`/edit/${source}`);
  for (const part of [".easel canvas", ".easel-tools", "#words", ".edit-form [type=submit]"]) {
    await expect(page.locator(part), part).toBeInViewport({ ratio: 1 });
  }
  expect(await page.evaluate(() => scrollY)).toBe(0);
});

test("a finger paints with the brush, and zooming keeps the place", BOTH_SCREENS_WITH_SCRIPTS, async ({ page, ui, person, js }) => {
  test.skip(!js, "painting takes a script");
  await signIn(page, person);
  const source = await havePicture(page, "A harbour at night");
  await ui.open(`/edit/${source}`);
  await page.getByRole("slider", { name: "Zoom" }).fill("4");
  const pane = page.locator(".easel-pane");
  await expect.poll(() => pane.evaluate((e) => e.scrollWidth / e.clientWidth)).toBeGreaterThan(3.5);
  await page.getByRole("slider", { name: "Brush size" }).fill("50");
  const box = await pane.boundingBox();
  if (!box) throw new Error("no pane");
  await page.mouse.move(box.x + box.width / 2, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2 + 20, box.y + 60, { steps: 3 });
  await page.mouse.up();
  await expect(page.locator(".easel-said")).toContainText("% of the picture is marked.");
  await page.getByRole("button", { name: "Clear" }).click();
  await expect(page.getByText("Nothing is marked yet.")).toBeVisible();
});
