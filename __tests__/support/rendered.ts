import { marked } from 'marked';

/** Markdown as another program than the action's renders it. */
export function rendered(markdown: string): string {
  return marked.parse(markdown, { async: false, gfm: true });
}

/** The tags of HTML as they are written. */
export function tagsIn(html: string): readonly string[] {
  return html.match(/<[^>]*>/g) ?? [];
}

/** Where its links lead. */
export function hrefsIn(html: string): readonly string[] {
  return Array.from(html.matchAll(/<a href="([^"]*)"/g), ([, href = '']) => href);
}

/** What stands in no code, with a blank for each piece of it. */
export function withoutCode(html: string): string {
  return html.replace(/<pre\b[^]*?<\/pre>/g, ' ').replace(/<code\b[^]*?<\/code>/g, ' ');
}
