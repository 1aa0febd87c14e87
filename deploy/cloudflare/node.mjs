// One container, one imgc node: the Durable Object that starts it, hands it the
// database, and passes requests on.

import { DurableObject } from "cloudflare:workers";

/** The database's address inside a container. */
export const DATABASE_HOST = "d1.imgc.internal";
/** The port imgc listens on there. */
const PORT = 3000;
const SIGTERM = 15;
/** How long a container runs without requests. The cron renews it while there
 * is work (`stayAwake`). */
const IDLE_MS = 10 * 60 * 1000;
/** How long a start may take until the node answers, how long one look may take,
 * and the time between two. */
const START_MS = 60_000;
const LOOK_MS = 5_000;
const PAUSE_MS = 250;

export class ImgcNode extends DurableObject {
  /** The start under way, or the one that is done. */
  #ready;

  /** The runtime's handle of the container. The tests put another in its place. */
  get container() {
    return this.ctx.container;
  }

  async fetch(request) {
    await this.#awake();
    return this.#port().fetch(plain(request));
  }

  /** Starts the container if it sleeps, and waits until it answers. */
  async wake() {
    await this.#awake();
  }

  /** Keeps a running container from falling asleep; false if none runs. */
  async stayAwake() {
    if (!this.container.running) return false;
    await this.container.setInactivityTimeout(IDLE_MS);
    // And a request, so that whatever counts as activity has taken place.
    await this.#looks();
    return true;
  }

  /** Ends a running container as an update would: what is under way may finish. */
  async stop() {
    if (this.container.running) this.container.signal(SIGTERM);
  }

  #port() {
    return this.container.getTcpPort(PORT);
  }

  /** Whoever comes during a start waits for the same one. */
  #awake() {
    if (this.#ready !== undefined && !this.container.running) this.#ready = undefined;
    this.#ready ??= this.#start().catch((error) => {
      this.#ready = undefined;
      throw error;
    });
    return this.#ready;
  }

  async #start() {
    const { container } = this;
    // Before the start, so that the node's first question finds the database;
    // and again for one that runs already, so that it gets this version of the
    // gateway. It holds until the container stops.
    await container.interceptOutboundHttp(DATABASE_HOST, this.ctx.exports.Gateway({}));
    if (!container.running) {
      container.start({ env: settings(this.env), enableInternet: true });
      const name = this.ctx.id.name ?? String(this.ctx.id);
      container.monitor().then(
        () => console.log(JSON.stringify({ node: name, container: "stopped" })),
        (error) => console.error(JSON.stringify({ node: name, container: String(error?.message ?? error) })),
      );
    }
    await container.setInactivityTimeout(IDLE_MS);
    await this.#answers();
  }

  /** Whether the node answers. */
  async #looks() {
    try {
      const options = { redirect: "manual", signal: AbortSignal.timeout(LOOK_MS) };
      const response = await this.#port().fetch("http://imgc/healthz", options);
      await response.body?.cancel();
      return response.status < 500;
    } catch {
      return false;
    }
  }

  /** Waits until the node answers: it may have to fetch its image first. */
  async #answers() {
    const until = Date.now() + START_MS;
    for (;;) {
      if (await this.#looks()) return;
      if (Date.now() > until) throw new Error("the node does not answer");
      await scheduler.wait(PAUSE_MS);
    }
  }
}

/** The request as a container takes it: plain HTTP inside, the host as it was. */
function plain(request) {
  const url = new URL(request.url);
  url.protocol = "http:";
  return new Request(url, request);
}

/** The node's environment: every variable and secret of the Worker that is
 * imgc's, and what follows from where it runs. */
export function settings(env) {
  const own = Object.entries(env).filter(([name, value]) => name.startsWith("IMGC_") && typeof value === "string");
  return { ...Object.fromEntries(own), IMGC_DATABASE_URL: `http://${DATABASE_HOST}` };
}
