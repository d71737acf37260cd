import { marked } from 'marked';

/** Renders Markdown with another library than the action's. */
export function rendered(markdown: string): string {
  return marked.parse(markdown, { async: false, gfm: true });
}

/** Returns the tags of HTML as they are written. */
export function tagsIn(html: string): readonly string[] {
  return html.match(/<[^>]*>/g) ?? [];
}

/** Returns the targets of all links. */
export function hrefsIn(html: string): readonly string[] {
  return Array.from(html.matchAll(/<a href="([^"]*)"/g), ([, href = '']) => href);
}

/** Replaces each piece of code by a blank. */
export function withoutCode(html: string): string {
  return html.replace(/<pre\b[^]*?<\/pre>/g, ' ').replace(/<code\b[^]*?<\/code>/g, ' ');
}
