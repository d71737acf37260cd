import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';

import GithubSlugger from 'github-slugger';
import { lexer, type Token, walkTokens } from 'marked';

/** The links and the anchors of a page. */
interface Page {
  readonly links: readonly string[];
  readonly anchors: ReadonlySet<string>;
}

/**
 * Finds links in Markdown pages to files and headings of the project that do not exist, each as "page: link". Does not
 * check other addresses, which would need the network.
 *
 * @param root the folder of the project
 * @param names the paths of the pages in it
 */
export function brokenLinks(root: string, names: readonly string[]): readonly string[] {
  const read = new Map<string, Page>();
  const pageAt = (name: string): Page => {
    const page = read.get(name) ?? pageOf(readFileSync(join(root, name), 'utf8'));
    read.set(name, page);
    return page;
  };
  const hasTarget = (from: string, link: string): boolean => {
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? from : posix.normalize(join(dirname(from), path).replaceAll('\\', '/'));
    if (target.startsWith('..') || !existsSync(join(root, target))) return false;
    return anchor === undefined || !target.endsWith('.md') || pageAt(target).anchors.has(anchor);
  };
  return names.flatMap((name) =>
    pageAt(name)
      .links.filter((link) => !/^[a-z][a-z0-9+.-]*:/i.test(link) && !hasTarget(name, link))
      .map((link) => `${name}: ${link} is broken`),
  );
}

function pageOf(text: string): Page {
  const links: string[] = [];
  const anchors = new Set<string>();
  const slugs = new GithubSlugger();
  void walkTokens(lexer(text), (token) => {
    if (token.type === 'heading') anchors.add(slugs.slug(plain(token)));
    else if (token.type === 'html') links.push(...linksInHtml(token.raw));
    else if ((token.type === 'link' || token.type === 'image') && 'href' in token)
      links.push(String(token.href));
  });
  return { links, anchors };
}

/** Returns the text of a token without markup. */
function plain(token: Token): string {
  const parts = 'tokens' in token ? token.tokens : undefined;
  if (parts !== undefined) return parts.map(plain).join('');
  return 'text' in token ? String(token.text) : '';
}

function linksInHtml(html: string): readonly string[] {
  return [...html.matchAll(/\s(?:src|srcset|href)="([^"]*)"/g)].map(([, link = '']) => link);
}
