// The composer's bar: always in sight and never large, and a page that sending does
// not leave. What it measures it also prints, as a table.

import type { Locator, Page } from "@playwright/test";
import { axe } from "../support/axe";
import { hold } from "../support/hold";
import { png } from "../support/png";
import { order, submit } from "../support/road";
import { haveSession, signIn } from "../support/sign-in";
import { expect, test } from "../support/test";
import { BOTH_SCREENS_WITH_SCRIPTS, OTHER_DIAGONAL, WITH_SCRIPTS } from "../support/tiers";
import { EN, FR, Ui } from "../support/ui";
import type { Watch } from "../support/watch";

/** The tallest the bar may be while nothing of it is open, in CSS pixels. */
const BAR_MAX = 180;

/** What may be added to it for the reason why a form was refused. */
const NOTE_MAX = 8 * 16 + 6;

const GENERATE = "**/api/generate";
const PICTURE = { name: "a.png", mimeType: "image/png", buffer: png(320, 240, () => [20, 140, 140, 255]) };

const BROKEN = { name: "b.png", mimeType: "image/png", buffer: Buffer.from("this is no picture") };

/** What somebody between the page and the server may answer: long enough to be read as a text of ours. */
const FOREIGN = "<h1>Something of somebody else's</h1>".padEnd(200, ".");

/** What is said where no answer of ours came. */
const NO_ANSWER = /^The server could not be reached/;

/** How many times a page has sent the form. */
function sent(watch: Watch): number {
  return watch.requests.filter((address) => address.endsWith("/api/generate")).length;
}

/** A composer that is wholly awake, of somebody who has stated their age. */
async function awakeComposer(page: Page, ui: Ui, person: string): Promise<void> {
  await signIn(page, person);
  await ui.hydrated();
  if (await ui.oldEnough.count()) await ui.oldEnough.check();
}

/** Screens, in CSS pixels; the last is 1280 × 720 at 200 %. */
const SCREENS = [
  [1280, 720],
  [390, 844],
  [320, 640],
  [640, 360],
] as const;

interface Measure {
  screen: string;
  who: string;
  bar: number;
  top: number;
  bottom: number;
}

/** Where the bar and its button are on the page as it opens. */
async function measure(ui: Ui, who: string, [width, height]: readonly [number, number]): Promise<Measure> {
  await ui.page.setViewportSize({ width, height });
  await ui.open("/create");
  await expect(ui.generate).toBeVisible();
  const [bar, button] = await Promise.all([ui.bar.boundingBox(), ui.generate.boundingBox()]);
  if (!bar || !button) throw new Error("the bar is not shown");
  const [top, bottom] = [button.y, button.y + button.height].map(Math.round) as [number, number];
  return { screen: `${width} × ${height}`, who: `${who}, ${ui.words === FR ? "fr" : "en"}`, bar: Math.round(bar.height), top, bottom };
}

test("the button is in sight as the page opens, and the bar is small", BOTH_SCREENS_WITH_SCRIPTS, async ({ page, stranger, person }) => {
  test.slow();
  await haveSession(page, person);
  await order(page, "A bench under a plane tree");
  const rows: Measure[] = [];
  for (const screen of SCREENS) {
    for (const words of [EN, FR]) {
      rows.push(await measure(new Ui(stranger, words), "signed out", screen));
      rows.push(await measure(new Ui(page, words), "signed in", screen));
    }
  }
  console.table(rows);
  for (const { screen, who, bar, top, bottom } of rows) {
    const height = Number(screen.split(" × ")[1]);
    expect.soft(bar, `height of the bar, ${screen}, ${who}`).toBeLessThanOrEqual(BAR_MAX);
    expect.soft(top, `top of the button, ${screen}, ${who}`).toBeGreaterThanOrEqual(0);
    expect.soft(bottom, `bottom of the button, ${screen}, ${who}`).toBeLessThanOrEqual(height);
  }
});

