import { type CommentView, type GithubApi, startGithubApi } from './github-api.ts';
import { isRecord } from './json.ts';
import { inputVariable, type RunOptions } from './runner.ts';

type Threads = Record<number, 'Issue' | 'PullRequest'>;

/** What an actor may do on the simulated GitHub. */
export const ROLES = ['none', 'read', 'triage', 'write', 'maintain', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/**
 * The simulated GitHub that a run asks: there are the issue or pull request of its event, and its actor. `undefined` if the
 * run has an address of its own.
 *
 * @param role `undefined` for what GitHub says of a bot that nobody gave a role.
 */
export async function githubFor(options: RunOptions, role: Role | undefined): Promise<GithubApi | undefined> {
  if (ownAddress(options) !== undefined) return undefined;
  const { repository, actor = 'octocat' } = options.github ?? {};
  const github = await startGithubApi({
    threads: threadsOf(options),
    permissions: role === undefined ? {} : { [actor]: { permission: role, role_name: role } },
    ...(repository !== undefined && { repository }),
  });
  // What the simulated agent opens, later than any conversation begins, at whatever speed time passes there.
  github.push({ number: 12, createdAt: Date.UTC(2100, 0) }, { checks: [{ name: 'test', to: 5 }] });
  return github;
}

/** Where GitHub is, if the run says so. */
export function ownAddress({ env }: RunOptions): string | undefined {
  return env?.['GITHUB_API_URL'];
}

/** Numbers of which something is known: the event's, and the one that the action is to comment on. */
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

function memberOf(value: unknown, name: string): unknown {
  return isRecord(value) ? value[name] : undefined;
}

/** The comments that came of a run, for people. */
export function commentsIn(comments: readonly CommentView[]): string {
  return comments
    .map(({ issue, author, body }) => `\n--- Comment on ${issue}, by ${author}\n${body}`)
    .join('');
}
