import create, { type MarkdownIt, type Token } from 'markdown-it';

import { codeBlock, singleLine, stripInvisible } from '../text/safe.ts';
import { type Make, makeHarmless, type MayLink } from './harmless.ts';

/** The highest level for headings of an answer: the page's own heading is one level above. */
const HIGHEST_HEADING_LEVEL = 4;
/** Languages whose code blocks GitHub renders as something else: drawings, which could hide text, and changes to accept. */
const DRAWN = ['suggestion', 'mermaid', 'math', 'geojson', 'topojson', 'stl'];
const { escapeHtml } = create().utils;

/**
 * Converts untrusted Markdown to an inert block for a Markdown page: headings, lists, tables, emphasis and code keep their
 * formatting, but nothing mentions, references, embeds or executes.
 *
 * The result is one block of HTML without a blank line, which Markdown leaves as it is. In HTML, escaping is enough to make
 * text literal.
 * Source: CommonMark 0.31, section 4.6 (a block of HTML ends at a blank line).
 */
export function renderReadable(markdown: string, mayLink: MayLink): string {
  const content = stripInvisible(markdown);
  try {
    const html = `<div>\n${createRenderer(mayLink).render(content)}</div>`;
    return html.replace(/\n\s*\n/g, '\n');
  } catch {
    // The parser is only known to fail on deep nesting. Such an answer must not cost the whole page.
    return codeBlock(content);
  }
}

/** Returns a renderer of Markdown that makes only inert HTML. */
function createRenderer(mayLink: MayLink): MarkdownIt {
  const markdown = create({ html: true, linkify: true });
  markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false });
  // Addresses are checked below. If one were rejected here, the link's Markdown would remain as text.
  markdown.validateLink = () => true;
  markdown.normalizeLinkText = (address) => address;
  markdown.core.ruler.after('block', 'whole', ({ tokens, src }) => {
    refuseTooDeep(tokens, markdown.options.maxNesting);
    completeRows(tokens, src.split('\n'));
  });
  markdown.core.ruler.push('harmless', (state) => {
    const make: Make = (type, content = '') => Object.assign(new state.Token(type, '', 0), { content });
    lowerHeadings(state.tokens);
    for (const token of state.tokens) {
      // Keeps only the first number of a list.
      token.attrs = token.attrs?.filter(([name]) => name === 'start') ?? null;
      if (token.children !== null) token.children = makeHarmless(token.children, mayLink, make);
    }
  });
  Object.assign(markdown.renderer.rules, {
    code_inline: rule(({ content }) => code(content)),
    code_block: rule(({ content }) => block(content)),
    html_block: rule(({ content }) => block(content, 'html')),
    fence: rule(({ content, info }) => codeFence(content, info)),
    hardbreak: () => '<br>\n',
  });
  return markdown;
}

/** Returns a rule of the renderer for one token, whatever is around it. */
function rule(render: (token: Token) => string) {
  return (tokens: Token[], index: number): string => {
    const token = tokens[index];
    return token === undefined ? '' : render(token);
  };
}

function code(content: string): string {
  return `<code>${escapeHtml(singleLine(content, Number.POSITIVE_INFINITY))}</code>`;
}

function block(content: string, language = ''): string {
  // A blank line would end the block of HTML.
  const lines = escapeHtml(content.replace(/\n$/, '')).replaceAll('\n', '&#10;');
  return `<pre${language === '' ? '' : ` lang="${language}"`}><code>${lines}</code></pre>\n`;
}

function paragraph(content: string): string {
  return content === '' ? '' : `<p>${code(content)}</p>\n`;
}

/** Renders a fenced code block. Text after the opening fence is shown, unless it is a language whose code GitHub shows as code. */
function codeFence(content: string, info: string): string {
  const words = info.trim();
  const isLanguage = /^[\w+#.-]{1,30}$/.test(words) && !DRAWN.includes(words.toLowerCase());
  return isLanguage ? block(content, words) : paragraph(words) + block(content);
}

/** Throws an error if blocks are nested so deep that the parser leaves out their content. */
function refuseTooDeep(tokens: readonly Token[], maxNesting: number): void {
  const isFull = ({ type, level }: Token): boolean =>
    (type === 'blockquote_open' || type === 'list_item_open') && level + 1 >= maxNesting;
  if (tokens.some(isFull)) throw new Error('nested too deeply');
}

/** Adds the cells that the parser leaves out of a row, because the table's head has fewer columns, to the row's last cell. */
function completeRows(tokens: readonly Token[], lines: readonly string[]): void {
  let isBody = false;
  let line = '';
  let cells: Token[] = [];
  for (const token of tokens) {
    if (token.type === 'tbody_open') isBody = true;
    if (token.type === 'tbody_close') isBody = false;
    if (!isBody) continue;
    if (token.type === 'tr_open') {
      line = sourceLineOf(token, lines);
      cells = [];
    } else if (token.type === 'inline') cells.push(token);
    else if (token.type === 'tr_close') completeRow(cells, line);
  }
}

/** Returns the first line of the text from which a token was parsed; empty if that is unknown. */
function sourceLineOf({ map }: Token, lines: readonly string[]): string {
  return map === null ? '' : (lines[map[0]] ?? '');
}

/**
 * Adds the cells that the parser leaves out of one row to its last cell. `line`: the text of the row.
 * Source: GitHub Flavored Markdown 0.29, section 4.10 (a vertical bar after a backslash does not separate cells).
 */
function completeRow(cells: readonly Token[], line: string): void {
  const last = cells.at(-1);
  // A `>` at the beginning of the line belongs to a quotation around the table.
  // `trimEnd`, because the time of a pattern for blanks at the end grows with the square of the blanks elsewhere.
  const inner = line
    .replace(/^[\s>]*\|?/, '')
    .trimEnd()
    .replace(/\|$/, '');
  const all = inner.split(/(?<!\\)\|/);
  if (last) last.content = [last.content, ...all.slice(cells.length).map((cell) => cell.trim())].join(' | ');
}

/** Moves all headings to levels below the page's own heading; their levels relative to each other stay. */
function lowerHeadings(tokens: readonly Token[]): void {
  const headings = tokens.filter(({ type }) => type === 'heading_open' || type === 'heading_close');
  const rankOf = ({ tag }: Token): number => Number(tag.slice(1));
  const lower = Math.max(0, HIGHEST_HEADING_LEVEL - Math.min(...headings.map(rankOf)));
  for (const token of headings) token.tag = `h${Math.min(6, rankOf(token) + lower)}`;
}
