import assert from 'node:assert/strict';

import { FINISH_ANSWER, TITLE } from '../model.ts';
import { processState, withCommand } from '../processes.ts';
import {
  act,
  ask,
  askAndWait,
  asking,
  assertDuration,
  assertFailure,
  assertSuccess,
  changeSandbox,
  KEY,
  readConversation,
  type Scenario,
  type Stage,
  startWorking,
  waitUntilShown,
} from '../stage.ts';

/** The scenarios for V1 only. Several run at a time. */
export const SCENARIOS: readonly Scenario[] = [
  { name: 'a server with a session key: the wrong one, the right one, and one that changes', run: testKeys },
  { name: 'wait to the end: the answer of the finish tool', run: testFinish },
  { name: 'the deadline passes while the agent works', run: testDeadline },
  { name: 'the step is canceled while the agent works', run: testCancel },
  { name: 'the server stops during the wait', run: testGone },
  { name: 'a message to a conversation whose sandbox is paused', run: testMessageToPaused },
  { name: 'on-paused: resume', run: testResume },
  {
    name: 'twenty starts of others with large pictures: an agent is paused in time, and found by its key',
    run: testLargeStarts,
    isAlone: true,
  },
];

async function testFinish(stage: Stage): Promise<void> {
  const run = await askAndWait(stage, 'finish', { 'api-version': 'auto' });
  assertSuccess(run, 'finished');
  assert.equal(run.outputs['response'], FINISH_ANSWER);
  assert.equal(run.outputs['api-version'], 'v1');
  const page = `${stage.open.url}/conversations/${run.outputs['conversation-id'] ?? ''}`;
  assert.equal(run.outputs['conversation-url'], page);
  // The model's title may arrive after the end. The server's default title does not count as one.
  assert.ok([TITLE, undefined].includes(run.outputs['title']));
  // The server's statistics report 0; the events have the tokens. The price of this model is unknown.
  assert.match(run.outputs['input-tokens'] ?? '', /^[1-9]\d*$/);
  assert.match(run.outputs['output-tokens'] ?? '', /^[1-9]\d*$/);
  assert.ok(!('cost-usd' in run.outputs));
  assert.equal(run.outputs['pull-request-urls'], '');
}

async function testDeadline(stage: Stage): Promise<void> {
  const run = await askAndWait(stage, 'long', { 'timeout-seconds': '50', 'stop-on-timeout': 'false' });
  assertFailure(run, 'timed-out', /the deadline passed \(timeout-seconds is \d+\), and the agent continues/);
  assertDuration(run, 50);
  const { execution_status: status } = await readConversation(stage.open, run.outputs['conversation-id']);
  assert.equal(status, 'running');
}

async function testCancel(stage: Stage): Promise<void> {
  const run = await askAndWait(
    stage,
    'long',
    {},
    { signal: { after: (log) => log.includes('Agent running'), send: 'SIGINT' } },
  );
  assertFailure(run, 'cancelled', /the step was canceled/);
  assert.equal(run.signal, null, 'the step ended by itself');
  const id = run.outputs['conversation-id'];
  await waitUntilShown(stage.open, id, 'PAUSED', null);
  const agents = withCommand(stage.processes.running(), /openhands\.agent_server/);
  assert.ok(
    agents.some((pid) => processState(pid) === 'T'),
    'the process of the sandbox is stopped',
  );
}

async function testKeys(stage: Stage): Promise<void> {
  const server = await stage.start({ sessionKey: KEY });
  const wrong = await act(stage, server, {
    ...asking('finish'),
    'api-key': 'sk-oh-not-the-key-of-this-server',
  });
  assertFailure(wrong, 'start-failed', /HTTP 401.*save a valid key of the server/);
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
        const another = { sessionKey: 'sk-oh-another-key-of-this-server', port: server.port };
        restarted = server.end().then(async () => stage.start(another));
      },
    },
  );
  await restarted;
  assertFailure(run, 'unreachable', /HTTP 401.*\/conversations\//);
}

async function testGone(stage: Stage): Promise<void> {
  const server = await stage.start();
  const run = await act(
    stage,
    server,
    // The wait would end after three minutes. A shorter deadline keeps this scenario short.
    { ...asking('long'), poll: 'true', 'timeout-seconds': '55', 'stop-on-timeout': 'false' },
    {
      onLog: (line) => {
        if (line.includes('Agent running')) void server.end();
      },
    },
  );
  assertFailure(run, 'timed-out', /the deadline passed/);
  assertDuration(run, 55);
  assert.match(run.log, /ECONNREFUSED|connect/i);
}

async function testMessageToPaused(stage: Stage): Promise<void> {
  const first = await askAndWait(stage, 'message');
  assertSuccess(first, 'finished');
  const id = first.outputs['conversation-id'] ?? '';
  await changeSandbox(stage.open, id, 'pause');
  await waitUntilShown(stage.open, id, 'PAUSED', null);
  const second = await askAndWait(stage, 'finish', { 'conversation-id': id });
  assertSuccess(second, 'finished');
  assert.equal(second.outputs['response'], FINISH_ANSWER);
}

async function testResume(stage: Stage): Promise<void> {
  const id = await startWorking(stage, stage.open);
  await changeSandbox(stage.open, id, 'pause');
  await waitUntilShown(stage.open, id, 'PAUSED', null);
  const run = await act(stage, stage.open, {
    'conversation-id': id,
    poll: 'true',
    'on-paused': 'resume',
    'timeout-seconds': '20',
    'stop-on-timeout': 'false',
  });
  assertFailure(run, 'timed-out', /the deadline passed/);
  assert.match(run.log, /Resuming the conversation/);
  await waitUntilShown(stage.open, id, 'RUNNING', 'running');
}

async function testLargeStarts(stage: Stage): Promise<void> {
  const server = await stage.start();
  const picture = `data:image/png;base64,${'A'.repeat(4_000_000)}`;
  const content = [
    { type: 'text', text: 'Explain it.' },
    { type: 'image', image_urls: [picture] },
  ];
  for (let count = 0; count < 20; count += 1)
    await ask(server, 'POST', '/api/v1/app-conversations', {
      initial_message: { role: 'user', content },
      // The start fails for it, so that no agent begins. Its request is listed all the same.
      sandbox_id: 'not-there',
    });
  const newest = await ask(server, 'GET', '/api/v1/app-conversations/start-tasks/search?limit=3');
  assert.ok(JSON.stringify(newest).length > 10 * 1024 * 1024, 'the server lists the pictures of starts');
  const inputs = { ...asking('long'), poll: 'true', 'idempotency-key': 'among-large-starts' };
  const run = await act(stage, server, inputs, {
    signal: { after: (log) => log.includes('Agent running'), send: 'SIGINT' },
  });
  assertFailure(run, 'cancelled', /the step was canceled, and the agent was paused/);
  assert.equal(run.signal, null, 'the step ended by itself');
  const id = run.outputs['conversation-id'];
  const found = await act(stage, server, { ...inputs, poll: 'false' });
  assert.deepEqual([found.outputs['conversation-id'], found.outputs['reused']], [id, 'true']);
}
