/** The text of a Markdown page that people read from end to end: no code blocks, tables, HTML and addresses of links. */
export function proseOf(markdown: string): string {
  return markdown
    .replaceAll(/^ *```.*?^ *```$/gms, '')
    .replaceAll(/^ *\|.*$/gm, '')
    .replaceAll(/<!--.*?-->|<\/?[a-z]+(?:\s[^>]*)?>/gs, '')
    .replaceAll(/\]\([^)]*\)/g, ']');
}

/** How many words a page has, as {@link proseOf} sees it. */
export function wordsOf(markdown: string): number {
  return proseOf(markdown).match(/[\p{L}\p{N}]\S*/gu)?.length ?? 0;
}
