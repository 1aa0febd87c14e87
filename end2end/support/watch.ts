// The watchman: fails a test on whatever a person would only see in the
// developer tools. A refused policy, a script's error, a request to somebody
// else.

import type { BrowserContext } from "@playwright/test";
import { DEMO } from "./server";

export class Watch {
  readonly #complaints: string[] = [];
  readonly #origins: Set<string>;
  readonly #allowed: RegExp[] = [];
  /** Every address that was asked for, in order. */
  readonly requests: string[] = [];

  constructor(site: string) {
    this.#origins = new Set([new URL(site).origin]);
  }

  /** Watches every page of a context, those opened later included. */
  over(context: BrowserContext): void {
    context.on("request", (request) => {
      const url = new URL(request.url());
      this.requests.push(request.url());
      if (!url.protocol.startsWith("http")) return;
      if (!this.#origins.has(url.origin)) this.#complaints.push(`request to another origin: ${request.url()}`);
    });
    // Chromium reports violations of the content security policy here too,
    // with JavaScript off as well.
    context.on("console", (message) => {
      if (message.type() !== "error") return;
      const text = `${message.text()} (${message.location().url})`;
      // Tests share one gallery: another one may take a picture back between
      // this page and its pictures, which are then gone at once, as they must be.
      if (/status of 404.*\/media\//.test(text)) return;
      this.#complaints.push(`console: ${text}`);
    });
    context.on("weberror", (error) => this.#complaints.push(`page error: ${error.error().message}`));
  }

  /** Lets one kind of complaint pass, where the test causes it on purpose. */
  allow(complaint: RegExp): void {
    this.#allowed.push(complaint);
  }

  /** Allows requests to another origin while `work` goes on: signing in is a visit to the provider. */
  async visiting<T>(work: () => Promise<T>, origin: string = DEMO): Promise<T> {
    this.#origins.add(origin);
    try {
      return await work();
    } finally {
      this.#origins.delete(origin);
    }
  }

  /** Throws if there was anything to complain about. */
  verdict(): void {
    const complaints = this.#complaints.filter((c) => !this.#allowed.some((pattern) => pattern.test(c)));
    if (complaints.length > 0) throw new Error(`The page is not clean:\n  ${complaints.join("\n  ")}`);
  }
}