test("the bar stays small with all that may stand in it", BOTH_SCREENS_WITH_SCRIPTS, async ({ page, person, js }) => {
  test.skip(!js, "a field without a script keeps its lines");
  test.slow();
  await haveSession(page, person);
  for (const words of [EN, FR]) {
    const ui = new Ui(page, words);
    for (const screen of SCREENS) {
      const { bar, screen: name } = await measure(ui, "with the age to be stated", screen);
      await expect(ui.oldEnough).toBeVisible();
      expect.soft(bar, `${name}, age, ${words.prefix}`).toBeLessThanOrEqual(BAR_MAX);
    }
  }
  const ui = new Ui(page);
  await awakeComposer(page, ui, person);
  await page.getByLabel(/^Choose pictures/).setInputFiles(PICTURE);
  await expect(page.locator("#pop-references-chip img")).toHaveCount(1);
  await ui.prompt.fill("one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine");
  for (const [width, height] of SCREENS) {
    await page.setViewportSize({ width, height });
    const name = `${width} × ${height}`;
    await ui.prompt.focus();
    await expect(ui.prompt, name).toBeInViewport({ ratio: 1 });
    await expect(ui.generate, name).toBeInViewport({ ratio: 1 });
    // A panel, and what has the focus elsewhere, have the room of a bar of one line.
    await ui.unfold("look");
    const panel = await page.locator("#pop-look > .pop-panel").boundingBox();
    if (!panel) throw new Error("not shown");
    expect.soft(panel.y, name).toBeGreaterThanOrEqual(0);
    expect.soft(panel.y + panel.height, name).toBeLessThanOrEqual(height);
    await page.keyboard.press("Escape");
    await page.getByRole("contentinfo").getByRole("link").first().focus();
    await page.keyboard.press("Tab");
    const bar = await ui.bar.boundingBox();
    expect.soft(bar?.height, name).toBeLessThanOrEqual(BAR_MAX);
  }
});

/** Windows in which little of the page is in sight: 1280 × 1024 at 400 %, and a phone above its keyboard. */
const LOW_SCREENS = [
  [320, 256],
  [360, 330],
  [640, 360],
] as const;

test("nothing is out of reach where little of the page is in sight", BOTH_SCREENS_WITH_SCRIPTS, async ({ page, ui, watch, person, js }) => {
  test.skip(!js, "a refusal without a script is another page");
  test.slow();
  watch.allow(/ERR_FAILED/);
  await awakeComposer(page, ui, person);
  await page.route(GENERATE, (route) => route.abort());
  await ui.prompt.fill("one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine");
  for (const refused of [false, true]) {
    if (refused) {
      await ui.prompt.press("Control+Enter");
      await expect(ui.bar.getByRole("alert")).toBeVisible();
    }
    for (const [width, height] of LOW_SCREENS) {
      await page.setViewportSize({ width, height });
      const name = `${width} × ${height}${refused ? ", refused" : ""}`;
      const within = async (what: Locator, part: string): Promise<void> => {
        await what.scrollIntoViewIfNeeded();
        const box = await what.boundingBox();
        if (!box) throw new Error(`${part} is not shown, ${name}`);
        expect.soft(box.y, `top of ${part}, ${name}`).toBeGreaterThanOrEqual(-1);
        expect.soft(box.y + box.height, `bottom of ${part}, ${name}`).toBeLessThanOrEqual(height + 1);
      };
      await ui.prompt.focus();
      if (refused) await within(ui.bar.getByRole("alert"), "the reason");
      await within(ui.generate, "the button");
      for (const panel of ["look", "size", "quality", "model", "more"]) {
        await ui.unfold(panel);
        await within(page.locator(`#pop-${panel} > .pop-panel :is(label, select):visible`).last(), panel);
        await page.keyboard.press("Escape");
      }
    }
  }
});

