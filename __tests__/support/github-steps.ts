import type { GithubApi, GithubApiOptions } from '../../simulator/github/api.ts';
import { PULL_REQUEST, type Push, pushingAgent } from '../../simulator/github/pushing-agent.ts';
import type { SimulatorOptions } from '../../simulator/server/server-options.ts';
import type { Scenario } from '../../simulator/server/timeline.ts';
import type { World } from '../../src/world.ts';
import { clientOf } from '../../testbed/github-client.ts';
import type { Steps } from '../../testbed/steps.ts';
import { openGithub } from './after-test.ts';
import { openSteps } from './open-steps.ts';

/** Steps on a simulated OpenHands server and a simulated GitHub, all on one simulated clock. */
export interface GithubSteps extends Steps {
  readonly github: GithubApi;
  /** Lets the agent push: first for its start, and then once for each message. */
  readonly pushes: (first: Push, ...others: readonly Push[]) => void;
}

/** Starts a simulated OpenHands server and a simulated GitHub for steps. Both are closed after the test. */
export async function openGithubSteps(
  { github: githubOptions, ...options }: SimulatorOptions & { readonly github?: GithubApiOptions } = {},
  world: Parameters<typeof openSteps>[1] = {},
): Promise<GithubSteps> {
  const { pushes, onRequest } = pushingAgent(() => github);
  const onAnswer: SimulatorOptions['onRequest'] = (request) => {
    options.onRequest?.(request);
    if (request.status === 200) onRequest(request);
  };
  const connect: World['github'] = (token) =>
    clientOf(github, { clock: steps.clock, send: steps.fetch, ...(token !== '' && { token }) });
  const steps = await openSteps(
    { api: 'v1', ...options, onRequest: onAnswer },
    { ...world, github: connect },
  );
  const clock = { speed: 1, now: () => steps.clock.date().getTime() };
  const github = await openGithub({ clock, ...githubOptions });
  return { ...steps, github, pushes };
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
