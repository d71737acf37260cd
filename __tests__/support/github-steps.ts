import { type GithubApi, type GithubApiOptions, startGithubApi } from '../../simulator/github/api.ts';
import type { SimulatorOptions } from '../../simulator/server/server.ts';
import type { Scenario } from '../../simulator/server/timeline.ts';
import type { World } from '../../src/world.ts';
import { clientOf } from './github.ts';
import { PULL_REQUEST, type Push, pushingAgent } from './pushes.ts';
import { type Steps, withSteps } from './steps.ts';

/** Steps on a simulated OpenHands server and a simulated GitHub, all on one simulated clock. */
export interface GithubSteps extends Steps {
  readonly github: GithubApi;
  /** Lets the agent push: first for its start, and then once for each message. */
  readonly pushes: (first: Push, ...others: readonly Push[]) => void;
}

/** Runs steps on a simulated OpenHands server and a simulated GitHub. */
export async function withGithub(
  body: (steps: GithubSteps) => Promise<void>,
  { github: githubOptions, ...options }: SimulatorOptions & { readonly github?: GithubApiOptions } = {},
  world: Parameters<typeof withSteps>[2] = {},
): Promise<void> {
  let api: GithubApi | undefined;
  let connect: World['github'] = () => {
    throw new Error('there is no GitHub yet');
  };
  const { pushes, onRequest } = pushingAgent(() => api);
  const onAnswer: SimulatorOptions['onRequest'] = (request) => {
    options.onRequest?.(request);
    if (request.status === 200) onRequest(request);
  };
  await withSteps(
    { api: 'v1', ...options, onRequest: onAnswer },
    async (steps) => {
      const { clock, fetch: send } = steps;
      const github = await startGithubApi({
        clock: { speed: 1, now: () => clock.date().getTime() },
        ...githubOptions,
      });
      api = github;
      connect = (token) => clientOf(github, { clock, send, ...(token !== '' && { token }) });
      try {
        await body({ ...steps, github, pushes });
      } finally {
        await github.close();
      }
    },
    { ...world, github: (token) => connect(token) },
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