test("the bar stays in sight however far the page is read", BOTH_SCREENS_WITH_SCRIPTS, async ({ page, ui, person }) => {
  await haveSession(page, person);
  for (const prompt of ["A first hill", "A second hill", "A third hill"]) await order(page, prompt);
  await ui.open("/create");
  await expect(ui.jobCards).toHaveCount(3);
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  await expect(ui.generate).toBeInViewport({ ratio: 1 });
  await expect(ui.prompt).toBeInViewport({ ratio: 1 });
  // The end of the page is not under it.
  const [bar, footer] = await Promise.all([ui.bar.boundingBox(), page.getByRole("contentinfo").boundingBox()]);
  if (!bar || !footer) throw new Error("not shown");
  expect(footer.y >= bar.y + bar.height || footer.y + footer.height <= bar.y + 1).toBe(true);
});

test("two pictures are asked for by the keyboard alone, and the page stays", WITH_SCRIPTS, async ({ page, ui, watch, person, js, isMobile }) => {
  test.skip(!js, "without a script the job's page answers");
  test.slow();
  await signIn(page, person);
  if (!isMobile) await expect(ui.prompt, "on arrival").toBeFocused();
  await ui.hydrated();
  if (isMobile) {
    await expect(ui.prompt, "a keyboard would hide the page").not.toBeFocused();
    await ui.prompt.focus();
  }
  if (await ui.oldEnough.count()) await ui.oldEnough.check();
  await ui.choose("Watercolour");
  await ui.choose(/^3:2/);
  await ui.unfold("count");
  await ui.chip(/^2$/).check();
  await ui.prompt.focus();
  const left = page.getByText(/\d+ pictures left today/);
  const before = Number(/\d+/.exec(await left.innerText()));

  await page.keyboard.type("A heron at the weir [demo:slow=3]");
  await page.keyboard.press("Control+Enter");
  const first = ui.jobCards.filter({ hasText: "A heron at the weir" });
  await expect(first).toHaveCount(1);
  // As many places as pictures, at their true shape, before anything of them is there.
  const places = first.locator(".frame-busy");
  await expect(places).toHaveCount(2);
  const shapes = await places.evaluateAll((all) => all.map((one) => one.clientWidth / one.clientHeight));
  for (const shape of shapes) expect(shape).toBeCloseTo(1.5, 1);
  await expect(ui.prompt).toHaveValue("");
  await expect(ui.prompt).toBeFocused();
  await expect(ui.oldEnough).toHaveCount(0);
  await expect(ui.bar.getByRole("status"), "told to those who listen").toHaveText(/^Sent/);
  await expect(left).toHaveText(new RegExp(`^${before - 2} `));

  await page.keyboard.type("A kingfisher on a post");
  await page.keyboard.press("Control+Enter");
  await expect(ui.jobCards).toHaveCount(2);
  await expect(ui.jobCards.first(), "the newest is first").toContainText("A kingfisher on a post");
  await expect(ui.jobCards.first()).toContainText("1536 × 1024");
  await expect(page).toHaveURL(/\/create$/);
  expect(sent(watch)).toBe(2);

  // The settings are as they were chosen: here, and in another life of the page.
  await expect(ui.opener("look")).toContainText("Watercolour");
  await expect(ui.opener("size")).toContainText("3:2");
  await page.reload();
  await expect(ui.prompt).toHaveValue("");
  await expect(ui.chip("Watercolour")).toBeChecked();
  await expect(ui.chip(/^3:2/)).toBeChecked();
  await expect(ui.chip(/^2$/)).toBeChecked();
  await expect(ui.jobCards).toHaveCount(2);
});

test("what was typed while the last words were on their way is kept", WITH_SCRIPTS, async ({ page, ui, watch, person, js }) => {
  test.skip(!js, "without a script the job's page answers");
  await awakeComposer(page, ui, person);
  const answer = await hold(page, GENERATE);
  await ui.prompt.fill("A mill");
  await ui.prompt.press("Control+Enter");
  await page.keyboard.type(" A dam");
  // Once more is not twice, however long the answer takes.
  await ui.prompt.press("Control+Enter");
  await page.waitForTimeout(5500);
  await ui.prompt.press("Control+Enter");
  await expect(ui.bar.locator(".button-primary[disabled]")).toHaveCount(1);
  answer();
  await expect(ui.jobCards).toHaveCount(1);
  await expect(ui.prompt).toHaveValue(" A dam");
  expect(await ui.jobCards.first().innerText()).toContain("A mill");
  expect(sent(watch)).toBe(1);
});

