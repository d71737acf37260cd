import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import type { GithubApi } from '../../simulator/github/api.ts';
import { PNG } from '../../simulator/github/picture-files.ts';
import { type PictureProxy, startPictureProxy } from '../../simulator/github/picture-proxy.ts';
import type { ActionRun } from '../../simulator/runner/runner.ts';
import type { Simulator } from '../../simulator/server/server.ts';
import { act, simulate } from '../support/act.ts';
import { afterTest, openGithub } from '../support/after-test.ts';
import { contentsSent, dataOf, idOf, shot, TEMPLATE } from '../support/pictures.ts';

interface Ran {
  readonly run: ActionRun;
  readonly simulator: Simulator;
  readonly github: GithubApi;
  readonly proxy: PictureProxy;
  /** The texts of all files that the step has left. */
  readonly files: string;
}

/** Runs a step about an issue with a picture, with debug logging. */
async function run(
  prepare: (github: GithubApi) => void = () => undefined,
  env: (proxy: PictureProxy) => Readonly<Record<string, string>> = (proxy) => proxy.env,
): Promise<Ran> {
  const github = await openGithub({ texts: { 'issues/1': shot(1) }, uploads: { [idOf(1)]: PNG } });
  const proxy = await startPictureProxy();
  afterTest(proxy.close);
  prepare(github);
  const simulator = await simulate();
  const ran = await act(
    { 'base-url': simulator.url, 'message-template': TEMPLATE, poll: 'true', comment: 'true' },
    {
      event: { name: 'issues', payload: { action: 'labeled', issue: { number: 1, body: shot(1) } } },
      github: { api_url: github.url },
      env: { RUNNER_DEBUG: '1', ...env(proxy) },
    },
  );
  expect(ran.outputs['status']).toBe('finished');
  return { run: ran, simulator, github, proxy, files: await filesIn(ran.temp) };
}

async function filesIn(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return (
    await Promise.all(files.map(async (file) => readFile(join(file.parentPath, file.name), 'utf8')))
  ).join('\n');
}

/** Checks that neither a signed address nor the bytes of a picture are in anything that a step has written. */
function expectNoPicture({ run: { rawLog, outputs, state, summary, post }, files, github }: Ran): void {
  const comments = github.comments.map(({ body }) => body);
  const texts = [rawLog, post?.rawLog, JSON.stringify([outputs, state]), summary, files, ...comments];
  for (const text of texts) expect(text).not.toMatch(/jwt=|;base64,|iVBOR/);
}

describe('a picture', () => {
  test('goes from its host through the proxy of the workflow to the agent, and nowhere else', async () => {
    const ran = await run();
    expect(contentsSent(ran)[0]?.images).toEqual([dataOf(PNG)]);
    expect(ran.proxy.asked).toEqual(['private-user-images.githubusercontent.com:443']);
    expect(ran.github.pictures).toEqual([
      {
        upload: idOf(1),
        status: 200,
        headers: expect.not.objectContaining({ authorization: expect.anything() }),
      },
    ]);
    expect(ran.run.log).toContain('The message has 1 picture');
    expect(ran.run.log).toMatch(
      /##\[debug\]GET https:\/\/private-user-images\.githubusercontent\.com\/\S+\.png: HTTP 200 after/,
    );
    expectNoPicture(ran);
  });

  test.each([
    ['a redirect', 'HTTP 307', { kind: 'redirect', to: 'https://example.com/x.png' }],
    ['a broken connection', 'closed', { kind: 'reset' }],
    [
      'a broken compression',
      'header',
      { kind: 'status', status: 200, headers: { 'content-encoding': 'gzip' }, body: 'not compressed' },
    ],
  ] as const)('is left out after %s, and nobody else is asked', async (_, why, answer) => {
    const ran = await run((github) => {
      github.order({ path: '/583231/*', answer, times: Number.POSITIVE_INFINITY });
    });
    expectLeftOut(ran, why);
    expect(new Set(ran.proxy.asked)).toEqual(new Set(['private-user-images.githubusercontent.com:443']));
  });

  test.each([
    ['the proxy is not there', 'ECONNREFUSED', () => ({ HTTPS_PROXY: 'http://127.0.0.1:1' })],
    [
      'nobody trusts its certificate',
      'certificate',
      ({ env }: PictureProxy) => ({ ...env, NODE_EXTRA_CA_CERTS: '' }),
    ],
  ])('is left out if %s', async (_, why, env) => {
    expectLeftOut(await run(undefined, env), why);
  });
});

/** Checks that the message went without its picture, and that a warning and the message say so. */
function expectLeftOut(ran: Ran, why: string): void {
  expect(contentsSent(ran)).toEqual([
    { text: expect.stringContaining('- not sent: 1 picture of github.event.issue.body'), images: [] },
  ]);
  const warnings = ran.run.annotations.filter(({ level }) => level === 'warning');
  expect(warnings.map(({ message }) => message)).toEqual([
    expect.stringContaining(
      '1 of 1 picture not sent: could not be read from GitHub (private-user-images.githubusercontent.com: ',
    ),
  ]);
  expect(warnings[0]?.message).toMatch(why);
  expectNoPicture(ran);
}
