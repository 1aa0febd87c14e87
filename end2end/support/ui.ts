// Every name and selector the specs rely on, in one place: when the interface
// is renamed, this file changes and the specs do not.

import { expect, type Locator, type Page } from "@playwright/test";

/** What a language calls things. Regular expressions where the wording may grow. */
export interface Words {
  /** Before every path of this language. */
  prefix: string;
  gallery: string;
  create: string;
  library: string;
  signIn: string;
  signOut: string;
  prompt: RegExp;
  model: RegExp;
  generate: RegExp;
  oldEnough: RegExp;
  publish: RegExp;
  unpublish: RegExp;
  remove: RegExp;
  toTrash: RegExp;
  /** In the trash: unfolds the question whether to delete. */
  openRemove: RegExp;
  download: RegExp;
  retry: RegExp;
  cancel: RegExp;
}

export const EN: Words = {
  prefix: "",
  gallery: "Gallery",
  create: "Create",
  library: "Library",
  signIn: "Sign in",
  signOut: "Sign out",
  prompt: /^Describe your picture/,
  model: /^Model$/,
  generate: /^Generate/,
  oldEnough: /I am at least 13/,
  publish: /^Publish$/,
  unpublish: /^Unpublish$/,
  remove: /^Delete$/,
  toTrash: /^Move to trash$/,
  openRemove: /^Delete now/,
  download: /^Download original/,
  retry: /^Try again/,
  cancel: /^Cancel/,
};

export const FR: Words = {
  prefix: "/fr",
  gallery: "Galerie",
  create: "Créer",
  library: "Bibliothèque",
  signIn: "Se connecter",
  signOut: "Se déconnecter",
  prompt: /^Décrivez votre image/,
  model: /^Modèle$/,
  generate: /^Générer/,
  oldEnough: /J.ai au moins 13/,
  publish: /^Publier$/,
  unpublish: /^Retirer de la galerie/,
  remove: /^Supprimer$/,
  toTrash: /^Mettre à la corbeille$/,
  openRemove: /^Supprimer maintenant/,
  download: /^Télécharger l.original/,
  retry: /^Réessayer/,
  cancel: /^Annuler/,
};

/** Set on <html> once the interactive page has taken over; see `awake`. */
const HYDRATED = "html[data-hydrated]";
/** And once the pieces have, too, that wake after the page; see `hydrated`. */
const ALL_AWAKE = `${HYDRATED}:not(:has(.later:not([data-awake])))`;

/** The pages of the site, as a person (and a screen reader) finds their way. */
export class Ui {
  constructor(
    readonly page: Page,
    readonly words: Words = EN,
  ) {}

  /** An address in this language: path("/create") is /fr/create in French. */
  path(path: string): string {
    return this.words.prefix + path;
  }

  async open(path: string): Promise<void> {
    await this.page.goto(this.path(path));
  }

  /** Waits until the page's WebAssembly has taken over. Only where JavaScript is on. */
  async awake(): Promise<void> {
    await this.page.locator(HYDRATED).waitFor({ state: "attached", timeout: 30_000 });
  }

  /** Waits for the pieces of the page, too, that wake after it. */
  async hydrated(): Promise<void> {
    await this.page.locator(ALL_AWAKE).waitFor({ state: "attached", timeout: 30_000 });
  }

  // Everywhere
  navLink(name: string): Locator {
    return this.page.getByRole("navigation").getByRole("link", { name, exact: true }).first();
  }
  get heading(): Locator {
    return this.page.getByRole("heading", { level: 1 });
  }
  /** Who is signed in: the name that the account's menu opens from. */
  get account(): Locator {
    return this.page.locator(".account > summary");
  }
  async signOut(): Promise<void> {
    await this.account.click();
    await this.page.getByRole("button", { name: this.words.signOut, exact: true }).click();
    await expect(this.account).toHaveCount(0);
  }
  /** What went wrong with the last thing the person did. */
  get alert(): Locator {
    return this.page.getByRole("alert");
  }

  // The sign-in page, which explains before it leads to the provider
  get proceedToProvider(): Locator {
    return this.page.getByRole("main").getByRole("link", { name: /^(Continue|Continuer)$/ });
  }

