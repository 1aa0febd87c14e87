// The gateway in front of a database that fails when it is told to, and the
// entrance of the containers, for gateway.test.mjs.

import gateway, { Gateway } from "../gateway.mjs";

export { Gateway };

export default {
  async fetch(request, env, context) {
    const url = new URL(request.url);
    if (url.pathname.startsWith("/intercepted/")) {
      const inside = new URL(url.pathname.slice("/intercepted".length), "http://d1.imgc.internal");
      return context.exports.Gateway({}).fetch(new Request(inside, request));
    }
    const says = request.headers.get("test-d1-says");
    const unset = request.headers.has("test-no-secret");
    return gateway.fetch(request, {
      DB: says === null ? env.DB : failing(says),
      GATEWAY_SECRET: unset ? undefined : env.GATEWAY_SECRET,
      GATEWAY_SECRET_NEXT: unset ? "" : env.GATEWAY_SECRET_NEXT,
    });
  },
};

function failing(message) {
  const fails = async () => {
    throw new Error(message);
  };
  const statement = { bind: () => statement, all: fails };
  const session = { prepare: () => statement, batch: fails, getBookmark: () => null };
  return { ...session, withSession: () => session };
}
