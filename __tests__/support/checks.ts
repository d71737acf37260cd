import { type GithubApi, type GithubApiOptions, startGithubApi } from '../../simulator/github/api.ts';
import type { SimulatorOptions } from '../../simulator/server/server.ts';
import type { Scenario } from '../../simulator/server/timeline.ts';
import type { GitHub } from '../../src/github/octokit.ts';
import { clientOf } from './github.ts';
import { PULL_REQUEST, type Push, pushingAgent } from './pushes.ts';
import { type Steps, withSteps } from './steps.ts';

/** Steps on a simulated OpenHands server and a simulated GitHub, all on one simulated clock. */
export interface ChecksSteps extends Steps {
  readonly github: GithubApi;
  /** Lets the agent push: first for its start, and then once for each message. */
  readonly pushes: (first: Push, ...others: readonly Push[]) => void;
}

/** Runs steps that wait for checks, on a simulated OpenHands server and a simulated GitHub. */
export async function withChecks(
  body: (steps: ChecksSteps) => Promise<void>,
  { github: githubOptions, ...options }: SimulatorOptions & { readonly github?: GithubApiOptions } = {},
): Promise<void> {
  let client: GitHub | undefined;
  let api: GithubApi | undefined;
  const { pushes, onRequest } = pushingAgent(() => api);
  const answered: SimulatorOptions['onRequest'] = (request) => {
    if (request.status === 200) onRequest(request);
  };
  await withSteps(
    { api: 'v1', ...options, onRequest: answered },
    async (steps) => {
      const { clock, fetch: send } = steps;
      const github = await startGithubApi({
        clock: { speed: 1, now: () => clock.date().getTime() },
        ...githubOptions,
      });
      api = github;
      client = clientOf(github, { clock, send });
      try {
        await body({ ...steps, github, pushes });
      } finally {
        await github.close();
      }
    },
    {
      github: () => {
        if (client === undefined) throw new Error('there is no GitHub yet');
        return client;
      },
    },
  );
}

/** A conversation with a pull request, in which the agent ends with this answer. A server may list no pull request. */
export function answering(text: string, isListed = true): Scenario {
  return {
    about: 'an answer that names pull requests',
    start: [
      { at: 0, start: 'accepted', presence: 'hidden', box: 'starting', agent: 'idle' },
      { at: 6, start: 'ready', presence: 'shown', box: 'running' },
    ],
    work: [
      { at: 1, agent: 'working' },
      { at: 18.5, happening: { kind: 'finish', text } },
      { at: 18.5, agent: 'finished', ...(isListed && { pullRequest: PULL_REQUEST }) },
    ],
  };
}