  // The home page
  get begin(): Locator {
    return this.page.getByRole("main").getByText(/^(Make a picture|Créer une image)$/);
  }

  // The composer
  get prompt(): Locator {
    return this.page.getByRole("textbox", { name: this.words.prompt });
  }
  /** The composer's bar. */
  get bar(): Locator {
    return this.page.locator(".composer");
  }
  /** One of several of which one holds, behind a chip of the bar: there, if not in sight. */
  chip(name: string | RegExp): Locator {
    return this.page.getByRole("radio", { name, includeHidden: true });
  }
  /** The chip of the bar that opens a panel: look, size, quality, count, model, more, references. */
  opener(panel: string): Locator {
    return this.page.locator(`#pop-${panel}-chip`);
  }
  /** Opens a panel of the bar. */
  async unfold(panel: string): Promise<void> {
    const open = await this.page.locator(`#pop-${panel}`).getAttribute("open");
    if (open === null) await this.opener(panel).click();
  }
  /** Opens the panel that has this choice, and chooses it. */
  async choose(name: string | RegExp): Promise<void> {
    const panel = this.page.locator("details.pop").filter({ has: this.chip(name) });
    await this.unfold(((await panel.getAttribute("id")) ?? "").replace("pop-", ""));
    await this.chip(name).check();
  }
  get model(): Locator {
    return this.page.getByLabel(this.words.model);
  }
  get oldEnough(): Locator {
    return this.page.getByRole("checkbox", { name: this.words.oldEnough });
  }
  get generate(): Locator {
    return this.page.getByRole("button", { name: this.words.generate });
  }

  /** The jobs under way and recent, below the composer. */
  get jobCards(): Locator {
    return this.page.getByRole("main").getByRole("article");
  }
  /** The addresses of their pages. */
  async jobLinks(): Promise<string[]> {
    const links = this.jobCards.locator('a[href*="/jobs/"]');
    return links.evaluateAll((all) => all.map((link) => link.getAttribute("href") ?? ""));
  }
  /** What is said of a job that ended meanwhile. */
  get toast(): Locator {
    return this.page.locator(".toast");
  }

  // A job
  get jobState(): Locator {
    return this.page.getByRole("main").getByRole("status").first();
  }
  get jobPictures(): Locator {
    return this.pictures;
  }
  get retry(): Locator {
    return this.page.getByRole("button", { name: this.words.retry });
  }
  get cancel(): Locator {
    return this.page.getByRole("button", { name: this.words.cancel });
  }

  // Pictures in a grid (job, library, gallery): links to their pages
  get pictures(): Locator {
    return this.page.getByRole("main").locator('a[href*="/i/"]');
  }
  picture(id: string): Locator {
    return this.page.getByRole("main").locator(`a[href$="/i/${id}"]`).first();
  }

  // A picture's page
  get publish(): Locator {
    return this.page.getByRole("button", { name: this.words.publish });
  }
  get unpublish(): Locator {
    return this.page.getByRole("button", { name: this.words.unpublish });
  }
  get toTrash(): Locator {
    return this.page.getByRole("button", { name: this.words.toTrash });
  }
  /** The question comes first: deleting cannot be undone. */
  get openRemove(): Locator {
    return this.page.locator("summary").filter({ hasText: this.words.openRemove });
  }
  get remove(): Locator {
    return this.page.getByRole("button", { name: this.words.remove });
  }
  get download(): Locator {
    return this.page.getByRole("link", { name: this.words.download });
  }
  get mainPicture(): Locator {
    return this.page.getByRole("main").locator("img").first();
  }
}

/** The demo provider's page, where somebody chooses who to be. */
export class DemoProvider {
  constructor(readonly page: Page) {}

  person(name: string): Locator {
    return this.page.getByRole("button", { name });
  }
  get anotherName(): Locator {
    return this.page.getByLabel(/^(Another name|Un autre nom)/);
  }
  get go(): Locator {
    return this.page.getByRole("button", { name: /^(Continue|Continuer)$/ });
  }
}

/** The identifier at the end of /i/{id} or /jobs/{id}. */
export function idOf(address: string): string {
  const id = new URL(address, "http://here").pathname.split("/").at(-1);
  if (!id) throw new Error(`no identifier in ${address}`);
  return id;
}
