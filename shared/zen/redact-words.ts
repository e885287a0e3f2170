// Splits a command into words as a shell does, as far as redaction asks. Pure; no other room.

export type Span = { start: number; end: number };

/** A word, and what stands within its quotes, `$(…)` and backquotes, which may be a command of its own. */
export type Word = Span & { inner: Span[] };

/** How long the end of a line is that goes on in the next one, a backslash before it; 0 where there is none. */
export function continuation(text: string, at: number): number {
  if (text[at] !== "\\") return 0;
  if (text[at + 1] === "\n") return 2;
  return text[at + 1] === "\r" && text[at + 2] === "\n" ? 3 : 0;
}

/** How much at a place separates words; the three colons of an old guardian file do too. */
function blank(line: string, at: number): number {
  if (line.startsWith(":::", at)) return 3;
  return /\s/.test(line[at] ?? "") ? 1 : continuation(line, at);
}

/** What would close that which opens at a place; "" where nothing does. `inside`: the closer of what is open. */
function closerOf(line: string, at: number, inside: string): string {
  const character = line[at] ?? "";
  if (inside === "'") return "";
  if (character === "`" || (character === "$" && line[at + 1] === "(")) return character === "`" ? "`" : ")";
  if (inside === '"') return "";
  if (character === '"' || character === "'") return character;
  return character === "(" && inside === ")" ? ")" : "";
}

/** Takes one step within a word. `open` are the closers of all that is open. Returns the length of the step. */
function step(line: string, at: number, open: string[], word: Word): number {
  const inside = open.at(-1) ?? "";
  const character = line[at] ?? "";
  if (character === "\\" && inside !== "'") return 2;
  if (character === inside) {
    open.pop();
    const last = word.inner.at(-1);
    if (open.length === 0 && last) last.end = at;
    return 1;
  }
  const closer = closerOf(line, at, inside);
  if (closer === "") return 1;
  const length = character === "$" ? 2 : 1;
  if (open.length === 0) word.inner.push({ start: at + length, end: line.length });
  open.push(closer);
  return length;
}

/** The words of a line, in one pass. What is never closed goes to the line's end. */
export function wordsOf(line: string): Word[] {
  const words: Word[] = [];
  const open: string[] = [];
  let word: Word | null = null;
  for (let at = 0; at < line.length; ) {
    const skipped = open.length === 0 ? blank(line, at) : 0;
    if (skipped > 0) {
      if (word) word.end = at;
      word = null;
      at += skipped;
      continue;
    }
    if (!word) {
      word = { start: at, end: line.length, inner: [] };
      words.push(word);
    }
    at += step(line, at, open, word);
  }
  return words;
}
