import { type GithubApiOptions, startGithubApi } from '../../simulator/github/api.ts';
import { parseJson } from '../../simulator/json.ts';
import type { SimulatorOptions } from '../../simulator/server/server.ts';
import type { Workflow } from '../../src/github/workflow.ts';
import { clientOf } from '../../testbed/github-client.ts';
import type { Disturb } from '../../testbed/network.ts';
import type { Step, Steps } from '../../testbed/steps.ts';
import { at, listAt } from '../simulator/client.ts';
import { afterTest } from './after-test.ts';
import { eventOf } from './github.ts';
import { openSteps } from './open-steps.ts';

export const idOf = (number: number): string => `0a1b2c3d-0000-4000-8000-${String(number).padStart(12, '0')}`;
export const shot = (number: number): string =>
  `![shot](https://github.com/user-attachments/assets/${idOf(number)})`;
export const TEMPLATE = 'Fix it:\n{{ github.event.issue.body }}';
const INPUTS = { 'message-template': TEMPLATE, 'api-version': 'v1', poll: 'true' } as const;
const payload = (body: string): object => ({ action: 'labeled', issue: { number: 1, body } });

interface Lab {
  readonly steps: Steps;
  readonly github: Awaited<ReturnType<typeof startGithubApi>>;
  /** Runs a step about an issue. */
  readonly step: (inputs?: Readonly<Record<string, string>>, cancelAfter?: number) => Promise<Step>;
}

interface Options {
  readonly github?: GithubApiOptions;
  readonly simulator?: SimulatorOptions;
  readonly event?: readonly [name: string, payload: object];
  readonly gitHubUrl?: string;
  /** The text on GitHub, if it was edited since the event. */
  readonly edited?: string;
  readonly disturb?: Disturb;
}

/** Opens a GitHub whose issue has a text, and a server. */
export async function openPictures(
  body: string,
  uploads: Readonly<Record<string, Buffer>>,
  more: Options = {},
): Promise<Lab> {
  const [name, given] = more.event ?? ['issues', payload(body)];
  const texts = { 'issues/1': more.edited ?? body };
  const permissions = { octocat: { permission: 'write', role_name: 'write' } };
  const event = await eventOf(name, given);
  const github = await startGithubApi({ uploads, texts, permissions, ...more.github });
  afterTest(async () => github.close());
  const steps: Steps = await openSteps(more.simulator ?? { api: 'v1' }, {
    event,
    ...(more.disturb && { disturb: more.disturb }),
    github: () => ({
      during: (signal) => clientOf(github, { clock: steps.clock, send: steps.fetch }).during(signal),
    }),
  });
  const gitHubUrl = more.gitHubUrl ?? 'https://github.com';
  const workflow: Partial<Workflow> = {
    gitHubUrl,
    templateContext: async () =>
      Promise.resolve({ github: { repository: 'octo-org/octo-repo', server_url: gitHubUrl }, event: given }),
  };
  return {
    steps,
    github,
    step: async (inputs = {}, cancelAfter) => steps.step({ ...INPUTS, ...inputs }, cancelAfter, workflow),
  };
}

/** Returns the contents of the messages that were sent, as text and the addresses of pictures. */
export function contentsSent({
  simulator,
}: Pick<Steps, 'simulator'>): readonly { readonly text: string; readonly images: readonly unknown[] }[] {
  return simulator.requests
    .filter(
      ({ method, path }) =>
        method === 'POST' && /\/(?:app-conversations|conversations|send-message|events)$/.test(path),
    )
    .map(({ body }) => {
      const sent = parseJson(body);
      const [first, ...others] = listAt(at(sent, 'initial_message') ?? sent, 'content');
      return {
        text: String(at(first, 'text')),
        images: others.flatMap((each) => listAt(each, 'image_urls')),
      };
    });
}

export const dataOf = (bytes: Buffer, type = 'image/png'): string =>
  `data:${type};base64,${bytes.toString('base64')}`;