test("what was typed is kept when the page is left before the answer", WITH_SCRIPTS, async ({ page, ui, watch, person, js }) => {
  test.skip(!js, "without a script the job's page answers");
  watch.allow(/ERR_ABORTED|ERR_FAILED/);
  await awakeComposer(page, ui, person);
  const answer = await hold(page, GENERATE);
  await ui.prompt.fill("A mill");
  await ui.prompt.press("Control+Enter");
  await page.keyboard.type(" A dam");
  await page.goto("/library");
  answer();
  await ui.open("/create");
  await expect(ui.prompt).toHaveValue(/ A dam$/);
});

test("what takes the place of the words that are on their way is kept whole", WITH_SCRIPTS, async ({ page, ui, person, js }) => {
  test.skip(!js, "without a script the job's page answers");
  await awakeComposer(page, ui, person);
  const answer = await hold(page, GENERATE);
  await ui.prompt.fill("A mill");
  await ui.prompt.press("Control+Enter");
  await ui.prompt.press("ControlOrMeta+a");
  await page.keyboard.type("A mill by night");
  answer();
  await expect(ui.jobCards).toHaveCount(1);
  await expect(ui.bar.getByRole("status")).toHaveText(/^Sent/);
  await expect(ui.prompt).toHaveValue("A mill by night");
});

test("words that an earlier prompt was sent instead of come back", WITH_SCRIPTS, async ({ page, ui, person, js }) => {
  test.skip(!js, "without a script there is no history");
  await haveSession(page, person);
  await order(page, "A mill");
  await ui.open("/create");
  await ui.hydrated();
  await ui.prompt.fill("half written");
  await ui.prompt.press("Alt+ArrowUp");
  await expect(ui.prompt).toHaveValue("A mill");
  await ui.prompt.press("Control+Enter");
  await expect(ui.jobCards).toHaveCount(2);
  await expect(ui.prompt).toHaveValue("half written");
});

test("what was typed last is kept when another page of the site follows", WITH_SCRIPTS, async ({ page, ui, person, js }) => {
  test.skip(!js, "without a script nothing can be kept before it is sent");
  await awakeComposer(page, ui, person);
  await ui.prompt.fill("A reed bed");
  // It travels in the background, and may be overtaken by somebody who is back at once.
  const kept = page.waitForResponse((answer) => answer.url().endsWith("/api/draft"));
  await ui.navLink(ui.words.library).click();
  await expect(ui.heading).toHaveText(/library/i);
  await kept;
  await ui.navLink(ui.words.create).click();
  await expect(ui.prompt).toHaveValue("A reed bed");
});

test("a connection that fails loses nothing", WITH_SCRIPTS, async ({ page, ui, watch, person, js }) => {
  test.skip(!js, "without a script the browser itself says so");
  watch.allow(/ERR_FAILED|ERR_INTERNET_DISCONNECTED|status of (413|429|502)/);
  await awakeComposer(page, ui, person);
  await ui.choose("Ink drawing");
  await ui.prompt.fill("A ferry in the fog");
  const refusal = ui.bar.getByRole("alert");
  // No answer, and those of somebody between the page and the server.
  for (const status of [0, 200, 413, 429, 502]) {
    await page.route(GENERATE, (route) =>
      status === 0 ? route.abort() : route.fulfill({ status, contentType: "text/html", body: FOREIGN }),
    );
    await ui.generate.click();
    await expect(refusal, `${status}`).toHaveText(NO_ANSWER);
    await expect(ui.prompt).toHaveValue("A ferry in the fog");
    const bar = await ui.bar.boundingBox();
    expect.soft(bar?.height).toBeLessThanOrEqual(BAR_MAX + NOTE_MAX);
    await page.unroute(GENERATE);
  }
  // Without a connection at all, and sent again from where that is said.
  await page.context().setOffline(true);
  await ui.generate.click();
  await expect(refusal).toHaveText(NO_ANSWER);
  await expect(page).toHaveURL(/\/create$/);
  await expect(ui.prompt).toHaveValue("A ferry in the fog");
  await page.context().setOffline(false);
  await refusal.getByRole("button", { name: "Try again" }).click();
  await expect(ui.jobCards.filter({ hasText: "A ferry in the fog" })).toHaveCount(1);
  await expect(refusal).toHaveCount(0);
  await expect(ui.prompt).toHaveValue("");
  await expect(ui.opener("look")).toContainText("Ink drawing");
  await expect(page).toHaveURL(/\/create$/);
});

