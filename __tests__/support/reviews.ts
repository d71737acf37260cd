import { type GithubApi, type GithubApiOptions, startGithubApi } from '../../simulator/github/api.ts';
import type { SimulatedFile } from '../../simulator/github/pulls.ts';
import type { SimulatorOptions } from '../../simulator/server/server.ts';
import type { Scenario } from '../../simulator/server/timeline.ts';
import type { GitHub } from '../../src/github/octokit.ts';
import type { World } from '../../src/world.ts';
import { answering } from './checks.ts';
import { clientOf } from './github.ts';
import { type Steps, withSteps } from './steps.ts';
import { DISPATCH } from './world.ts';

/** The pull request of the event. */
export const REVIEWED = 7;
export const FILES: readonly SimulatedFile[] = [
  { filename: 'src/a.ts', patch: '@@ -1,3 +1,4 @@\n one\n-two\n+TWO\n+two and a half\n three' },
  { filename: 'src/gone.ts', status: 'removed', patch: '@@ -1,2 +0,0 @@\n-one\n-two' },
  { filename: 'src/new.ts', previous_filename: 'src/old.ts', status: 'renamed' },
  { filename: 'picture.png' },
];
export const ON_PULL_REQUEST = { ...DISPATCH, issue: REVIEWED, pullRequest: REVIEWED };

/** Steps on a simulated OpenHands server, and a simulated GitHub with a pull request, on one clock. */
export interface ReviewSteps extends Steps {
  readonly github: GithubApi;
}

/** What differs from the default: the answer as JSON, the server, the GitHub and the event. */
export interface ReviewOptions extends SimulatorOptions {
  readonly answer?: unknown;
  /** The answers to the first messages, in their order. The last one is that to all others, too. */
  readonly answers?: readonly unknown[];
  readonly github?: GithubApiOptions;
  readonly event?: World['event'];
  /** What else differs in the world of the steps. */
  readonly world?: Parameters<typeof withSteps>[2];
  /** The changed files of the pull request. */
  readonly files?: readonly SimulatedFile[];
  /** The repository of the head. */
  readonly from?: string;
}

/** Runs steps whose agent answers with findings about a pull request. */
export async function withReviews(
  {
    answer,
    answers = [answer],
    github: given,
    event = ON_PULL_REQUEST,
    world,
    from,
    files = FILES,
    ...options
  }: ReviewOptions,
  body: (steps: ReviewSteps) => Promise<void>,
): Promise<void> {
  let connect: ((token: string) => GitHub) | undefined;
  const texts = answers.map((each) => (typeof each === 'string' ? each : JSON.stringify(each)));
  let got = 0;
  const scenario: Scenario = {
    ...answering(''),
    get work() {
      return answering(texts[Math.min(got, texts.length - 1)] ?? '').work;
    },
  };
  const onRequest: SimulatorOptions['onRequest'] = ({ method, path, status }) => {
    if (method === 'POST' && status === 200 && /\/(?:app-conversations|send-message)$/.test(path)) got += 1;
  };
  await withSteps(
    { api: 'v1', scenario, onRequest, ...options },
    async (steps) => {
      const { clock, fetch: send } = steps;
      const github = await startGithubApi({
        clock: { speed: 1, now: () => clock.date().getTime() },
        ...given,
      });
      connect = (token) => clientOf(github, { clock, send, ...(token !== '' && { token }) });
      github.push({ number: REVIEWED, ...(from !== undefined && { from }) }, { files });
      try {
        await body({ ...steps, github });
      } finally {
        await github.close();
      }
    },
    {
      ...world,
      event,
      github: (token) => {
        if (connect === undefined) throw new Error('there is no GitHub yet');
        return connect(token);
      },
    },
  );
}
