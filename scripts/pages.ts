/** Pages of GitHub, as HTML, with what a run has written on them. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { parse as markdown } from 'marked';

import type { SimulatedFile } from '../simulator/github/pulls.ts';
import type { ReviewCommentView, ReviewView } from '../simulator/github/store.ts';

export const THEMES = ['light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

/** An issue or a pull request. */
export interface Thread {
  readonly number: number;
  readonly title: string;
}

/** The colors of GitHub's pages. Source: the variables of github-markdown-css. */
const COLORS: Readonly<Record<Theme, string>> = {
  light: `--page: #ffffff; --text: #1f2328; --muted: #59636e; --line: #d1d9e0; --head: #f6f8fa; --link: #0969da;
    --added: #dafbe1; --added-number: #aceebb; --removed: #ffebe9; --removed-number: #ffcecb`,
  dark: `--page: #0d1117; --text: #f0f6fc; --muted: #9198a1; --line: #3d444d; --head: #151b23; --link: #4493f8;
    --added: #12261e; --added-number: #1c4428; --removed: #25171c; --removed-number: #542426`,
};
/** The same fonts in all places and on all machines: what GitHub's style would take depends on the machine. */
const FONTS = `--text-font: 'Liberation Sans', Arial, sans-serif; --code-font: 'Liberation Mono', monospace`;
const STYLE = `
  :root { ${FONTS} }
  .markdown-body { font-family: var(--text-font); }
  .markdown-body :is(code, pre, tt, samp) { font-family: var(--code-font); }
  body { margin: 0; padding: 4px; background: var(--page); color: var(--text); }
  .box { border: 1px solid var(--line); border-radius: 6px; overflow: hidden; }
  .box + .box { margin-top: 12px; }
  .head { padding: 8px 16px; background: var(--head); border-bottom: 1px solid var(--line); color: var(--muted);
    font: 14px/21px var(--text-font); }
  .head b { color: var(--text); }
  .markdown-body { padding: 16px; }
  .thread { font: 600 24px/32px var(--text-font); margin: 0 0 8px; }
  .thread span { color: var(--muted); font-weight: 400; }
  .event { margin: 0 0 12px; color: var(--muted); font: 14px/24px var(--text-font); }
  .event b { color: var(--text); }
  .label { padding: 2px 8px; border-radius: 1em; background: var(--link); color: var(--page); font-weight: 600; }
  .eyes { float: right; padding: 0 8px; border: 1px solid var(--line); border-radius: 1em; }
  .file, .code { font: 13px/21px var(--code-font); }
  .file { color: var(--text); }
  .code { width: 100%; border-collapse: collapse; }
  .code td { padding: 0 8px; white-space: pre; }
  .code .number { width: 1%; color: var(--muted); text-align: right; }
  .added { background: var(--added); } .added .number { background: var(--added-number); }
  .removed { background: var(--removed); } .removed .number { background: var(--removed-number); }
  .said { padding: 10px 16px 0; border-top: 1px solid var(--line); color: var(--muted); font: 14px/21px var(--text-font); }
  .said b { color: var(--text); }
  .said + .markdown-body { padding: 8px 16px 16px; }
  .said + .markdown-body > div > :last-child { margin-bottom: 0; }
`;

/**
 * Returns a whole page. It loads nothing, whatever an agent wrote. Its policy allows inline scripts only for the
 * measuring of its height in chromium.ts.
 */
export function pageOf(theme: Theme, content: string): string {
  const sheet = createRequire(import.meta.url).resolve(`github-markdown-css/github-markdown-${theme}.css`);
  const policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";
  return `<!doctype html><html><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<style>:root { ${COLORS[theme]} }</style><style>${readFileSync(sheet, 'utf8')}</style><style>${STYLE}</style>
</head><body>${content}</body></html>`;
}

