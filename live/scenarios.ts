import assert from 'node:assert/strict';

import { FINISH_ANSWER, TITLE } from './model.ts';
import { processState, withCommand } from './processes.ts';
import {
  act,
  ask,
  asking,
  atWork,
  changeSandbox,
  conversation,
  fails,
  KEY,
  type Scenario,
  type Stage,
  succeeds,
  took,
  untilShown,
} from './stage.ts';

/** The scenarios for V1 only. Several run at a time. */
export const SCENARIOS: readonly Scenario[] = [
  { name: 'a server with a session key: the wrong one, the right one, and one that changes', run: keys },
  { name: 'wait to the end: the answer of the finish tool', run: finish },
  { name: 'start without waiting', run: start },
  { name: 'the deadline passes while the agent works', run: deadline },
  { name: 'the step is canceled while the agent works', run: cancel },
  { name: 'a sandbox that is paused and resumed: its agent continues', run: pauseAndResume },
  { name: 'api-version v0, which this server lacks', run: v0 },
  { name: 'the server stops during the wait', run: gone },
  { name: 'a message to a conversation whose sandbox is paused', run: messageToPaused },
  { name: 'on-paused: resume', run: resume },
];

async function start(stage: Stage): Promise<void> {
  const run = await act(stage, stage.open, { ...asking('long'), 'api-version': 'v1' });
  succeeds(run, 'running');
  const { 'conversation-id': id, 'conversation-url': url, 'api-version': version } = run.outputs;
  assert.equal(url, `${stage.open.url}/conversations/${id ?? ''}`);
  assert.equal(version, 'v1');
  assert.ok(!('response' in run.outputs));
  await untilShown(stage.open, id, 'RUNNING', 'running');
}

async function finish(stage: Stage): Promise<void> {
  const run = await act(stage, stage.open, { ...asking('finish'), poll: 'true', 'api-version': 'auto' });
  succeeds(run, 'finished');
  assert.equal(run.outputs['response'], FINISH_ANSWER);
  assert.equal(run.outputs['api-version'], 'v1');
  // The model's title may arrive after the end. The server's default title does not count as one.
  assert.ok([TITLE, undefined].includes(run.outputs['title']));
  // The server's statistics report 0; the events have the tokens. The price of this model is unknown.
  assert.match(run.outputs['input-tokens'] ?? '', /^[1-9]\d*$/);
  assert.match(run.outputs['output-tokens'] ?? '', /^[1-9]\d*$/);
  assert.ok(!('cost-usd' in run.outputs));
  assert.equal(run.outputs['pull-request-urls'], '');
}

async function deadline(stage: Stage): Promise<void> {
  const run = await act(stage, stage.open, {
    ...asking('long'),
    poll: 'true',
    'timeout-seconds': '50',
    'stop-on-timeout': 'false',
  });
  fails(run, 'timed-out', /the deadline passed, and the agent continues/);
  took(run, 50);
  const { execution_status: status } = await conversation(stage.open, run.outputs['conversation-id']);
  assert.equal(status, 'running');
}

async function cancel(stage: Stage): Promise<void> {
  const run = await act(
    stage,
    stage.open,
    { ...asking('long'), poll: 'true' },
    { signal: { after: (log) => log.includes('Agent running'), send: 'SIGINT' } },
  );
  fails(run, 'cancelled', /the step was canceled/);
  assert.equal(run.signal, null, 'the step ended by itself');
  const id = run.outputs['conversation-id'];
  await untilShown(stage.open, id, 'PAUSED', null);
  const agents = withCommand(stage.processes.running(), /openhands\.agent_server/);
  assert.ok(
    agents.some((pid) => processState(pid) === 'T'),
    'the process of the sandbox is stopped',
  );
}

/** Checks what `docs/contributing/openhands-api.md` and the simulator say about a pause. */
async function pauseAndResume(stage: Stage): Promise<void> {
  const id = await atWork(stage, stage.open);
  await changeSandbox(stage.open, id, 'pause');
  await untilShown(stage.open, id, 'PAUSED', null);
  await changeSandbox(stage.open, id, 'resume');
  await untilShown(stage.open, id, 'RUNNING', 'running');
}

async function v0(stage: Stage): Promise<void> {
  const run = await act(stage, stage.open, { ...asking('finish'), 'api-version': 'v0' });
  fails(run, 'start-failed', /HTTP 404.*check base-url and api-version/);
}

async function keys(stage: Stage): Promise<void> {
  const server = await stage.start({ sessionKey: KEY });
  const wrong = await act(stage, server, {
    ...asking('finish'),
    'api-key': 'sk-oh-not-the-key-of-this-server',
  });
  fails(wrong, 'start-failed', /HTTP 401.*check that api-key holds a valid key/);
  assert.deepEqual(await ask(server, 'GET', '/api/v1/app-conversations/start-tasks/search'), {
    items: [],
    next_page_id: null,
  });
  let restarted: Promise<unknown> | undefined;
  const run = await act(
    stage,
    server,
    { ...asking('long'), poll: 'true' },
    {
      onLog: (line) => {
        if (!line.includes('Agent running') || restarted !== undefined) return;
        server.kill();
        restarted = stage.start({ sessionKey: 'sk-oh-another-key-of-this-server', port: server.port });
      },
    },
  );
  await restarted;
  fails(run, 'unreachable', /HTTP 401.*\/conversations\//);
}

async function gone(stage: Stage): Promise<void> {
  const server = await stage.start();
  const run = await act(
    stage,
    server,
    // The wait would end after three minutes. A shorter deadline keeps this scenario short.
    { ...asking('long'), poll: 'true', 'timeout-seconds': '55', 'stop-on-timeout': 'false' },
    {
      onLog: (line) => {
        if (line.includes('Agent running')) server.kill();
      },
    },
  );
  fails(run, 'timed-out', /the deadline passed/);
  took(run, 55);
  assert.match(run.log, /ECONNREFUSED|connect/i);
}

async function messageToPaused(stage: Stage): Promise<void> {
  const first = await act(stage, stage.open, { ...asking('message'), poll: 'true' });
  succeeds(first, 'finished');
  const id = first.outputs['conversation-id'] ?? '';
  await changeSandbox(stage.open, id, 'pause');
  await untilShown(stage.open, id, 'PAUSED', null);
  const second = await act(stage, stage.open, { ...asking('finish'), 'conversation-id': id, poll: 'true' });
  succeeds(second, 'finished');
  assert.equal(second.outputs['response'], FINISH_ANSWER);
}

async function resume(stage: Stage): Promise<void> {
  const id = await atWork(stage, stage.open);
  await changeSandbox(stage.open, id, 'pause');
  await untilShown(stage.open, id, 'PAUSED', null);
  const run = await act(stage, stage.open, {
    'conversation-id': id,
    poll: 'true',
    'on-paused': 'resume',
    'timeout-seconds': '20',
    'stop-on-timeout': 'false',
  });
  fails(run, 'timed-out', /the deadline passed/);
  assert.match(run.log, /Resuming the conversation/);
  await untilShown(stage.open, id, 'RUNNING', 'running');
}
