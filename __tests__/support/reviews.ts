import type { GithubApiOptions } from '../../simulator/github/api.ts';
import type { SimulatedFile } from '../../simulator/github/pulls.ts';
import { REVIEWED } from '../../simulator/github/pushing-agent.ts';
import type { SimulatorOptions } from '../../simulator/server/server.ts';
import type { Scenario } from '../../simulator/server/timeline.ts';
import type { Finding } from '../../src/review/findings.ts';
import type { World } from '../../src/world.ts';
import { DISPATCH } from '../../testbed/world.ts';
import { answering, type GithubSteps, openGithubSteps } from './github-steps.ts';
import type { openSteps } from './open-steps.ts';

export const FILES: readonly SimulatedFile[] = [
  { filename: 'src/a.ts', patch: '@@ -1,3 +1,4 @@\n one\n-two\n+TWO\n+two and a half\n three' },
  { filename: 'src/gone.ts', status: 'removed', patch: '@@ -1,2 +0,0 @@\n-one\n-two' },
  { filename: 'src/new.ts', previous_filename: 'src/old.ts', status: 'renamed' },
  { filename: 'picture.png' },
];
export const ON_PULL_REQUEST = { ...DISPATCH, issue: REVIEWED, pullRequest: REVIEWED };

/** What differs from the default: the answer as JSON, the server, the GitHub and the event. */
export interface ReviewOptions extends SimulatorOptions {
  readonly answer?: unknown;
  /** The answers to the first messages, in their order. The last one is that to all others, too. */
  readonly answers?: readonly unknown[];
  readonly github?: GithubApiOptions;
  readonly event?: World['event'];
  /** What else differs in the world of the steps. */
  readonly world?: Parameters<typeof openSteps>[1];
  /** The changed files of the pull request. */
  readonly files?: readonly SimulatedFile[];
  /** The repository of the head, and the pull request's texts. */
  readonly from?: string;
  readonly title?: string;
  readonly body?: string;
}

/** Starts servers for steps whose agent answers with findings about a pull request. They are closed after the test. */
export async function openReviewSteps({
  answer,
  answers = [answer],
  event = ON_PULL_REQUEST,
  world,
  from,
  title,
  body,
  files = FILES,
  ...options
}: ReviewOptions): Promise<GithubSteps> {
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
  const steps = await openGithubSteps({ scenario, onRequest, ...options }, { ...world, event });
  const about = {
    ...(from !== undefined && { from }),
    ...(title !== undefined && { title }),
    ...(body !== undefined && { body }),
  };
  steps.github.push({ number: REVIEWED, ...about }, { files });
  return steps;
}

/** A finding about a changed line, but for what is given. */
export const finding = (given: Partial<Finding> = {}): Finding => ({
  path: 'src/a.ts',
  line: 2,
  severity: 'error',
  text: 'The value is lost.',
  ...given,
});

/** An answer with these findings. */
export const withFindings = (
  ...findings: readonly Finding[]
): Readonly<Record<'summary' | 'findings', unknown>> => ({
  summary: 'It is almost right.',
  findings,
});
