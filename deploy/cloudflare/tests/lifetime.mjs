// How the stand lives and dies: its folder, its workerd, and its parent.

import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import workerd from "workerd";

const PREFIX = "imgc-stand-";
/** What the databases and objects of a whole run of the tests may take. */
const ROOM = 4 * 1024 ** 3;

/** An empty folder, in memory if there is enough of it. What a stand that was
 * killed left behind is removed. */
export function freshFolder() {
  const base = isRoomy("/dev/shm") ? "/dev/shm" : os.tmpdir();
  for (const name of fs.readdirSync(base)) {
    const pid = Number(new RegExp(`^${PREFIX}(\\d+)$`).exec(name)?.[1]);
    if (pid > 0 && !isAlive(pid)) fs.rmSync(path.join(base, name), { recursive: true, force: true });
  }
  const folder = path.join(base, `${PREFIX}${process.pid}`);
  fs.mkdirSync(folder, { mode: 0o700 });
  return folder;
}

function isRoomy(folder) {
  try {
    const { bavail, bsize } = fs.statfsSync(folder);
    return bavail * bsize > ROOM;
  } catch {
    return false;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** A program that is workerd and is ended by the system when we are, even killed.
 * Undefined where the system has no such thing. */
export function mortalWorkerd(folder) {
  try {
    execFileSync("setpriv", ["--pdeathsig", "KILL", "true"], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  const program = path.join(folder, "workerd");
  fs.writeFileSync(program, `#!/bin/sh\nexec setpriv --pdeathsig KILL '${workerd.default}' "$@"\n`, { mode: 0o700 });
  return program;
}

/** Calls `end` once: when standard input closes, the parent is gone, or a signal asks. */
export function endWithParent(end) {
  let ended = false;
  const once = () => {
    if (ended) return;
    ended = true;
    end();
  };
  // Standard input that is /dev/null closes at once, and means nothing by it.
  const kind = fs.fstatSync(0);
  if (kind.isFIFO() || kind.isSocket()) process.stdin.on("end", once).on("error", once).resume();
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && once(), 500).unref();
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, once);
}