/** Returns an issue with the agent's comment, and with what came before it: the label, or what somebody asked. */
export function issuePage(
  issue: Thread,
  { asked, comment }: { readonly asked?: string; readonly comment: string },
): string {
  const eyes = '<span class="eyes">👀 1</span>';
  const before =
    asked === undefined
      ? `<div class="event"><b>octocat</b> added the label <span class="label">agent</span>${eyes}</div>`
      : box(`<div class="head"><b>octocat</b> commented${eyes}</div>${renderMarkdown(asked)}`);
  return [
    heading(issue),
    before,
    box(`<div class="head"><b>github-actions</b> bot commented</div>${renderMarkdown(comment)}`),
  ].join('');
}

/** Returns a pull request with the agent's review, and its comments on lines. */
export function reviewPage(pull: Thread, review: ReviewView, files: readonly SimulatedFile[]): string {
  return [
    heading(pull),
    box(`<div class="head"><b>github-actions</b> bot reviewed</div>${renderMarkdown(review.body)}`),
    ...review.comments.map((comment) => commentOnLines(comment, files)),
  ].join('');
}

function commentOnLines(
  { path, line, startLine, body }: ReviewCommentView,
  files: readonly SimulatedFile[],
): string {
  const patch = files.find(({ filename }) => filename === path)?.patch ?? '';
  const where = startLine === undefined ? `line ${line}` : `lines ${startLine} to ${line}`;
  return box(
    [
      `<div class="head file">${escapeHtml(path)}</div>`,
      `<table class="code">${rowsOf(startLine ?? line, line, patch).join('')}</table>`,
      `<div class="said"><b>github-actions</b> bot on ${where}</div>${renderMarkdown(body)}`,
    ].join(''),
  );
}

/** A line of a diff. The numbers are those in the old and the new file. */
interface DiffLine {
  readonly kind: 'added' | 'removed' | 'same';
  readonly numbers: readonly [before: number, after: number];
  readonly text: string;
}

/** Returns the lines of a patch. */
function linesOf(patch: string): readonly DiffLine[] {
  const lines: DiffLine[] = [];
  let numbers: DiffLine['numbers'] = [0, 0];
  for (const line of patch.split('\n')) {
    const [, before, after] = /^@@ -(\d+)\S* \+(\d+)/.exec(line) ?? [];
    if (before !== undefined) numbers = [Number(before), Number(after)];
    else {
      const kind = line.startsWith('+') ? 'added' : line.startsWith('-') ? 'removed' : 'same';
      lines.push({ kind, numbers, text: line.slice(1) });
      numbers = [numbers[0] + (kind === 'added' ? 0 : 1), numbers[1] + (kind === 'removed' ? 0 : 1)];
    }
  }
  return lines;
}

/** How many lines are shown above those of a comment. */
const CONTEXT = 3;
const SIGNS: Readonly<Record<DiffLine['kind'], string>> = { added: '+', removed: '-', same: ' ' };

/** Returns the rows of a diff that end in a line of the new file, with a few above the first one. */
function rowsOf(first: number, last: number, patch: string): readonly string[] {
  const lines = linesOf(patch);
  const at = (number: number): number =>
    lines.findIndex(({ kind, numbers }) => kind !== 'removed' && numbers[1] === number);
  return lines.slice(Math.max(0, at(first) - CONTEXT), at(last) + 1).map(({ kind, numbers, text }) => {
    const [before, after] = [kind === 'added' ? '' : numbers[0], kind === 'removed' ? '' : numbers[1]];
    const cells = [before, after].map((number) => `<td class="number">${number}</td>`).join('');
    return `<tr class="${kind}">${cells}<td>${SIGNS[kind]} ${escapeHtml(text)}</td></tr>`;
  });
}

function heading({ title, number }: Thread): string {
  return `<div class="thread">${escapeHtml(title)} <span>#${number}</span></div>`;
}

function box(content: string): string {
  return `<div class="box">${content}</div>`;
}

function renderMarkdown(text: string): string {
  return `<div class="markdown-body">${markdown(text, { gfm: true, async: false })}</div>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