test("a form whose answer was lost is one job", WITH_SCRIPTS, async ({ page, ui, watch, person, js }) => {
  test.skip(!js, "without a script the browser itself says so");
  watch.allow(/ERR_FAILED/);
  await awakeComposer(page, ui, person);
  const left = page.getByText(/\d+ pictures left today/);
  const before = Number(/\d+/.exec(await left.innerText()));
  await page.route(GENERATE, async (route) => {
    const headers = { ...route.request().headers(), "sec-fetch-site": "same-origin" };
    await route.fetch({ headers, maxRedirects: 0 });
    await route.abort();
  });
  await ui.prompt.fill("A lock gate");
  await ui.prompt.press("Control+Enter");
  await expect(ui.bar.getByRole("alert")).toBeVisible();
  await expect(ui.jobCards, "the stream tells of it all the same").toHaveCount(1);
  await page.unroute(GENERATE);
  await ui.prompt.press("Control+Enter");
  await expect(ui.prompt).toHaveValue("");
  for (const again of [false, true]) {
    if (again) await page.reload();
    await expect(ui.jobCards).toHaveCount(1);
    await expect(left).toHaveText(new RegExp(`^${before - 1} `));
  }
});

test("a form waits for its picture, which goes with it", WITH_SCRIPTS, async ({ page, ui, watch, person, js }) => {
  test.skip(!js, "without a script a picture is added first");
  await awakeComposer(page, ui, person);
  const small = page.locator("#pop-references-chip img");
  const come = await hold(page, "**/uploads");
  await page.getByLabel(/^Choose pictures/).setInputFiles(PICTURE);
  await ui.prompt.fill("The same at night");
  await ui.prompt.press("Control+Enter");
  await page.waitForTimeout(700);
  expect(sent(watch)).toBe(0);
  const request = page.waitForRequest(GENERATE);
  const kept = page.waitForResponse((answer) => answer.url().endsWith("/api/draft"));
  come();
  expect((await request).postData()).toMatch(/draft%5Breferences%5D=[0-9a-f-]{36}/);
  await expect(ui.jobCards).toHaveCount(1);
  await expect(ui.prompt).toHaveValue("");
  await expect(small, "it went with its job").toHaveCount(0);
  await kept;
  await page.reload();
  await expect(ui.prompt).toHaveValue("");
  await expect(small).toHaveCount(0);
});

test("a form that waits for its picture loses no words when the page is left", WITH_SCRIPTS, async ({ page, ui, watch, person, js }) => {
  test.skip(!js, "without a script a picture is added first");
  await awakeComposer(page, ui, person);
  const come = await hold(page, "**/uploads");
  // The second of them finds no page any more.
  await page.getByLabel(/^Choose pictures/).setInputFiles([PICTURE, { ...PICTURE, name: "c.png" }]);
  await ui.prompt.fill("A heron at dawn");
  await ui.prompt.press("Control+Enter");
  await expect(ui.bar.locator(".button-primary[disabled]")).toHaveCount(1);
  const kept = page.waitForResponse((answer) => answer.url().endsWith("/api/draft"));
  await ui.navLink(ui.words.library).click();
  await expect(ui.heading).toHaveText(/library/i);
  await kept;
  const added = page.waitForResponse("**/uploads");
  come();
  await added;
  await page.waitForTimeout(500);
  expect(sent(watch)).toBe(0);
  await ui.navLink(ui.words.create).click();
  await expect(ui.prompt).toHaveValue("A heron at dawn");
  await expect(page.locator("#pop-references-chip img"), "the first one had been sent").toHaveCount(1);
});

