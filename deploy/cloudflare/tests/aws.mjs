// Requests to S3 as its clients sign them (AWS Signature Version 4).

import { createHash, createHmac } from "node:crypto";
import { ask } from "./workerd.mjs";

const hash = (data) => createHash("sha256").update(data).digest("hex");
const sign = (key, data) => createHmac("sha256", key).update(data).digest();

export class AwsClient {
  #place;

  /** `place` is the `s3` of what the stand hands out. */
  constructor(place) {
    this.#place = place;
  }

  send(method, path, { body = "", headers = {} } = {}) {
    const { endpoint, region, access_key_id, secret_access_key } = this.#place;
    const address = new URL(endpoint + path);
    const time = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
    const day = time.slice(0, 8);
    const signed = { ...headers, host: address.host, "x-amz-content-sha256": hash(body), "x-amz-date": time };
    const names = Object.keys(signed).sort();
    const canonical = [
      method,
      address.pathname,
      "",
      ...names.map((name) => `${name}:${signed[name]}`),
      "",
      names.join(";"),
      signed["x-amz-content-sha256"],
    ].join("\n");
    const scope = `${day}/${region}/s3/aws4_request`;
    const key = ["s3", "aws4_request"].reduce(sign, sign(sign(`AWS4${secret_access_key}`, day), region));
    const signature = sign(key, ["AWS4-HMAC-SHA256", time, scope, hash(canonical)].join("\n")).toString("hex");
    const authorization = `AWS4-HMAC-SHA256 Credential=${access_key_id}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
    return ask(address, { method, headers: { ...signed, authorization }, body });
  }
}
