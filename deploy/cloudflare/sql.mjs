// Just enough of SQL to know whether a text can only read.

const WORD = /[a-z_]/i;

/** The words and signs of a text that stand outside of brackets; strings, quoted
 * names and comments left out. */
function* outerWords(sql) {
  let depth = 0;
  for (let at = 0; at < sql.length;) {
    const char = sql[at];
    if (char === "-" && sql[at + 1] === "-") {
      at = past(sql, "\n", at);
    } else if (char === "/" && sql[at + 1] === "*") {
      at = past(sql, "*/", at + 2);
    } else if (char === "'" || char === '"' || char === "`") {
      // A doubled quote inside is the end of one and the beginning of the next.
      at = past(sql, char, at + 1);
      if (depth === 0) yield "''";
    } else if (char === "[") {
      at = past(sql, "]", at + 1);
      if (depth === 0) yield "''";
    } else if (char === "(") {
      depth += 1;
      at += 1;
    } else if (char === ")") {
      depth -= 1;
      at += 1;
    } else if (WORD.test(char)) {
      const word = /^\w+/.exec(sql.slice(at, at + 64))[0];
      at += word.length;
      if (depth === 0) yield word.toUpperCase();
    } else {
      if (char === ";") yield ";";
      at += 1;
    }
  }
}

function past(sql, end, from) {
  const found = sql.indexOf(end, from);
  return found < 0 ? sql.length : found + end.length;
}

/** Whether a text is one SELECT (with its WITH), or explains one statement. */
export function onlyReads(sql) {
  const words = [...outerWords(sql)];
  while (words.at(-1) === ";") words.pop();
  if (words.includes(";")) return false;
  switch (words[0]) {
    case "EXPLAIN":
    case "SELECT":
      return true;
    case "WITH":
      return words.find((word) => ["SELECT", "INSERT", "REPLACE", "UPDATE", "DELETE"].includes(word)) === "SELECT";
    default:
      return false;
  }
}