test("an upload leaves the words that were typed meanwhile", WITH_SCRIPTS, async ({ page, ui, person, js }) => {
  test.skip(!js, "without a script the form brings its words along");
  await awakeComposer(page, ui, person);
  const small = page.locator("#pop-references-chip img");
  const come = await hold(page, "**/uploads");
  await page.getByLabel(/^Choose pictures/).setInputFiles(PICTURE);
  const kept = page.waitForResponse(
    (answer) => answer.url().endsWith("/api/draft") && /heron/.test(answer.request().postData() ?? ""),
  );
  await ui.prompt.fill("A heron");
  await kept;
  come();
  await expect(small).toHaveCount(1);
  await page.reload();
  await expect(ui.prompt).toHaveValue("A heron");
  await expect(small).toHaveCount(1);
});

test("a form waits for all pictures before it, in their order", WITH_SCRIPTS, async ({ page, ui, person, js }) => {
  test.skip(!js, "without a script a picture is added first");
  await awakeComposer(page, ui, person);
  const come = await hold(page, "**/uploads");
  const field = page.getByLabel(/^Choose pictures/);
  await field.setInputFiles(PICTURE);
  await field.setInputFiles({ ...PICTURE, name: "c.png" });
  await ui.prompt.fill("Both of them");
  await ui.prompt.press("Control+Enter");
  const request = page.waitForRequest(GENERATE);
  come();
  const id = "[0-9a-f-]{36}";
  expect((await request).postData()).toMatch(new RegExp(`draft%5Breferences%5D=${id}%2C${id}`));
  await expect(ui.prompt).toHaveValue("");
});

test("a picture that fails stops the form that waits, whatever comes after it", WITH_SCRIPTS, async ({ page, ui, watch, person, js }) => {
  test.skip(!js, "without a script a picture is added first");
  await awakeComposer(page, ui, person);
  const come = await hold(page, "**/uploads");
  const field = page.getByLabel(/^Choose pictures/);
  await field.setInputFiles(BROKEN);
  await field.setInputFiles(PICTURE);
  await ui.prompt.fill("As in the picture");
  await ui.prompt.press("Control+Enter");
  come();
  await expect(page.locator("#pop-references-chip img")).toHaveCount(1);
  await expect(page.locator("#pop-references").getByRole("alert")).toContainText("b.png");
  await expect(ui.bar.locator(".button-primary[disabled]")).toHaveCount(0);
  expect(sent(watch)).toBe(0);
  // The panel has opened, and tells.
  await page.keyboard.press("Escape");
  await ui.navLink(ui.words.library).click();
  await expect(ui.heading).toHaveText(/library/i);
  await ui.navLink(ui.words.create).click();
  await expect(ui.prompt).toHaveValue("As in the picture");
});

