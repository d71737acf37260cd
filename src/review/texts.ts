import { firstWithin } from '../text/first-within.ts';
import { codeSpan, renderShort, singleLine } from '../text/safe.ts';
import { type Finding, type Findings } from './findings.ts';

/** What the texts of a review need besides the findings. */
export interface TextOptions {
  /** Makes Markdown from outside inert. */
  readonly render: (markdown: string) => string;
  /** The page of the repository, without a trailing slash. */
  readonly repositoryUrl: string;
  /** How many findings there are, as Markdown. */
  readonly counts: string;
  /** A link to the conversation, as Markdown; absent if it has no page. */
  readonly conversationLink: string | undefined;
  /** The commit that was reviewed; absent if unknown. */
  readonly commit?: string;
  /** Present if the agent saw only the diff: how many files it changes, and how many of them the agent did not see whole, if known. */
  readonly fromDiff?: { readonly fileCount: number; readonly unseenCount: number } | 'uncounted';
  /** Whether the pull request has newer commits than that. */
  readonly hasMoved?: boolean;
}

/** GitHub allows 65,536 characters. Counted as JSON, in which the text is sent. The rest is for the last line and the marker. */
const MAX_BODY_BYTES = 60_000 - 500;
/** The longest rendered text. */
const MAX_RENDERED = 10_000;
const TITLES: Readonly<Record<Finding['severity'], string>> = {
  error: '❌ **Error**',
  warning: '⚠️ **Warning**',
  note: 'ℹ️ **Note**',
};

/** Returns the comment of a finding, on lines of the diff. */
export function findingCommentOf({ severity, text }: Finding, options: Pick<TextOptions, 'render'>): string {
  return `${TITLES[severity]}\n\n${makeInert(text, options)}`;
}

function makeInert(text: string, { render }: Pick<TextOptions, 'render'>): string {
  return renderShort(text, render, MAX_RENDERED);
}

/** Returns the body of a review, with a list of those findings that are no comments on lines. */
export function bodyOf(found: Findings, listed: readonly Finding[], options: TextOptions): string {
  const { commit, hasMoved, conversationLink, counts, fromDiff } = options;
  const where = commit === undefined ? 'an unknown commit' : `commit ${codeSpan(commit.slice(0, 7))}`;
  const link = conversationLink === undefined ? '' : ` · ${conversationLink}`;
  const top = [`**${counts}** in ${where}${link}`];
  if (fromDiff !== undefined) top.push(wordsOf(fromDiff));
  if (hasMoved) top.push('The pull request has newer commits than the one that was reviewed.');
  if (found.findings.length > 0) top.push(makeInert(found.summary, options));
  const room = MAX_BODY_BYTES - Buffer.byteLength(JSON.stringify(top));
  const items = firstWithin(
    room,
    listed.map((finding) => itemOf(finding, options)),
  );
  const missing = found.missing + listed.length - items.length;
  const more = `${missing} more ${missing === 1 ? 'finding is' : 'findings are'} missing, because the review would be too long.`;
  return [...top, ...items, ...(missing === 0 ? [] : [more])].join('\n\n');
}

/** Says what a review from the diff alone is worth. */
function wordsOf(fromDiff: NonNullable<TextOptions['fromDiff']>): string {
  const words = 'Made from the diff alone, without the code around it. Nothing was run.';
  if (fromDiff === 'uncounted') return `${words} Some changed files may not have been seen whole.`;
  const { fileCount, unseenCount } = fromDiff;
  if (unseenCount === 0) return words;
  return `${words} Of ${fileCount} changed files, ${unseenCount} were not seen whole: they are too large, or GitHub shows no diff of them.`;
}

function itemOf(finding: Finding, options: TextOptions): string {
  const text = makeInert(finding.text, options).trimEnd().replaceAll('\n', '\n  ');
  return `- ${TITLES[finding.severity]} ${linkToLines(finding, options)}\n\n  ${text}`;
}

/** Returns path and lines of a finding, as a link unless the commit is unknown, or the path could make it lead elsewhere. */
function linkToLines(
  { path, line, start_line: start = line }: Finding,
  { repositoryUrl, commit }: TextOptions,
): string {
  const isRange = 0 < start && start < line;
  const name = codeSpan(`${path}:${isRange ? `${start}-` : ''}${line}`);
  const segments = path.split('/');
  const mayLeadElsewhere = singleLine(path) !== path || segments.some((part) => /^\.{0,2}$/.test(part));
  if (commit === undefined || mayLeadElsewhere) return name;
  const file = segments.map(encodeURIComponent).join('/');
  const anchor = line < 1 ? '' : `#L${isRange ? `${start}-L` : ''}${line}`;
  return `[${name}](<${repositoryUrl}/blob/${commit}/${file}${anchor}>)`;
}
