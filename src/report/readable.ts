import create, { type MarkdownIt, type Token } from 'markdown-it';

import { codeBlock, singleLine, visible } from '../text/safe.ts';

/** Whether an address may become a link. */
export type MayLink = (address: URL) => boolean;

/** Headings of a text within a page rank below the page's own. */
const RANKS_BELOW = 3;
/** Their blocks are drawn or embedded by GitHub, and so can hide what they say. */
const DRAWN = ['mermaid', 'math', 'geojson', 'topojson', 'stl'];
/**
 * What GitHub makes links, mentions, references to issues and commits, or formulas of. Source:
 * https://docs.github.com/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls
 */
const DOES_SOMETHING = /:\/\/|www\.|@\w|#\d|\bGH-\d|\$|^\W{0,9}(?=\w*\d)[0-9a-f]{7,40}\W{0,9}$/i;

/**
 * Somebody else's Markdown as a block that can stand in a page of Markdown: headings, lists, tables, emphasis and code stay
 * what they are, and nothing of it does anything.
 *
 * The result is HTML in one block: there is no blank line in it, so that a page's Markdown takes it as it is, and it has
 * one way to be literal, which needs no knowledge of all the characters that Markdown gives a meaning to.
 * Source: CommonMark 0.31, section 4.6 (a block of HTML ends at a blank line).
 */
export function readable(markdown: string, mayLink: MayLink): string {
  const content = visible(markdown);
  try {
    const html = `<blockquote>\n${createRenderer(mayLink).render(content)}</blockquote>`;
    return html.replace(/\n\s*\n/g, '\n');
  } catch {
    // Nobody has seen a text that it cannot read; whoever finds one must not take the page away with it.
    return codeBlock(content);
  }
}

function createRenderer(mayLink: MayLink): MarkdownIt {
  const markdown = create({ html: true, linkify: true });
  markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false });
  // Every address is looked at below; one that is refused here would be left as it was written.
  markdown.validateLink = () => true;
  markdown.normalizeLinkText = (address) => address;
  markdown.core.ruler.after('block', 'whole', ({ tokens, src }) => {
    refuseTooDeep(tokens, markdown.options.maxNesting);
    completeRows(tokens, src.split('\n'));
  });
  markdown.core.ruler.disable('strip_references');
  markdown.core.ruler.push('definitions', ({ tokens, src }) => {
    showDefinitions(tokens, src.split('\n'));
  });
  markdown.core.ruler.push('harmless', (state) => {
    const make: Make = (type, content = '') => Object.assign(new state.Token(type, '', 0), { content });
    for (const token of state.tokens) {
      rank(token);
      align(token);
      if (token.children !== null) token.children = harmless(token.children, mayLink, make);
    }
  });
  Object.assign(markdown.renderer.rules, {
    code_inline: rule(({ content }) => code(content)),
    code_block: rule(({ content }) => block(content)),
    html_block: rule(({ content }) => block(content, 'html')),
    fence: rule(({ content, info }) => fence(content, info)),
    reference_definition: rule(({ content, hidden }) => (hidden ? '' : paragraph(content))),
    hardbreak: () => '<br>\n',
  });
  return markdown;
}

function rule(render: (token: Token) => string) {
  return (tokens: Token[], index: number): string => {
    const token = tokens[index];
    return token === undefined ? '' : render(token);
  };
}

function code(content: string): string {
  return `<code>${escaped(singleLine(content, Number.POSITIVE_INFINITY))}</code>`;
}

function block(content: string, language = ''): string {
  const lines = escaped(content.replace(/\n+$/, '')).replaceAll('\n', '&#10;');
  return `<pre${language === '' ? '' : ` lang="${language}"`}><code>${lines}</code></pre>\n`;
}

function paragraph(content: string): string {
  return content === '' ? '' : `<p>${code(content)}</p>\n`;
}

