import type { Token } from 'markdown-it';

import { literal } from './words.ts';

/** Whether an address may become a link. */
export type MayLink = (address: URL) => boolean;

/** Makes a token of its own: where a text is taken apart. */
export type Make = (type: 'text' | 'code_inline' | 'hardbreak', content?: string) => Token;

/** The content of a paragraph, a heading or a cell, of which nothing does anything. */
export function harmless(tokens: readonly Token[], mayLink: MayLink, make: Make): Token[] {
  // First what is taken apart, then the texts: what comes to stand side by side could be a mention together.
  return joined(tokens.flatMap(linkChecker(mayLink, make)), make).flatMap((token) =>
    token.type === 'text' && token.meta?.['isAddress'] !== true
      ? literal(token.content).map(({ type, content }) => make(type, content))
      : [token],
  );
}

/** Takes links apart that are not to be followed, and images and HTML: the address is shown as code, and a title as text. */
function linkChecker(mayLink: MayLink, make: Make): (token: Token) => readonly Token[] {
  /** What is written where a link ends, and whether it stays one. */
  const ends: { readonly stays: boolean; readonly after: readonly Token[] }[] = [];
  /** Whether the text is the address of a link that stays one. */
  let isAddress = false;

  const opened = (token: Token): readonly Token[] => {
    const href = attribute(token, 'href');
    const address = addressOf(href);
    const isBare = token.info === 'auto';
    const title = titleOf(token, make);
    if (address !== undefined && mayLink(address)) {
      token.attrs = [['href', address.href]];
      ends.push({ stays: true, after: title });
      isAddress = isBare;
      return [token];
    }
    const after = isBare ? [] : [make('text', ' '), make('code_inline', href), ...title];
    ends.push({ stays: false, after });
    return [];
  };

  return (token) => {
    switch (token.type) {
      case 'link_open':
        return opened(token);
      case 'link_close': {
        isAddress = false;
        const { stays = true, after = [] } = ends.pop() ?? {};
        return stays ? [token, ...after] : after;
      }
      case 'image': {
        const address = make('code_inline', attribute(token, 'src'));
        return [make('text', `${token.content} `), address, ...titleOf(token, make)];
      }
      case 'html_inline':
        return [/^<br *\/?>$/i.test(token.content) ? make('hardbreak') : make('code_inline', token.content)];
      default:
        if (isAddress) token.meta = { isAddress };
        return [token];
    }
  };
}

/** The title of a link or an image, which pages show only to whoever points at it. */
function titleOf(token: Token, make: Make): readonly Token[] {
  const title = attribute(token, 'title');
  return title.trim() === '' ? [] : [make('text', ` (${title})`)];
}

/** None whose text would be a mention, a reference or part of a formula. */
function addressOf(href: string): URL | undefined {
  return /[@$]|#\d/.test(href) ? undefined : (URL.parse(href) ?? undefined);
}

/** Texts that stand side by side are one. */
function joined(tokens: readonly Token[], make: Make): readonly Token[] {
  const all: Token[] = [];
  for (const token of tokens) {
    const last = all.at(-1);
    if (last?.type === 'text' && token.type === 'text')
      all[all.length - 1] = make('text', last.content + token.content);
    else all.push(token);
  }
  return all;
}

/** An attribute of a token, empty if it has none. */
export function attribute(token: Token, name: string): string {
  return String(token.attrGet(name) ?? '');
}
