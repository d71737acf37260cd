import * as v from 'valibot';

import { catchGitHubFailure, GitHubFailure } from '../github/failure.ts';
import { ownerAndRepo } from '../github/octokit.ts';
import type { PullRequest } from '../github/pull-request.ts';
import type { Runner } from '../github/runner.ts';
import { MAX_FINDING_CHARACTERS, withoutHidden } from '../message/agent-message.ts';
import { parseJson } from '../text/data.ts';
import { shorten, stripInvisible } from '../text/safe.ts';
import { type Finding, type Findings, firstWithin, MAX_THREADS } from './findings.ts';
import { countWords } from './words.ts';

const MAX_TOLD_BYTES = 16 * 1024;
/** The agent can start without the threads, so they delay its start no longer than this. */
const MAX_THREADS_READ_MS = 10_000;

/** GraphQL, because REST does not say which threads are resolved. */
const FIND_THREADS = `query ($owner: String!, $repo: String!, $number: Int!) {
  repository(owner: $owner, name: $repo) { pullRequest(number: $number) { reviewThreads(last: ${MAX_THREADS}) { totalCount nodes {
    isResolved isOutdated path line originalLine comments(first: 1) { nodes { body url viewerDidAuthor } }
  } } } }
}`;
const nodesOf = <T>(node: v.GenericSchema<unknown, T>) => v.object({ nodes: v.array(node) });
/** The address has the id: `databaseId` has only 32 bits. */
const Address = v.pipe(v.string(), v.regex(/#discussion_r\d{1,15}$/, 'the address of a comment is needed'));
/** Source: PullRequestReviewThread in https://docs.github.com/graphql/reference/objects. An outdated one has no line. */
const Node = v.object({
  isResolved: v.boolean(),
  isOutdated: v.boolean(),
  path: v.string(),
  line: v.nullish(v.number()),
  originalLine: v.nullish(v.number()),
  comments: nodesOf(v.object({ body: v.string(), url: Address, viewerDidAuthor: v.boolean() })),
});
const Threads = v.object({ totalCount: v.number(), ...nodesOf(Node).entries });
const Data = v.object({ repository: v.object({ pullRequest: v.object({ reviewThreads: Threads }) }) });

/** A thread that an earlier review of this action began, with id and text of its first comment, which others may have edited. */
export interface ReviewThread extends Omit<v.InferOutput<typeof Node>, 'comments'>, Told {
  readonly body: string;
}

/** Returns whether a text ends in a marker that this key has signed; `undefined` if in none. */
export type IsSigned = (text: string) => boolean | undefined;

/**
 * Reads the threads that earlier reviews of this action began on a pull request: open ones first, then the newest first. `undefined` if
 * they cannot be read in time. Logs that, and which ones are not read.
 *
 * @throws the signal's reason once aborted.
 */
export async function readThreads(
  { github, repository, number }: PullRequest,
  isSigned: IsSigned,
  runner: Pick<Runner, 'info'>,
): Promise<readonly ReviewThread[] | undefined> {
  const goal = `read the review threads of pull request #${number}`;
  const variables = { ...ownerAndRepo(repository), number };
  const query = { goal, query: FIND_THREADS, variables, shape: Data, limitMs: MAX_THREADS_READ_MS };
  const found = await catchGitHubFailure(github.graphql(query));
  if (found instanceof GitHubFailure) {
    runner.info(`Failed to ${goal}: ${found.message}. The review may repeat earlier findings`);
    return undefined;
  }
  const { totalCount, nodes } = found.repository.pullRequest.reviewThreads;
  if (totalCount > nodes.length)
    runner.info(
      `Pull request #${number} has ${totalCount} review threads, of which only the newest ${nodes.length} are read: the review may repeat earlier findings`,
    );
  const threads = nodes.flatMap(({ comments, ...thread }) =>
    comments.nodes.map(({ url, ...first }) => ({
      ...thread,
      ...first,
      comment: Number(/\d{1,15}$/.exec(url)),
    })),
  );
  const marked = threads.filter(({ body }) => isSigned(body) !== undefined);
  const own = marked.filter(({ body, viewerDidAuthor }) => viewerDidAuthor && isSigned(body));
  if (own.length < marked.length) runner.info('Earlier reviews with another key or token are ignored');
  return own.toReversed().toSorted((a, b) => Number(a.isResolved) - Number(b.isResolved));
}

/** Returns the threads for the agent, one a line as JSON: as many of the first as fit. */
export function describeThreads(threads: readonly ReviewThread[]): string {
  const all = threads.map(({ comment, path, line, originalLine, isOutdated, isResolved, body }, index) => {
    const shown = { path: stripInvisible(path), text: shorten(withoutHidden(body), MAX_FINDING_CHARACTERS) };
    return { number: index + 1, comment, ...shown, line: line ?? originalLine, isOutdated, isResolved };
  });
  const told = firstWithin(MAX_TOLD_BYTES, all);
  return told.map((each) => JSON.stringify(each)).join('\n');
}

/** What is known of a thread that an agent was told of. */
const Told = v.object({ comment: v.pipe(v.number(), v.safeInteger()), isResolved: v.boolean() });
export type Told = v.InferOutput<typeof Told>;

/** Reads what {@link describeThreads} has written, in the order of the numbers; `undefined` if that is not possible. */
export function toldIn(lines: string): Told[] | undefined {
  const parsed = parseJson(`[${lines.replaceAll('\n', ',')}]`)?.value;
  const { success, output } = v.safeParse(v.array(Told), parsed);
  return success ? output : undefined;
}

/**
 * Compares an answer with the threads of earlier reviews: returns the findings that repeat none, and how many are new, still open and
 * fixed. Nothing is said of any thread if it is not known which there are, or what the agent was told. `textOf`: the comment of a
 * finding, as posted.
 */
export function compare(
  answer: Findings,
  threads: readonly ReviewThread[] | undefined,
  told: Told[] | undefined,
  textOf: (finding: Finding) => string,
  page: string,
): { readonly fresh: Findings; readonly counts: string; readonly linked: string } {
  const alone = countWords(answer);
  if (told === undefined || threads === undefined || told.length + threads.length === 0)
    return { fresh: answer, counts: alone, linked: alone };
  // Somebody may have resolved or deleted a thread since the agent was told of it.
  const openNow = new Set(threads.filter(({ isResolved }) => !isResolved).map(({ comment }) => comment));
  const isOpen = ({ comment, isResolved }: Told): boolean => !isResolved && openNow.has(comment);
  const known = Map.groupBy(threads, ({ path, body }) => sameTextKey(path, body));
  const repeats = answer.findings.map((finding) => known.get(sameTextKey(finding.path, textOf(finding))));
  const fresh = { ...answer, findings: answer.findings.filter((_, index) => repeats[index] === undefined) };
  // Of the same texts, all that are open count, or the first that is resolved: the open ones come first.
  const repeated = [...new Set(repeats)].flatMap((same = []) =>
    same.filter((each, index) => index === 0 || isOpen(each)),
  );
  const named = told.filter((_, index) => answer.still_open?.includes(index + 1));
  const open = new Set([...named, ...repeated].filter(isOpen).map(({ comment }) => comment));
  const isRest = (each: Told): boolean => isOpen(each) && !open.has(each.comment);
  const rest = told.filter(isRest).length;
  const seen = new Set(told.map(({ comment }) => comment));
  const unseen = threads.filter((each) => isRest(each) && !seen.has(each.comment)).length;
  const resolved = repeated.filter(({ isResolved }) => isResolved).length;
  // Whoever names only numbers that do not exist has judged nothing.
  const isJudged = answer.still_open?.length === 0 || named.length > 0;
  const wordsWith = (links: string): string => {
    const words = [`${fresh.findings.length + fresh.missing} new`];
    if (isJudged || open.size > 0) words.push(`${open.size} still open${links}`);
    if (isJudged) words.push(`${rest} fixed`);
    else if (rest > 0) words.push('earlier findings not checked');
    if (unseen > 0) words.push(`${unseen} not checked`);
    if (resolved > 0) words.push(`${resolved} resolved and left out`);
    return words.join(', ');
  };
  const links = [...open].map((comment, index) => `[${index + 1}](${page}#discussion_r${comment})`);
  return { fresh, counts: wordsWith(''), linked: wordsWith(open.size === 0 ? '' : ` (${links.join(', ')})`) };
}

/** Returns what is the same for a comment that is posted again: not its first line, marker and white space. */
function sameTextKey(path: string, body: string): string {
  const text = body.replace(/^.*/, '').replace(/<!-- openhands-conversation [^<>]*-->\s*$/, '');
  return JSON.stringify([path, text.replaceAll(/\s/g, '')]);
}
