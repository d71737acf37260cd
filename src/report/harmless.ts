import type { Token } from 'markdown-it';

import { inertPiecesOf } from '../text/safe.ts';

/** Whether an address may become a link. */
export type MayLink = (address: URL) => boolean;

/** Makes a token of Markdown. */
export type Make = (type: 'text' | 'code_inline' | 'hardbreak', content?: string) => Token;

/** Makes the content of a paragraph, a heading or a cell inert: no mentions, references, formulas, images, HTML, other links. */
export function makeHarmless(tokens: readonly Token[], mayLink: MayLink, make: Make): Token[] {
  // Links and images are replaced first, then adjacent texts are joined and checked: together they could form a mention.
  return joinTexts(tokens.flatMap(createTokenFilter(mayLink, make)), make).flatMap((token) =>
    token.type === 'text' && token.meta?.['isAddress'] !== true
      ? inertPiecesOf(token.content).map(({ type, content }) => make(type, content))
      : [token],
  );
}

/**
 * Returns a function that replaces HTML by code, and images and links that are not allowed by their text and, as code, their
 * address. Titles are removed.
 */
function createTokenFilter(mayLink: MayLink, make: Make): (token: Token) => readonly Token[] {
  /** For each open link, the tokens to put in place of its end; `undefined` if the link stays. */
  const ends: (readonly Token[] | undefined)[] = [];
  /** Whether the current text is the bare address of a link that stays a link. */
  let isAddress = false;

  const openLink = (token: Token): readonly Token[] => {
    const href = attribute(token, 'href');
    const address = addressOf(href);
    // The parser's word for an address that was written without a text.
    const isBare = token.info === 'auto';
    if (address === undefined || !mayLink(address)) {
      ends.push(isBare ? [] : [make('text', ' '), make('code_inline', href)]);
      return [];
    }
    token.attrs = [['href', address.href]];
    ends.push(undefined);
    isAddress = isBare;
    return [token];
  };

  return (token) => {
    switch (token.type) {
      case 'link_open':
        return openLink(token);
      case 'link_close':
        isAddress = false;
        return ends.pop() ?? [token];
      case 'image':
        return [make('text', `${token.content} `), make('code_inline', attribute(token, 'src'))];
      case 'html_inline':
        return [/^<br *\/?>$/i.test(token.content) ? make('hardbreak') : make('code_inline', token.content)];
      default:
        if (isAddress) token.meta = { isAddress };
        return [token];
    }
  };
}

/** Parses an address; `undefined` if it is invalid, or if its text would be a mention, a reference or part of a formula. */
function addressOf(href: string): URL | undefined {
  return /[@$]|#\d/.test(href) ? undefined : (URL.parse(href) ?? undefined);
}

/** Joins texts that follow each other. */
function joinTexts(tokens: readonly Token[], make: Make): readonly Token[] {
  const all: Token[] = [];
  for (const token of tokens) {
    const last = all.at(-1);
    if (last?.type === 'text' && token.type === 'text')
      all[all.length - 1] = make('text', last.content + token.content);
    else all.push(token);
  }
  return all;
}

function attribute(token: Token, name: string): string {
  return String(token.attrGet(name) ?? '');
}
