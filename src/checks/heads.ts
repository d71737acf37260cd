import * as v from 'valibot';

import { GitHubFailure } from '../github/failure.ts';
import { type GitHub, ownerAndRepo } from '../github/octokit.ts';
import type { ChecksQuery } from './head.ts';

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

/** What {@link candidatesOf} needs. */
export interface CandidatesOptions {
  readonly github: GitHub;
  readonly repository: string;
  readonly signal: AbortSignal;
}

/** A pull request that counts, or why it does not count (the end of a sentence). */
export type Candidate = { readonly pullRequest: number } & (
  | { readonly kind: 'counts'; readonly found: PullRequest }
  | { readonly kind: 'left-out'; readonly because: string }
);

/**
 * Decides which pull requests belong to a conversation. They must have their branch in the repository itself, and be created
 * or pushed to since the conversation began. A pull request that the server does not name, but only the agent's answer, must
 * also be the agent's: by a commit with {@link AGENT}, or by an author who also wrote a pull request that counts, or its
 * commits. If the agent's git has another email, only pull requests that the server names are certain.
 *
 * @throws {GitHubFailure}, or the signal's reason.
 */
export async function candidatesOf(
  { named, answered, since }: ChecksQuery,
  place: CandidatesOptions,
): Promise<readonly Candidate[]> {
  const numbers = [...named, ...answered];
  const read = await Promise.all(
    numbers.map(async (number) => {
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
    }),
  );
  const certain = read
    .filter((each) => each !== undefined)
    .filter(({ isNamed, isSince }) => isNamed && isSince);
  const accounts = certain.flatMap(({ found, commits }) => [found.user?.login, ...commits.flatMap(loginsOf)]);
  return numbers.map((pullRequest, index): Candidate => {
    const out = (because: string): Candidate => ({ kind: 'left-out', pullRequest, because });
    const details = read[index];
    if (details === undefined) return out('GitHub does not know it');
    const { found, isNamed, isSince, commits } = details;
    if (found.head.repo?.full_name.toLowerCase() !== place.repository.toLowerCase())
      return out('its branch is in another repository');
    if (!isSince) return out('it is older than the conversation, and nothing was pushed to it since then');
    const isOwn =
      isNamed || commits.some(isOfAgent) || (found.user != null && accounts.includes(found.user.login));
    return isOwn
      ? { kind: 'counts', pullRequest, found }
      : out(
          `only the agent's answer names it, its author has no part in the conversation's other pull requests, and none of its commits names ${AGENT}`,
        );
  });
}

/** Reads a pull request; `undefined` if the number does not exist, which can happen for a number in an answer. */
async function readPullRequest(
  pull_number: number,
  { github, repository, signal }: CandidatesOptions,
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
  { github, repository, signal }: CandidatesOptions,
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
