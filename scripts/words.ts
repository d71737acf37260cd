/** Removes code blocks, tables, HTML and the addresses of links from a Markdown page. */
function proseOf(markdown: string): string {
  return markdown
    .replaceAll(/^ *```.*?^ *```$/gms, '')
    .replaceAll(/^ *\|.*$/gm, '')
    .replaceAll(/<!--.*?-->|<\/?[a-z]+(?:\s[^>]*)?>/gs, '')
    .replaceAll(/\]\([^)]*\)/g, ']');
}

/** Counts the words of a Markdown page without its code blocks, tables, HTML and addresses of links. */
export function wordsOf(markdown: string): number {
  return proseOf(markdown).match(/[^\s\p{L}\p{N}]*[\p{L}\p{N}]\S*/gu)?.length ?? 0;
}
