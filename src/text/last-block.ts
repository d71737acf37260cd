const FENCE = /^ {0,3}(`{3,}|~{3,})(.*)$/s;

/** A code block of Markdown: what it contains, and the text around it. */
interface Block {
  readonly content: string;
  readonly before: string;
  readonly after: string;
}

/**
 * Returns the last closed code block; `undefined` if there is none. The closing fence is at least as long as the opening one, and has nothing
 * after it. Source: CommonMark 0.31, section 4.5.
 */
export function lastBlockIn(markdown: string): Block | undefined {
  const lines = markdown.split(/\r?\n/);
  const textOf = (from: number, to?: number): string => lines.slice(from, to).join('\n');
  let block: readonly [open: number, close: number] | undefined;
  let open: { readonly fence: string; readonly at: number } | undefined;
  for (const [at, line] of lines.entries()) {
    const [, fence, rest = ''] = FENCE.exec(line) ?? [];
    if (fence === undefined) continue;
    if (open === undefined) open = { fence, at };
    else if (fence.startsWith(open.fence) && rest.trim() === '') {
      block = [open.at, at];
      open = undefined;
    }
  }
  if (block === undefined) return undefined;
  const [from, to] = block;
  return { content: textOf(from + 1, to), before: textOf(0, from), after: textOf(to + 1) };
}
