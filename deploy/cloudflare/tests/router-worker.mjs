// The router, and nodes whose containers are HTTP servers of router.test.mjs.

import router, { Gateway, ImgcNode } from "../router.mjs";

export { Gateway };

export default {
  async fetch(request, env, context) {
    const [, door, name, action] = new URL(request.url).pathname.split("/");
    if (request.headers.has("test-closed")) return router.fetch(request, { ...env, MAINTENANCE: "on" }, context);
    if (door === "test" && name === "cron")
      return Response.json((await router.scheduled({}, { ...env, MAINTENANCE: action })) ?? null);
    if (door !== "test") return router.fetch(request, env, context);
    return Response.json((await env.NODES.getByName(name)[action]()) ?? null);
  },
  scheduled: router.scheduled,
};

/** A node with a container of cardboard. */
export class TestNode extends ImgcNode {
  #container = new Cardboard(this.env[this.ctx.id.name]);

  get container() {
    return this.#container;
  }

  /** What the runtime was asked for. */
  report() {
    const { running, asked } = this.#container;
    return { running, asked };
  }

  /** The container ends, as after a crash. */
  crash() {
    this.#container.running = false;
  }

  /** What the container hears from the database's address. */
  async hello() {
    const headers = { "imgc-protocol": "1" };
    const answer = await this.#container.intercepts["d1.imgc.internal"].fetch("http://d1.imgc.internal/v1/hello", {
      headers,
    });
    return { status: answer.status, ...(await answer.json()) };
  }
}

class Cardboard {
  running = false;
  asked = [];
  intercepts = {};
  #server;

  constructor(server) {
    this.#server = server;
  }

  start(options) {
    if (this.running) throw new Error("it runs already");
    if (this.#server === undefined) throw new Error("there is no container instance that can be provided");
    this.running = true;
    this.asked.push(["start", options]);
  }

  async interceptOutboundHttp(host, fetcher) {
    this.intercepts[host] = fetcher;
    this.asked.push(["intercept", host]);
  }

  async setInactivityTimeout(ms) {
    this.asked.push(["idle", ms]);
  }

  signal(number) {
    this.asked.push(["signal", number]);
    this.running = false;
  }

  monitor() {
    return new Promise(() => {});
  }

  getTcpPort(port) {
    if (!this.running) throw new Error("the container is not running");
    this.asked.push(["port", port]);
    return this.#server;
  }
}
