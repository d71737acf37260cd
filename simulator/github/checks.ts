import type { JsonObject } from '../json.ts';
import { json, type Reply } from '../reply.ts';
import type { PullStore } from './pulls.ts';
import {
  type Denial,
  type GithubCall,
  githubRefusal,
  type GithubWorld,
  notAccessible,
  pageOf,
} from './rest.ts';

/** The path of job logs, which stands for GitHub's separate host for logs. */
const LOGS = '/_logs/';

type Found = (world: GithubWorld, part: string, call: GithubCall) => Reply;

/**
 * The routes below the repository: a pattern, the right that a token needs, and the answer. The only group of a pattern is the variable
 * part of the path; empty if there is none.
 */
const ROUTES: readonly (readonly [RegExp, Denial, Found])[] = [
  [
    /^()$/,
    'repository',
    ({ repository, isPrivate }) =>
      json(200, { full_name: repository, private: isPrivate, default_branch: 'main' }),
  ],
  [/^\/actions\/runs()$/, 'actions', () => json(200, { total_count: 0, workflow_runs: [] })],
  [
    /^\/actions\/jobs\/(\d+)\/logs$/,
    'actions',
    ({ pulls }, job, call) => redirectToLog(Number(job), call, pulls),
  ],
  [
    /^\/pulls()$/,
    'pull-requests',
    ({ pulls }) =>
      json(
        200,
        pulls.numbers().map((number) => ({ number })),
      ),
  ],
  [
    /^\/pulls\/(\d+)\/commits$/,
    'pull-requests',
    ({ pulls }, number, { query }) => {
      const commits = pulls.commits(Number(number));
      return foundOr404(commits && pageOf(commits, query));
    },
  ],
  [
    /^\/pulls\/(\d+)\/files$/,
    'pull-requests',
    ({ pulls }, number, { query }) => {
      const files = pulls.files(Number(number));
      return foundOr404(files && pageOf(files, query).map((file) => ({ status: 'modified', ...file })));
    },
  ],
  [
    /^\/commits\/([^/]+)\/check-runs$/,
    'checks',
    ({ pulls, repository }, ref, call) => list('check_runs', pulls.runs(ref, repository), call),
  ],
  [
    /^\/commits\/([^/]+)\/status$/,
    'statuses',
    ({ pulls }, ref, call) => list('statuses', pulls.statuses(ref), call),
  ],
];

/** Answers requests about pull requests, their checks and job logs; `undefined` for other requests. */
export function answerChecks(call: GithubCall, world: GithubWorld): Reply | undefined {
  const prefix = `/repos/${world.repository}`;
  if (call.method !== 'GET' || !call.path.startsWith(prefix)) return undefined;
  const path = call.path.slice(prefix.length);
  for (const [pattern, right, answer] of ROUTES) {
    const [, part] = pattern.exec(path) ?? [];
    if (part !== undefined) return world.denied.includes(right) ? refusal(right) : answer(world, part, call);
  }
  return undefined;
}

/** Returns the refusal for a missing right. A repository that the token may not read appears not to exist. */
function refusal(right: Denial): Reply {
  return right === 'repository' ? githubRefusal(404, 'Not Found') : notAccessible();
}

/** Answers with a job's log, which is requested without a token. */
export function answerLog({ path }: Pick<GithubCall, 'path'>, { pulls }: GithubWorld): Reply | undefined {
  if (!path.startsWith(LOGS)) return undefined;
  const log = pulls.log(Number(path.slice(LOGS.length)));
  return log === undefined
    ? githubRefusal(404, 'Not Found')
    : { status: 200, type: 'text/plain', headers: {}, body: log };
}

/** Source: "Download job logs for a workflow run" in https://docs.github.com/rest/actions/workflow-jobs */
function redirectToLog(job: number, { origin }: GithubCall, pulls: PullStore): Reply {
  if (pulls.log(job) === undefined) return githubRefusal(404, 'Not Found');
  return { status: 302, type: 'text/html', headers: { location: `${origin}${LOGS}${job}` }, body: '' };
}

function foundOr404(what: JsonObject | readonly JsonObject[] | undefined): Reply {
  return what === undefined ? githubRefusal(404, 'Not Found') : json(200, what);
}

function list(name: string, all: readonly JsonObject[], { query }: GithubCall): Reply {
  return json(200, { total_count: all.length, [name]: pageOf(all, query) });
}