test("a form that goes plainly waits for its picture, too", WITH_SCRIPTS, async ({ page, ui, watch, person, js }) => {
  test.skip(!js, "without a script a picture is added first");
  watch.allow(/status of 500/);
  await page.route(/\/jobs\/events\?/, (route) => route.fulfill({ status: 500, body: "" }));
  const refused = page.waitForResponse(/\/jobs\/events\?/);
  await awakeComposer(page, ui, person);
  await refused;
  const come = await hold(page, "**/uploads");
  await page.getByLabel(/^Choose pictures/).setInputFiles(PICTURE);
  await ui.prompt.fill("The ford at night");
  await ui.prompt.press("Control+Enter");
  await page.waitForTimeout(700);
  expect(sent(watch)).toBe(0);
  const request = page.waitForRequest(GENERATE);
  come();
  expect((await request).postData()).toMatch(/draft%5Breferences%5D=[0-9a-f-]{36}/);
  await expect(page).toHaveURL(/\/jobs\//);
});

test("a page that is left while a picture is taken off says nothing of it", WITH_SCRIPTS, async ({ page, ui, person, js }) => {
  test.skip(!js, "without a script the page waits for the answer");
  await awakeComposer(page, ui, person);
  await page.getByLabel(/^Choose pictures/).setInputFiles(PICTURE);
  await expect(page.locator("#pop-references-chip img")).toHaveCount(1);
  const come = await hold(page, "**/uploads");
  await ui.unfold("references");
  await page.getByRole("button", { name: /^Remove picture 1/ }).click();
  await ui.navLink(ui.words.library).click();
  await expect(ui.heading).toHaveText(/library/i);
  const removed = page.waitForResponse("**/uploads");
  come();
  await removed;
  // The watchman would tell of a script that looks for its page in vain.
  await page.waitForTimeout(500);
  await ui.navLink(ui.words.create).click();
  await expect(page.locator("#pop-references-chip img")).toHaveCount(0);
});

test("what is chosen while the settings wake is not drawn back", WITH_SCRIPTS, async ({ page, ui, person, js }) => {
  test.skip(!js, "without a script nothing wakes");
  await haveSession(page, person);
  const come = await hold(page, "**/split_later.wasm");
  await ui.open("/create");
  await ui.awake();
  await ui.unfold("look");
  await page.locator("label.chip").filter({ has: ui.chip("Watercolour") }).hover();
  await page.mouse.down();
  come();
  await page.waitForTimeout(1500);
  await page.mouse.up();
  await ui.hydrated();
  await expect(ui.chip("Watercolour")).toBeChecked();
  await expect(ui.opener("look")).toContainText("Watercolour");
});

test("a picture that is added while a form is on its way is the next one's", WITH_SCRIPTS, async ({ page, ui, person, js }) => {
  test.skip(!js, "without a script the job's page answers");
  await awakeComposer(page, ui, person);
  const small = page.locator("#pop-references-chip img");
  const answer = await hold(page, GENERATE);
  await ui.prompt.fill("A weir");
  await ui.prompt.press("Control+Enter");
  await page.getByLabel(/^Choose pictures/).setInputFiles(PICTURE);
  const kept = page.waitForResponse((answer) => answer.url().endsWith("/api/draft"));
  answer();
  await expect(ui.prompt).toHaveValue("");
  await expect(small).toHaveCount(1);
  await kept;
  await page.reload();
  await expect(ui.prompt, "the sent words do not come back").toHaveValue("");
  await expect(small).toHaveCount(1);
});

test("where nothing would show the job, its page does", WITH_SCRIPTS, async ({ page, ui, watch, person, js }) => {
  test.skip(!js, "without a script it always does");
  watch.allow(/status of 500/);
  await page.route(/\/jobs\/events\?/, (route) => route.fulfill({ status: 500, body: "" }));
  const refused = page.waitForResponse(/\/jobs\/events\?/);
  await signIn(page, person);
  await ui.hydrated();
  await refused;
  await ui.prompt.fill("A ford");
  if (await ui.oldEnough.count()) await ui.oldEnough.check();
  await ui.generate.click();
  await expect(page).toHaveURL(/\/jobs\//);
});

test("a session that has ended meanwhile costs no words", WITH_SCRIPTS, async ({ page, ui, watch, person, js }) => {
  test.skip(!js, "the roads go this way without a script");
  watch.allow(/status of 40\d/);
  await awakeComposer(page, ui, person);
  const answer = await hold(page, GENERATE);
  await ui.prompt.fill("A towpath");
  await page.context().clearCookies();
  await ui.prompt.press("Control+Enter");
  await page.keyboard.type(" in the rain");
  answer();
  await expect(page).toHaveURL(/\/sign-in/);
  await signIn(page, person);
  await expect(ui.prompt).toHaveValue("A towpath in the rain");
});

test("an address that fills the field does so once", WITH_SCRIPTS, async ({ page, ui, person, js }) => {
  test.skip(!js, "without a script nothing can be kept before it is sent");
  await signIn(page, person, "/create");
  await ui.open("/create?example=2");
  await ui.hydrated();
  await expect(ui.prompt).not.toHaveValue("");
  const kept = page.waitForResponse((answer) => answer.url().endsWith("/api/draft"));
  await ui.prompt.fill("Words of my own");
  await expect(page).toHaveURL(/\/create$/);
  await kept;
  // The router still knows the address that the page was opened at.
  await ui.prompt.fill("Other words of my own");
  const again = page.waitForResponse((answer) => answer.url().endsWith("/api/draft"));
  await ui.navLink(ui.words.create).click();
  await again;
  await expect(ui.prompt).toHaveValue("Other words of my own");
  await page.reload();
  await expect(ui.prompt).toHaveValue("Other words of my own");
});

test("panels close in a composer that another kind of page led to", WITH_SCRIPTS, async ({ page, ui, person, js }) => {
  test.skip(!js, "without a script a panel is closed by its chip");
  await haveSession(page, person);
  await ui.open("/library");
  await ui.awake();
  await page.evaluate(() => ((window as { here?: boolean }).here = true));
  await ui.navLink(ui.words.create).click();
  await expect(ui.generate).toBeVisible();
  expect(await page.evaluate(() => (window as { here?: boolean }).here), "no new document").toBe(true);
  await ui.unfold("look");
  await page.keyboard.press("Escape");
  await expect(page.locator(".pop[open]")).toHaveCount(0);
  await ui.choose("Paper cut");
  await expect(ui.opener("look")).toContainText("Paper cut");
  await page.mouse.click(2, 2);
  await expect(page.locator(".pop[open]")).toHaveCount(0);
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds nothing with a panel open, in the ${colorScheme}`, BOTH_SCREENS_WITH_SCRIPTS, async ({ page, ui, person, js }) => {
    test.skip(!js, "the roads judge the pages without a script");
    await page.emulateMedia({ colorScheme });
    await signIn(page, person);
    await ui.hydrated();
    for (const panel of ["references", "look", "size", "quality", "count", "model", "more"]) {
      await ui.unfold(panel);
      // All of it can be reached: nothing of it is outside of the screen.
      const box = await page.locator(`#pop-${panel} > .pop-panel`).boundingBox();
      const screen = page.viewportSize();
      if (!box || !screen) throw new Error("not shown");
      expect.soft(box.y, panel).toBeGreaterThanOrEqual(0);
      expect.soft(box.x + box.width, panel).toBeLessThanOrEqual(screen.width);
      expect.soft(box.y + box.height, panel).toBeLessThanOrEqual(screen.height);
      await test.step(panel, () => axe(page, js));
    }
    await expect(page.locator(".pop[open]"), "one at a time").toHaveCount(1);
    await page.mouse.click(2, 2);
    await expect(page.locator(".pop[open]")).toHaveCount(0);
  });
}