/** The language is no text; whatever else stands beside the fence is. */
function fence(content: string, info: string): string {
  const [, language = '', words = ''] = /^\s*(\S*)\s*(.*?)\s*$/s.exec(info) ?? [];
  if (DRAWN.includes(language.toLowerCase())) return paragraph(words) + block(content);
  return /^[\w+#.-]{1,30}$/.test(language)
    ? paragraph(words) + block(content, language)
    : paragraph(info.trim()) + block(content);
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** The parser leaves out what is nested as deep as it goes: then it has not read the text. */
function refuseTooDeep(tokens: readonly Token[], maxNesting: number): void {
  const isFull = ({ type, level }: Token): boolean =>
    (type === 'blockquote_open' || type === 'list_item_open') && level + 1 >= maxNesting;
  if (tokens.some(isFull)) throw new Error('nested deeper than is read');
}

/** The parser leaves out the cells of a row beyond the columns of the head: they go into the last one. */
function completeRows(tokens: readonly Token[], lines: readonly string[]): void {
  let isBody = false;
  let line = '';
  let cells: Token[] = [];
  for (const token of tokens) {
    if (token.type === 'tbody_open' || token.type === 'tbody_close') isBody = token.type === 'tbody_open';
    if (!isBody) continue;
    if (token.type === 'tr_open') [line, cells] = [lines[token.map?.[0] ?? -1] ?? '', []];
    else if (token.type === 'inline') cells.push(token);
    else if (token.type === 'tr_close') completeRow(cells, line);
  }
}

function completeRow(cells: readonly Token[], line: string): void {
  const last = cells.at(-1);
  if (last !== undefined) last.content = [last.content, ...cellsIn(line).slice(cells.length)].join(' | ');
}

/**
 * The cells in the line of a row. No row begins with the mark of a quotation: what stands before it are the marks of those
 * that the table is in.
 * Source: GitHub Flavored Markdown 0.29, section 4.10 (a vertical bar after a backslash is none between cells).
 */
function cellsIn(line: string): readonly string[] {
  const cells = line
    .replace(/^[\s>]+/, '')
    .trimEnd()
    .split(/(?<!\\)\|/);
  if (cells[0] === '') cells.shift();
  return cells
    .map((cell) => cell.replaceAll('\\|', '|').trim())
    .filter((cell, index) => cell !== '' || index < cells.length - 1);
}

/**
 * The definition of a reference is not shown where it was made. It is here, unless a link goes to its address and it says
 * nothing else.
 */
function showDefinitions(tokens: readonly Token[], lines: readonly string[]): void {
  const inline = tokens.flatMap(({ children }) => children ?? []);
  const used = new Set(inline.flatMap((token) => [attribute(token, 'href'), attribute(token, 'src')]));
  for (const token of tokens) {
    if (token.type !== 'reference_definition') continue;
    const source = lines.slice(...(token.map ?? [0, 0])).join('\n');
    const [, address] = /^[\s>]*\[\d{1,3}\]:\s*(\S+)\s*$/.exec(source) ?? [];
    token.hidden = address !== undefined && used.has(address);
    token.content = source.replace(/^[\s>]+/, '');
  }
}

function rank(token: Token): void {
  if (token.type === 'heading_open' || token.type === 'heading_close') {
    token.tag = `h${Math.min(6, Number(token.tag.slice(1)) + RANKS_BELOW)}`;
  }
}

function attribute(token: Token, name: string): string {
  return String(token.attrGet(name) ?? '');
}

/** GitHub takes no styles. */
function align(token: Token): void {
  const [, side] = /^text-align:(left|right|center)$/.exec(attribute(token, 'style')) ?? [];
  token.attrs = token.attrs?.filter(([name]) => name === 'start') ?? null;
  if (side !== undefined) token.attrPush(['align', side]);
}

/** Makes a token of its own: where a text is taken apart. */
type Make = (type: 'text' | 'code_inline' | 'hardbreak', content?: string) => Token;

/** The content of a paragraph, a heading or a cell, of which nothing does anything. */
function harmless(tokens: readonly Token[], mayLink: MayLink, make: Make): Token[] {
  // First what is taken apart, then the texts: what comes to stand side by side could be a mention together.
  return joined(tokens.flatMap(linkChecker(mayLink, make)), make).flatMap((token) =>
    token.type === 'text' && token.meta?.['isAddress'] !== true ? literal(token.content, make) : [token],
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

/** A text whose words do nothing: those that would are code. */
function literal(text: string, make: Make): readonly Token[] {
  const words = visible(text).split(/(\s+)/);
  return words.flatMap((word) => {
    if (!DOES_SOMETHING.test(word)) return [make('text', word)];
    const [, before = '', middle = word, after = ''] =
      /^([("'[{]{0,9})(.*?)([)\]}"'.,;:!?]{0,9})$/s.exec(word) ?? [];
    return [make('text', before), make('code_inline', middle), make('text', after)];
  });
}
