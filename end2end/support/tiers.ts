// Where a test runs. `make test` runs it in the projects named beside it, those
// where it can fail in a way of its own; `make test-all` runs it in the others, but
// for those where it could only find once more what is found elsewhere.
//
// The sets are chosen so that `make test` walks each road in one language with
// scripts and in the other without, on a large screen and on a small one;
// `make test-all` walks the rest.

export const PROJECTS = ["desktop-js", "desktop-nojs", "phone-js", "phone-nojs"] as const;
export type Project = (typeof PROJECTS)[number];

const where = (...projects: Project[]) => ({ tag: projects.map((project) => `@${project}`) });
/** The same, and where it says nothing new. */
const whereButNever = (projects: Project[], never: Project[]) => ({
  tag: [...where(...projects).tag, ...never.map((project) => `@not-${project}`)],
});

/** Scripts decide, or nothing does: one screen with them is enough, and without them one. */
export const WITH_SCRIPTS = whereButNever(["desktop-js"], ["desktop-nojs"]);
/** The same road with another word in it: one of its like is walked for each change. */
export const ONE_OF_MANY = { tag: ["@one-of-many"] };
/** The server alone decides: no script, the quickest of all, and once with all that could be in the way. */
export const SERVER_ALONE = whereButNever(["desktop-nojs"], ["desktop-js", "phone-nojs"]);
/** Scripts and a finger, or a narrow screen. */
export const PHONE_WITH_SCRIPTS = where("phone-js");
/** A road, walked with scripts on a desktop… */
export const DIAGONAL = WITH_SCRIPTS;
/** …and that road in the other language, walked without them on a phone. */
export const OTHER_DIAGONAL = where("phone-nojs");
/** A keyboard, with scripts and without. */
export const DESKTOP = where("desktop-js", "desktop-nojs");
/** What only scripts do, and a screen's size or a finger may break. */
export const BOTH_SCREENS_WITH_SCRIPTS = where("desktop-js", "phone-js");

/** What of a project's tests this run wants, by E2E_TIER: `change`, `rest`, or all of them. */
export function tierOf(project: Project): { grep?: RegExp; grepInvert?: RegExp } {
  // The end of a word: "@phone-js" is no part of another tag today, and must not become one.
  const named = new RegExp(`@${project}(?![\\w-])`);
  switch (process.env.E2E_TIER || "all") {
    case "change":
      return { grep: named };
    case "rest":
      return { grepInvert: new RegExp(`@(?:not-)?${project}(?![\\w-])`) };
    case "all":
      return {};
    default:
      throw new Error(`E2E_TIER is change, rest or all, not ${process.env.E2E_TIER}`);
  }
}
