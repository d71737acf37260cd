import { stripInvisible } from './safe.ts';

/**
 * Matches an HTML comment: from `<!--` to the next `-->`. Without `-->` it extends to the end of the text, as on the page, and group 1 is
 * empty. `<!-->` and `<!--->` are complete comments. Source: CommonMark 0.31, sections 4.6 and 6.6.
 */
const COMMENT = /<!--(?:-?>|[\s\S]*?(-->|$))/g;
const UNCLOSED = '[The rest is an HTML comment without an end.]';

/** Removes what the page on GitHub does not show: invisible characters and HTML comments, even in code. */
export function withoutHidden(text: string): string {
  // With nothing in its place, the text around a comment could form another one.
  return stripInvisible(text)
    .replace(COMMENT, (_comment, end?: string) => (end === '' ? UNCLOSED : ' '))
    .trimEnd();
}
