import { type GithubApi, startGithubApi } from '../github/api.ts';
import { CHANGED_FILES } from '../github/review-story.ts';
import { isRecord } from '../json.ts';
import { inputVariable, type RunOptions } from './runner.ts';

type Threads = Record<number, 'Issue' | 'PullRequest'>;

/** The roles of an actor on the simulated GitHub. */
export const ROLES = ['none', 'read', 'triage', 'write', 'maintain', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/**
 * Starts the simulated GitHub of a run, with the issue or pull request of its event, and its actor. Returns `undefined` if
 * the run names another GitHub.
 *
 * @param role `undefined` for GitHub's answer about a bot without a role.
 */
export async function githubFor(options: RunOptions, role: Role | undefined): Promise<GithubApi | undefined> {
  if (ownAddress(options) !== undefined) return undefined;
  const { repository, actor = 'octocat' } = options.github ?? {};
  const github = await startGithubApi({
    threads: threadsOf(options),
    permissions: role === undefined ? {} : { [actor]: { permission: role, role_name: role } },
    ...(repository !== undefined && { repository }),
  });
  // The pull request that the simulated agent opens. Its date is later than the start of any conversation at any speed.
  github.push({ number: 12, createdAt: Date.UTC(2100, 0) }, { checks: [{ name: 'test', to: 5 }] });
  for (const [number, kind] of Object.entries(threadsOf(options)))
    if (kind === 'PullRequest')
      github.push({ number: Number(number) }, { ...headIn(options), files: CHANGED_FILES });
  return github;
}

/** Returns the head of the event's pull request. */
function headIn({ event }: RunOptions): { readonly commit?: string } {
  const sha = memberOf(memberOf(memberOf(event?.payload, 'pull_request'), 'head'), 'sha');
  return typeof sha === 'string' ? { commit: sha } : {};
}

/** Returns the address of GitHub's API that the run names; `undefined` if it names none. */
export function ownAddress({ env }: RunOptions): string | undefined {
  return env?.['GITHUB_API_URL'];
}

/** Returns the existing issues and pull requests: that of the event, and that of the input `issue-number`. */
function threadsOf({ event, with: inputs = {} }: RunOptions): Threads {
  const threads: Threads = {};
  const named = Object.entries(inputs).find(([name]) => inputVariable(name) === 'INPUT_ISSUE-NUMBER');
  if (named !== undefined) threads[Number(named[1])] = 'Issue';
  const issue = memberOf(event?.payload, 'issue');
  const number = memberOf(issue, 'number');
  if (typeof number === 'number')
    threads[number] = memberOf(issue, 'pull_request') === undefined ? 'Issue' : 'PullRequest';
  const pull = memberOf(memberOf(event?.payload, 'pull_request'), 'number');
  if (typeof pull === 'number') threads[pull] = 'PullRequest';
  return threads;
}

export function memberOf(value: unknown, name: string): unknown {
  return isRecord(value) ? value[name] : undefined;
}

/** Formats the comments and reviews of a run for people; empty without a GitHub. */
export function textsWrittenIn(github: GithubApi | undefined): string {
  const { comments = [], reviews = [] } = github ?? {};
  return [
    ...comments.map(({ issue, author, body }) => `\n--- Comment on ${issue}, by ${author}\n${body}`),
    ...reviews.flatMap(({ pull, author, body, comments: onLines }) => [
      `\n--- Review of ${pull}, by ${author}\n${body}`,
      ...onLines.map(({ path, line, body: text }) => `\n--- On ${path}, line ${line}\n${text}`),
    ]),
  ].join('');
}
