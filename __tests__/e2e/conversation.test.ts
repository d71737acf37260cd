import { readFile } from 'node:fs/promises';

import { describe, expect, test } from '@jest/globals';

import { parseFault } from '../../simulator/fault-text.ts';
import type { Simulator } from '../../simulator/server/server.ts';
import { act, errorsOf, expectFailure, KEY, MESSAGE, simulate } from '../support/act.ts';

function stoppingRequests(simulator: Simulator): readonly string[] {
  return simulator.requests
    .filter(
      ({ method, path, status }) =>
        method === 'POST' && status === 200 && /\/(?:pause|stop|interrupt)$/.test(path),
    )
    .map(({ path }) => path);
}

describe.each(['v1', 'v0'] as const)('a conversation with %s', (version) => {
  test('gives its answer, pull request and cost at the end', async () => {
    const simulator = await simulate({ api: version });
    const run = await act({ message: MESSAGE, 'base-url': simulator.url, branch: 'develop', poll: 'true' });
    const [conversation] = simulator.conversations;
    expect(errorsOf(run)).toEqual([]);
    expect(run.exitCode).toBe(0);
    expect(conversation).toMatchObject({
      version,
      message: MESSAGE,
      repository: 'octo-org/octo-repo',
      branch: 'develop',
      provider: 'github',
    });
    expect(run.outputs).toMatchObject({
      'conversation-id': conversation?.id,
      'conversation-url': `${simulator.url}/conversations/${conversation?.id ?? ''}`,
      'api-version': version,
      status: 'finished',
      title: 'Check the README for wrong statements',
      response: expect.stringContaining('three wrong statements'),
      'pull-request-urls': 'https://github.com/octo-org/octo-repo/pull/12',
    });
    expect(run.outputs['cost-usd']).toBe(version === 'v1' ? '0.23' : undefined);
    expect(await readFile(run.outputs['response-file'] ?? '', 'utf8')).toBe(run.outputs['response']);
    expect(run.summary).toContain('three wrong statements');
    expect(run.summary).toContain('Correct three statements in the README&nbsp;· open&nbsp;· +3 −3');
    expect(run.annotations).toEqual([
      expect.objectContaining({
        level: 'notice',
        message: expect.stringContaining(`/conversations/${conversation?.id ?? ''}`),
      }),
    ]);
    expect(simulator.conversations).toHaveLength(1);
    for (const { path, headers } of simulator.requests) {
      if (path.startsWith('/agent-server/')) expect(JSON.stringify(headers)).not.toContain(KEY);
      else expect(headers).toMatchObject({ authorization: `Bearer ${KEY}`, 'x-session-api-key': KEY });
    }
  });

  test('is only started if the step does not wait, here by a session key, and leaves post nothing to do', async () => {
    const simulator = await simulate({
      api: version,
      scenario: 'forever',
      authorization: { kind: 'session', key: KEY },
    });
    const run = await act({ message: MESSAGE, 'base-url': simulator.url });
    expect(run.exitCode).toBe(0);
    expect(run.outputs).toMatchObject({
      status: 'running',
      'conversation-id': simulator.conversations[0]?.id,
    });
    expect(run.outputs).not.toHaveProperty('response');
    expect(run.state).toMatchObject({ conversation: '' });
    expect(run.post?.rawLog).toBe('');
    expect(stoppingRequests(simulator)).toEqual([]);
  });

  test.each(['hostile', 'hostile-error', 'hostile-start'] as const)(
    'neither runs commands nor leaks secrets with %s texts',
    async (scenario) => {
      const simulator = await simulate({ api: version, scenario });
      const run = await act({ message: MESSAGE, 'base-url': simulator.url, poll: 'true' });
      const secrets = [KEY, ...simulator.conversations.map(({ sessionKey }) => sessionKey)];
      const seen = run.rawLog.replace(/^::add-mask::.*$/gm, '');
      const file = scenario === 'hostile' ? await readFile(run.outputs['response-file'] ?? '', 'utf8') : '';
      for (const secret of secrets) {
        for (const text of [seen, run.summary, JSON.stringify(run.outputs), file])
          expect(text).not.toContain(secret);
      }
      // Every command in the log has to be one of the action's own.
      const commands = seen.split(/\r\n|\r|\n/).filter((line) => /^\s*::|##\[/.test(line));
      for (const command of commands) {
        expect(command).toMatch(/^::(?:notice::OpenHands conversation: |error::failed to )/);
      }
      // eslint-disable-next-line no-control-regex -- these characters must not be there
      expect(seen).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e]/);
      expect(run.outputs['status']).toBe(
        { hostile: 'finished', 'hostile-error': 'error', 'hostile-start': 'start-failed' }[scenario],
      );
    },
  );

  test('is paused on a cancel, with outputs and summary, and the process ends without a signal', async () => {
    if (process.platform === 'win32') return;
    const simulator = await simulate({ api: version, scenario: 'forever' });
    const run = await act(
      { message: MESSAGE, 'base-url': simulator.url, poll: 'true' },
      { signal: { after: (log) => log.includes('Agent running'), send: 'SIGINT' } },
    );
    expectFailure(
      run,
      'cancelled',
      /the step was canceled, and the agent was paused\. What to do: .*\/conversations\//,
    );
    expect(run.signal).toBeNull();
    expect(run.outputs['conversation-id']).toBe(simulator.conversations[0]?.id);
    expect(stoppingRequests(simulator)).toHaveLength(1);
  });

  test('has the outputs for the next steps even after a kill', async () => {
    if (process.platform === 'win32') return;
    const simulator = await simulate({ api: version, scenario: 'forever' });
    const run = await act(
      { message: MESSAGE, 'base-url': simulator.url, poll: 'true' },
      { signal: { after: (log) => log.includes('Agent running'), send: 'SIGKILL' } },
    );
    expect(run.signal).toBe('SIGKILL');
    expect(run.outputs).toMatchObject({
      status: 'running',
      'conversation-id': simulator.conversations[0]?.id,
      'conversation-url': `${simulator.url}/conversations/${simulator.conversations[0]?.id ?? ''}`,
    });
    // Post does what main could not do.
    expect(run.post?.log).toContain('The step was interrupted, and the agent was paused');
    expect(stoppingRequests(simulator)).toHaveLength(1);
  });
});

test('the deadline pauses the agent, even if its server sends pings without end', async () => {
  const faults = [parseFault('GET /agent-server/*/sockets/events/* pings always')];
  const simulator = await simulate({ api: 'v1', scenario: 'forever', faults });
  const inputs = { message: MESSAGE, 'base-url': simulator.url, poll: 'true', 'timeout-seconds': '4' };
  const run = await act(inputs);
  expectFailure(
    run,
    'timed-out',
    /the deadline passed \(timeout-seconds is \d+\), and the agent was paused\. What to do: .*\/conversations\//,
  );
  expect(run.outputs['conversation-id']).toBe(simulator.conversations[0]?.id);
  expect(stoppingRequests(simulator)).toHaveLength(1);
});
