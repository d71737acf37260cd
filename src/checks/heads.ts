import * as v from 'valibot';

import { GitHubFailure } from '../github/failure.ts';
import { type GitHub, ownerAndRepo } from '../github/octokit.ts';
import type { LeftOut } from './head.ts';

/** Source: "Get a pull request" in https://docs.github.com/rest/pulls/pulls. `head.repo` is null if it was deleted. */
const PullRequest = v.object({
  number: v.number(),
  html_url: v.string(),
  created_at: v.string(),
  user: v.nullish(v.object({ login: v.string() })),
  head: v.object({
    sha: v.pipe(v.string(), v.regex(/^[0-9a-f]{40,64}$/)),
    repo: v.nullish(v.object({ full_name: v.string() })),
  }),
});
export type PullRequest = v.InferOutput<typeof PullRequest>;

const Person = v.nullish(v.object({ login: v.optional(v.string()) }));
const Signature = v.nullish(v.object({ email: v.nullish(v.string()), date: v.nullish(v.string()) }));
/** Source: "List commits on a pull request" in https://docs.github.com/rest/pulls/pulls: oldest first, at most 250. */
const Commits = v.array(
  v.object({
    sha: v.string(),
    author: Person,
    committer: Person,
    commit: v.object({ message: v.string(), author: Signature, committer: Signature }),
  }),
);
type Commit = v.InferOutput<typeof Commits>[number];

const PER_PAGE = 100;
const MAX_PAGES = 3;
/** GitHub lists only so many commits of a pull request: the oldest. */
const MAX_COMMITS = 250;
/** The email of commits by OpenHands agents. */
const AGENT = 'openhands@all-hands.dev';

/** Which pull requests may be a conversation's. */
export interface ChecksQuery {
  /** The pull requests that the server lists for the conversation. */
  readonly named: readonly number[];
  /** The pull requests that only the agent's answer names. */
  readonly answered: readonly number[];
  /** When the conversation began, in milliseconds since 1970: older pull requests are not its work. */
  readonly since: number;
}

/** Where pull requests are read. */
export interface Place {
  readonly github: GitHub;
  readonly repository: string;
  readonly signal: AbortSignal;
}

interface Candidate {
  readonly found: PullRequest;
  readonly isNamed: boolean;
  /** Whether it was created or pushed to since the conversation began. */
  readonly isSince: boolean;
  /** Its commits since then; not read if nothing depends on them. */
  readonly commits: readonly Commit[];
}

/**
 * Decides which pull requests belong to a conversation. They must have their branch in the repository itself, and be created
 * or pushed to since the conversation began. A pull request that the server does not name, but only the agent's answer, must
 * also be the agent's: by a commit with {@link AGENT}, or by an author who also wrote a pull request that counts, or its
 * commits. If the agent's git has another email, only pull requests that the server names are certain.
 *
 * @throws {GitHubFailure}, or the signal's reason.
 */
export async function pullRequestsOf(
  query: ChecksQuery,
  place: Place,
): Promise<{ readonly counting: readonly PullRequest[]; readonly leftOut: readonly LeftOut[] }> {
  const numbers = [...query.named, ...query.answered];
  const read = await Promise.all(numbers.map(async (number) => candidateOf(number, query, place)));
  const accounts = read.flatMap((each) =>
    each?.isNamed && each.isSince ? [each.found.user?.login, ...each.commits.flatMap(loginsOf)] : [],
  );
  const whyOut = (candidate: Candidate | undefined): string | undefined => {
    if (candidate === undefined) return 'GitHub does not know it';
    const { found, isNamed, isSince, commits } = candidate;
    if (found.head.repo?.full_name.toLowerCase() !== place.repository.toLowerCase())
      return 'its branch is in another repository';
    if (!isSince) return 'it is older than the conversation, and nothing was pushed to it since then';
    const isOwn = commits.some(isOfAgent) || (found.user != null && accounts.includes(found.user.login));
    return isNamed || isOwn
      ? undefined
      : `only the agent's answer names it, its author has no part in the conversation's other pull requests, and none of its commits names ${AGENT}`;
  };
  return {
    counting: read.flatMap((each) => (each && whyOut(each) === undefined ? [each.found] : [])),
    leftOut: read.flatMap((each, index) => {
      const because = whyOut(each);
      return because === undefined ? [] : [{ pullRequest: numbers[index] ?? 0, because }];
    }),
  };
}

async function candidateOf(
  number: number,
  { named, answered, since }: ChecksQuery,
  place: Place,
): Promise<Candidate | undefined> {
  const isNamed = named.includes(number);
  const found = await readPullRequest(number, place, isNamed);
  if (found === undefined) return undefined;
  const isCreatedSince = Date.parse(found.created_at) >= since;
  // A new pull request that the server names counts without its commits, unless they must identify those in the answer.
  const needsNoCommits = isNamed && isCreatedSince && answered.length === 0;
  const listed = needsNoCommits ? [] : await commitsOf(number, place);
  const commits = listed.filter(({ commit }) => Date.parse(commit.committer?.date ?? '') >= since);
  // Beyond 250 commits the newest are not listed: then a pull request that the server names counts.
  const mayBeSince = isNamed && listed.length >= MAX_COMMITS;
  return { found, isNamed, isSince: isCreatedSince || commits.length > 0 || mayBeSince, commits };
}

/** Reads a pull request; `undefined` if the number does not exist, which can happen for a number in an answer. */
async function readPullRequest(
  pull_number: number,
  { github, repository, signal }: Place,
  mustBeThere: boolean,
): Promise<PullRequest | undefined> {
  try {
    return await github.rest({
      to: `read pull request #${pull_number}`,
      route: 'GET /repos/{owner}/{repo}/pulls/{pull_number}',
      parameters: { ...ownerAndRepo(repository), pull_number },
      answer: PullRequest,
      signal,
    });
  } catch (error) {
    if (!mustBeThere && error instanceof GitHubFailure && error.status === 404) return undefined;
    throw error;
  }
}

async function commitsOf(
  pull_number: number,
  { github, repository, signal }: Place,
): Promise<readonly Commit[]> {
  const commits: Commit[] = [];
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const read = await github.rest({
      to: `read the commits of pull request #${pull_number}`,
      route: 'GET /repos/{owner}/{repo}/pulls/{pull_number}/commits',
      parameters: { ...ownerAndRepo(repository), pull_number, per_page: PER_PAGE, page },
      answer: Commits,
      signal,
    });
    commits.push(...read);
    if (read.length < PER_PAGE) break;
  }
  return commits;
}

function loginsOf({ author, committer }: Commit): readonly (string | undefined)[] {
  return [author?.login, committer?.login];
}

function isOfAgent({ commit: { message, author, committer } }: Commit): boolean {
  const isSigned = [author, committer].some((each) => each?.email?.toLowerCase() === AGENT);
  return isSigned || new RegExp(`^co-authored-by: .*<${RegExp.escape(AGENT)}>\\s*$`, 'im').test(message);
}