test("without a script the job's page answers, and the settings stay", OTHER_DIAGONAL, async ({ page, person, js }) => {
  const ui = new Ui(page, FR);
  await signIn(page, person, ui.path("/create"));
  if (js) await ui.hydrated();
  await ui.choose("Aquarelle");
  await ui.choose(/^3:2/);
  await axe(page, js);
  await ui.prompt.fill("Un héron au barrage");
  await submit(ui);
  await expect(page).toHaveURL(js ? /\/fr\/create$/ : /\/fr\/jobs\//);
  await ui.open("/create");
  await expect(ui.prompt).toHaveValue("");
  await expect(ui.chip("Aquarelle")).toBeChecked();
  await expect(ui.opener("look")).toContainText("Aquarelle");
  await expect(ui.chip(/^3:2/)).toBeChecked();
  await expect(ui.jobCards.first()).toContainText("Un héron au barrage");
});

test("a panel without a script says nothing that is not so any more", OTHER_DIAGONAL, async ({ page, ui, person, js }) => {
  await signIn(page, person);
  if (js) await ui.hydrated();
  await expect(ui.opener("look")).toHaveText(/Look\s+As described/);
  await ui.choose("Paper cut");
  const value = ui.opener("look").locator(".pop-value");
  if (js) await expect(value).toHaveText("Paper cut");
  else await expect(value).toBeHidden();
});

