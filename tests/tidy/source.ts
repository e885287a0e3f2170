// TypeScript as text with places: what is code, what is a comment, what a string. No parser: TypeScript 7 has none to call.

/** All of the same length and lines as the text, so that a place in one is the same place in the others. */
export type Source = {
  file: string;
  text: string;
  /** Without comments. */
  bare: string;
  /** Without comments and without what strings, templates and regular expressions hold. */
  code: string;
};

export function sourceOf(file: string, text: string): Source {
  const bare = text.split("");
  const code = text.split("");
  const blank = (list: string[], from: number, to: number): void => {
    for (let at = from; at < to; at += 1) if (text[at] !== "\n") list[at] = " ";
  };
  /** Depth of braces at which each open template goes on. */
  const templates: number[] = [];
  let depth = 0;
  let at = 0;
  const skipTemplate = (from: number): number => {
    for (let end = from; end < text.length; end += 1) {
      if (text[end] === "\\") end += 1;
      else if (text[end] === "`") return end;
      else if (text[end] === "$" && text[end + 1] === "{") return end + 1;
    }
    return text.length;
  };
  while (at < text.length) {
    const two = text.slice(at, at + 2);
    const one = text[at] ?? "";
    if (two === "//" || two === "/*") {
      const end = two === "//" ? indexOr(text, "\n", at) : indexOr(text, "*/", at + 2) + 2;
      blank(bare, at, Math.min(end, text.length));
      blank(code, at, Math.min(end, text.length));
      at = end;
    } else if (one === '"' || one === "'") {
      const end = endOfQuoted(text, at, one);
      blank(code, at + 1, end);
      at = end + 1;
    } else if (one === "`" || (one === "}" && templates.at(-1) === depth)) {
      if (one === "}") templates.pop();
      const end = skipTemplate(at + 1);
      blank(code, at + 1, text[end] === "{" ? end - 1 : end);
      if (text[end] === "{") templates.push(depth);
      at = end + 1;
    } else if (one === "/" && startsPattern(code, at)) {
      const end = endOfPattern(text, at);
      blank(code, at + 1, end);
      at = end + 1;
    } else {
      if (one === "{") depth += 1;
      if (one === "}") depth -= 1;
      at += 1;
    }
  }
  return { file, text, bare: bare.join(""), code: code.join("") };
}

/** 1-based. */
export function lineOf({ text }: Source, at: number): number {
  return text.slice(0, at).split("\n").length;
}

/** Where the bracket that opens at `at` closes, in text without strings; the end where it never does. */
export function closing(code: string, at: number): number {
  let depth = 0;
  for (let end = at; end < code.length; end += 1) {
    if ("([{".includes(code[end] ?? " ")) depth += 1;
    if (")]}".includes(code[end] ?? " ")) depth -= 1;
    if (depth === 0) return end;
  }
  return code.length;
}

function indexOr(text: string, what: string, from: number): number {
  const found = text.indexOf(what, from);
  return found < 0 ? text.length : found;
}

function endOfQuoted(text: string, from: number, quote: string): number {
  for (let end = from + 1; end < text.length; end += 1) {
    if (text[end] === "\\") end += 1;
    else if (text[end] === quote || text[end] === "\n") return end;
  }
  return text.length;
}

/** A slash divides after a value; after an operator, an opening bracket or a keyword it begins a pattern. */
function startsPattern(code: readonly string[], at: number): boolean {
  const before = code
    .slice(Math.max(0, at - 60), at)
    .join("")
    .trimEnd();
  return before === "" || /[(,=:[!&|?{};+\-*%~^<>]$/.test(before) || /\b(return|typeof|case|of|in|await)$/.test(before);
}

function endOfPattern(text: string, from: number): number {
  let inClass = false;
  for (let end = from + 1; end < text.length; end += 1) {
    const one = text[end];
    if (one === "\\") end += 1;
    else if (one === "[") inClass = true;
    else if (one === "]") inClass = false;
    else if ((one === "/" && !inClass) || one === "\n") return end;
  }
  return text.length;
}
