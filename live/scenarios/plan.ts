import assert from 'node:assert/strict';

import { type GithubApi, startGithubApi } from '../../simulator/github/api.ts';
import type { ActionRun } from '../../simulator/runner/runner.ts';
import { follow, restartServer, whenAtWork } from '../agent-servers.ts';
import { startSilencing } from '../silence.ts';
import {
  act,
  askAndWait,
  asking,
  assertFailure,
  assertSuccess,
  type Inputs,
  KEY,
  type Options,
  type Scenario,
  type Stage,
} from '../stage.ts';

/** The scenarios for every server but V0. */
export const SCENARIOS_PLAN: readonly Scenario[] = [
  { name: 'plan: it ticks itself off in log, comment and summary', run: testShown },
  { name: 'plan: of an agent that fails, they say what is left open', run: testAbandoned },
  { name: 'plan: a follow-up has its own, or none', run: testFollowUp },
];

/** The scenarios for a standalone agent server. */
export const SCENARIOS_PLAN_ALONE: readonly Scenario[] = [
  { name: 'plan: without push', run: testWithoutPush },
  { name: 'plan: it goes on after a restart of the server', run: testRestart },
];

const FIRST = 'Read <b>@octocat</b> [x](https://evil.example) #1';
const LINES = [`Plan: 0 of 3 done · ${FIRST}`, 'Plan: 1 of 3 done · Run the tests', 'Plan: 3 of 3 done'];

/** Returns the lines of the log about the plan, without times. */
function planLines({ log }: ActionRun): readonly string[] {
  return log
    .split('\n')
    .filter((line) => /^\[[\d:]+\] Plan: /.test(line))
    .map((line) => line.replace(/^\S+ /, ''));
}

function assertWhole(run: ActionRun): void {
  assertSuccess(run, 'finished');
  assert.deepEqual(planLines(run), LINES);
  assert.doesNotMatch(run.log, /Step: Write the plan/);
  assert.match(run.summary, /<summary>Plan \(3 of 3 done\)<\/summary>\n\n- \[x\] `Read <b>@octocat<\/b> /);
}

/** Runs a step with a comment. Returns it with all texts that the comment had. */
async function commented(
  stage: Stage,
  script: string,
  more: Inputs = {},
): Promise<{ readonly run: ActionRun; readonly texts: readonly string[] }> {
  const github: GithubApi = await startGithubApi({ isPrivate: true });
  const texts = new Set<string>();
  const look = (): void => {
    for (const { bodies } of github.comments) for (const body of bodies) texts.add(body);
  };
  // The comment of a long step is replaced at its end.
  const timer = setInterval(look, 200);
  const inputs = {
    comment: 'true',
    'issue-number': '1',
    'github-token': 'ghs_live_token',
    'require-permission': 'none',
    'max-cost-usd': '10',
    ...more,
  };
  try {
    const options: Options = { github: { api_url: github.url } };
    const run = await askAndWait(stage, script, inputs, options);
    look();
    return { run, texts: [...texts] };
  } finally {
    clearInterval(timer);
    await github.close();
  }
}

async function testShown(stage: Stage): Promise<void> {
  // Longer than the pause between two edits.
  const { run, texts } = await commented(stage, 'plan 40');
  assertWhole(run);
  const working = texts.find((text) => text.includes('**Plan: 0 of 3 done**')) ?? '';
  assert.match(working, /^### ⏳ Working/);
  assert.match(working, /\n- \[ \] `Read .*` \(in progress\)\n- \[ \] `Run the tests`\n- \[ \] `Fix it`\n/);
  assert.match(working, /\n\*\*Newest steps\*\*\n\n- `Count to \d+ slowly`\n/);
  assert.match(working, /To stop the agent, cancel the run/);
  assert.match(texts.at(-1) ?? '', /<summary>Plan \(3 of 3 done\)<\/summary>/);
}

async function testAbandoned(stage: Stage): Promise<void> {
  const { run, texts } = await commented(stage, 'abandon');
  assertFailure(run, 'error', /What to do/);
  for (const page of [run.summary, texts.at(-1) ?? ''])
    assert.match(
      page,
      /\*\*Plan: 1 of 3 done, 2 left open\*\*\n\n- \[x\] `Read .*`\n- \[ \] `Run the tests` \(begun\)\n/,
    );
}

async function testFollowUp(stage: Stage): Promise<void> {
  const first = await askAndWait(stage, 'plan');
  assertWhole(first);
  const without = await follow(stage, first, 'message');
  assertSuccess(without, 'finished');
  assert.doesNotMatch(without.log + without.summary, /Plan[: ]/);
  assertWhole(await follow(stage, first, 'plan'));
}

async function testWithoutPush(stage: Stage): Promise<void> {
  const proxy = await startSilencing(stage.open.url, () => false);
  try {
    const server = { ...stage.open, url: `http://127.0.0.1:${proxy.port}` };
    const run = await act(stage, server, { ...asking('plan 10'), poll: 'true' });
    assertSuccess(run, 'finished');
    assert.equal(planLines(run).at(-1), LINES.at(-1));
    assert.match(run.summary, /<summary>Plan \(3 of 3 done\)<\/summary>/);
  } finally {
    await proxy.close();
  }
}

async function testRestart(stage: Stage): Promise<void> {
  const server = await stage.start({ sessionKey: KEY });
  const inputs = { ...asking('plan 8'), poll: 'true', 'timeout-seconds': '120' };
  const restart = async (): Promise<unknown> => restartServer(stage, server, 'SIGTERM');
  const run = await act(stage, server, inputs, whenAtWork(restart));
  assert.match(run.log, /The server was restarted, which paused the agent/);
  assertWhole(run);
}
