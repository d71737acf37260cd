import type { FaultPlan, History, ServerPlan, StepPlan } from '../../histories/history.ts';

/** A history in which the search has found a defect, made smaller. */
export interface Found {
  /** What it broke, as a sentence that is true by now. */
  readonly name: string;
  readonly history: History;
}

/** The members of a step that differ from those of a step with a key and no trouble. */
type Differences = Partial<Omit<StepPlan, 'inputs'>> & { readonly inputs?: StepPlan['inputs'] };

/** Returns a history of steps with consecutive runs, which have one key in common. */
export function history(server: ServerPlan, ...steps: readonly Differences[]): History {
  return {
    seed: 1,
    server,
    pushes: [],
    people: [],
    steps: steps.map((step, number) => ({
      at: 0,
      run: 100 + number,
      attempt: 1,
      faults: [],
      post: { delay: 1 },
      ...step,
      inputs: { message: `Task of step ${number}.`, 'idempotency-key': 'issue-12', ...step.inputs },
    })),
  };
}

const COMMENT = { comment: 'true', 'issue-number': '1' };
const WAITS = { poll: 'true' };
const REVIEW = {
  ...WAITS,
  message: 'Task of step 0.',
  'stop-on-cancel': 'false',
  review: 'true',
  'issue-number': '7',
  branch: 'next',
};
const CHECKED = {
  ...WAITS,
  'timeout-seconds': '90',
  'on-paused': 'resume',
  'wait-for-checks': 'true',
  'max-fix-rounds': '1',
};
const CORRECTED = {
  ...WAITS,
  'output-schema': '{"type":"object","required":["changed"],"properties":{"changed":{"type":"boolean"}}}',
};
const once = (name: string, from: number, only: FaultPlan['only']): FaultPlan => ({
  name,
  from,
  times: 1,
  only,
});

/** What was broken, and stays fixed. */
export const FIXED: readonly Found[] = [
  {
    name: 'a summary that post writes again ends as the step did, although post cannot look at the conversation',
    history: history(
      { kind: 'v1', scenario: 'finish' },
      {
        inputs: { 'timeout-seconds': '150' },
        faults: [
          { name: '429, Retry-After: 7', from: 5, times: 12, only: 'openhands' },
          { name: 'no answer ever comes, request processed', from: 0, times: 12, only: 'send' },
        ],
        post: { delay: 0.5 },
      },
    ),
  },
  {
    name: 'a step that cannot follow its start any more says that an agent may be working',
    history: history(
      { kind: 'v1', scenario: 'vanish' },
      { faults: [{ name: '410', from: 9, times: 12, only: 'any' }], post: { delay: 1, isGone: true } },
    ),
  },
  ...['401', '403', '404'].map((status) => ({
    name: `a comment tells the end although one edit was refused by ${status}`,
    history: history(
      { kind: 'v1', scenario: 'finish' },
      { inputs: COMMENT, faults: [once(status, 9, 'github')] },
    ),
  })),
  {
    name: 'post writes the comment although its first look for it was no JSON',
    history: history(
      { kind: 'agent-server', scenario: 'finish' },
      {
        inputs: COMMENT,
        faults: [once('503, Retry-After: 7', 4, 'send'), once('no JSON', 53, 'github')],
        kill: { request: 2, isSent: true },
        post: { delay: 3 },
      },
    ),
  },
  {
    name: 'the outcome file keeps the end that the step had, although post cannot read the conversation',
    history: history(
      { kind: 'v1', scenario: 'finish' },
      {
        inputs: { 'timeout-seconds': '90' },
        faults: [{ name: 'no answer ever comes', from: 9, times: 40, only: 'any' }],
        post: { delay: 3 },
      },
    ),
  },
  {
    name: "the outcome file tells the end although main was killed after the agent's end",
    history: history(
      { kind: 'agent-server', scenario: 'finish' },
      {},
      { inputs: { ...WAITS, ...COMMENT }, kill: { request: 0, isSent: true } },
    ),
  },
  {
    name: 'the outcome file has the address that the output has, although the step could not read the conversation',
    history: history(
      { kind: 'agent-server', scenario: 'finish' },
      { inputs: { 'if-exists': 'send' } },
      {
        at: 1,
        run: 100,
        attempt: 2,
        inputs: { 'if-exists': 'send', message: 'Task of step 0.' },
        faults: [once('redirect', 2, 'openhands')],
      },
    ),
  },
  {
    name: "over budget with if-exists: send, another run's agent does not go on unseen",
    history: history(
      { kind: 'v1', scenario: 'forever' },
      {},
      { at: 3000, inputs: { ...WAITS, 'if-exists': 'send', 'max-cost-usd': '0.2' } },
    ),
  },
  {
    name: 'a step with a limit says that the server tells no cost',
    history: history(
      { kind: 'agent-server', scenario: 'finish', hasNoPrices: true, hasNoSockets: true },
      { inputs: { ...WAITS, 'max-cost-usd': '0.3' } },
    ),
  },
  {
    name: 'a neighbor in a shared sandbox works on, although both have just started',
    history: history(
      { kind: 'v1', scenario: 'finish', isShared: true, hasNeighbor: true },
      { inputs: { 'timeout-seconds': '5' } },
    ),
  },
  {
    name: 'a neighbor in a shared sandbox works on, although it has just started and the clock of the server is ten minutes ahead',
    history: {
      ...history(
        { kind: 'v1', scenario: 'start-silent', isShared: true, hasNeighbor: true, wrongDates: 0.7 },
        {},
        { run: 103 },
      ),
      // Which dates are wrong matters.
      seed: 20_267_277,
    },
  },
  {
    name: 'two steps on one key ask the agent only once for the line that says its result',
    history: history(
      { kind: 'agent-server', scenario: 'finish' },
      { inputs: { ...WAITS, 'require-result': 'done' } },
      { inputs: { ...WAITS, 'require-result': 'done' } },
    ),
  },
  {
    name: 'an agent that was paused before it had answered a correction is run again by another step, and gets no second one',
    history: {
      ...history(
        { kind: 'self-hosted', scenario: 'finish' },
        { inputs: CORRECTED, faults: [{ ...once('redirect', 22, 'openhands'), times: 4 }] },
        {
          inputs: { ...CORRECTED, 'if-exists': 'restart-merged' },
          faults: [once('502, request processed', 10, 'any'), { ...once('503', 1, 'any'), times: 4 }],
        },
      ),
      // The jitter of the looks matters.
      seed: 20_273_565,
    },
  },
  {
    name: 'a step that is killed while it waits for the conversation of another one does not say that its start failed',
    history: history(
      { kind: 'v1', scenario: 'finish' },
      {},
      { inputs: { ...WAITS, ...COMMENT }, kill: { request: 8, isSent: true } },
    ),
  },
  {
    name: 'a re-run sends its message once, although the agent was paused as soon as it had it',
    history: history(
      { kind: 'v1', scenario: 'finish' },
      { inputs: { 'if-exists': 'send' }, cancel: { request: 6 } },
      { inputs: { 'if-exists': 'send', message: 'Task of step 0.' }, run: 100, attempt: 2, after: 0 },
    ),
  },
  {
    name: 'an agent that is lost at its correction is paused',
    history: history(
      { kind: 'self-hosted', scenario: 'vanish' },
      { inputs: { ...WAITS, message: 'Task of step 0.\nsimulate: finish', 'require-result': 'done' } },
    ),
  },
  {
    name: "post reports another run's conversation although main was killed as soon as it saw it",
    history: history(
      { kind: 'v1', scenario: 'finish' },
      {},
      { at: 5, inputs: COMMENT, kill: { request: 7 } },
    ),
  },
  {
    name: 'two starts of one key in a shared sandbox have one agent, which gets each message once',
    // With this seed, the wrong dates are such that the second step asks for a start of its own.
    history: {
      ...history(
        { kind: 'v1', scenario: 'finish', isShared: true, wrongDates: 0.7 },
        {},
        { inputs: { 'if-exists': 'send' }, ahead: 3600 },
      ),
      seed: 3,
    },
  },
  {
    name: 'a message about failed checks is sent once, although somebody else sends one and the sandbox is paused',
    // With this seed, the second message arrives just as the sandbox is paused.
    history: {
      ...history(
        { kind: 'v1', scenario: 'finish', hasLimits: true },
        { inputs: { message: 'Task of step e.\nsimulate: forever' }, run: 99 },
        { at: 30, inputs: CHECKED },
        { at: 31 },
        { at: 0, after: 1, run: 101, attempt: 2, inputs: { ...CHECKED, message: 'Task of step 1.' } },
        { at: 31, inputs: { ...WAITS, 'if-exists': 'send', 'max-cost-usd': '0.3' } },
      ),
      pushes: [{ check: 'failure' }, { check: 'failure' }],
      seed: 200_781,
    },
  },
  {
    name: 'a step that is canceled while a sandbox is resumed for a correction does not say that its agent may continue',
    history: history(
      { kind: 'v1', scenario: 'hidden-finish', isShared: true, hasNeighbor: true, hasNoSockets: true },
      {
        inputs: { ...WAITS, 'output-schema': '{"type":"object","required":["changed"]}' },
        cancel: { seconds: 28 },
      },
    ),
  },
  {
    name: 'an agent that was paused before it had its message is not run without one by a re-run of the job',
    history: history(
      { kind: 'self-hosted', scenario: 'stopped-early' },
      { inputs: { ...WAITS, 'require-result': 'done' }, kill: { request: 7, isSent: true } },
      {
        inputs: { ...WAITS, 'require-result': 'done', message: 'Task of step 0.' },
        run: 100,
        attempt: 2,
        after: 0,
      },
    ),
  },
  {
    name: 'an agent over budget is paused although a re-run cannot read whether it has sent its message',
    history: history(
      { kind: 'agent-server', scenario: 'forever' },
      {},
      {
        at: 3000,
        inputs: { ...WAITS, 'if-exists': 'send', 'max-cost-usd': '0.05' },
        faults: [{ ...once('404', 5, 'any'), times: 40 }],
      },
      {
        inputs: { ...WAITS, 'if-exists': 'send', 'max-cost-usd': '0.05', message: 'Task of step 1.' },
        run: 101,
        attempt: 2,
        after: 1,
        faults: [once('wrong JSON', 6, 'any')],
      },
    ),
  },
  {
    name: 'a step that is canceled before it has run a paused agent in a shared sandbox says that it is paused',
    history: history(
      { kind: 'v1', scenario: 'finish', isShared: true, hasNeighbor: true },
      {
        inputs: WAITS,
        faults: [{ ...once('429, Retry-After: 7', 2, 'openhands'), times: 4 }],
        cancel: { request: 11, isSent: true },
      },
      { inputs: { 'timeout-seconds': '4' } },
    ),
  },
  {
    name: 'two starts of one key leave one sandbox running, although the second came 25 s later and is not read at first',
    history: history(
      { kind: 'v1', scenario: 'finish' },
      { faults: [once('404', 4, 'any'), once('answer after 25 s', 2, 'openhands')] },
      {},
    ),
  },
  {
    name: 'the outcome file tells the end although main was killed while it paused the agent after a failure',
    history: history(
      { kind: 'self-hosted', scenario: 'finish' },
      {
        inputs: { ...WAITS, ...COMMENT },
        outage: { from: 19, to: 59, isOfGithub: false, name: 'wrong JSON' },
        kill: { request: 23, isSent: true },
        post: { delay: 3 },
      },
    ),
  },
  {
    name: 'of two starts of one key, the sandbox of the one that was ready last is not paused, although it is listed late',
    history: {
      ...history(
        { kind: 'v1', scenario: 'finish' },
        { faults: [once('405', 8, 'openhands'), once('429', 2, 'openhands')] },
        { at: 10 },
        {
          at: 2,
          inputs: { ...WAITS, 'on-paused': 'resume' },
          faults: [
            { ...once('wrong JSON, request processed', 35, 'any'), times: 40 },
            once('cut-off JSON', 13, 'any'),
          ],
        },
      ),
      // The jitter of the retries matters.
      seed: 501335,
    },
  },
  {
    name: 'a re-run finds its message in the next conversation of an archived one, although it is stored late',
    history: history(
      { kind: 'v1', scenario: 'finish' },
      { inputs: { message: 'Task of step e.\nsimulate: missing' } },
      {
        at: 30,
        inputs: { 'if-exists': 'send' },
        faults: [once('connection refused', 2, 'any')],
        kill: { request: 14, isSent: true },
      },
      {
        inputs: { 'if-exists': 'send', message: 'Task of step 1.' },
        run: 101,
        attempt: 2,
        after: 1,
        post: { delay: 0.5 },
      },
    ),
  },
  {
    name: 'a step that is canceled just before it asks for another answer does not say that its agent may continue',
    history: history(
      { kind: 'agent-server', scenario: 'finish' },
      {
        inputs: { ...WAITS, 'require-result': 'done', branch: 'next' },
        cancel: { request: 15, isSent: true },
      },
    ),
  },
  {
    name: 'a step whose message is deferred for long pauses the agent once that is over budget',
    history: history(
      { kind: 'self-hosted', scenario: 'forever' },
      {},
      {
        inputs: { ...WAITS, 'if-exists': 'send', 'max-cost-usd': '0.05' },
        faults: [{ ...once('429, Retry-After: 7', 6, 'send'), times: 40 }],
      },
    ),
  },
  {
    name: 'a review is posted once, although one of its steps could not read about which commit the agent was asked',
    history: history(
      { kind: 'agent-server', scenario: 'review' },
      { inputs: REVIEW, cancel: { seconds: 15.936 } },
      {
        inputs: REVIEW,
        run: 100,
        attempt: 2,
        after: 0,
        faults: [once('answer after 90 s', 3, 'any'), once('redirect', 10, 'any')],
      },
      { inputs: REVIEW, run: 100, attempt: 3, after: 1 },
    ),
  },
  {
    name: 'the sandbox of a killed start is paused, although the one in which the conversation runs is gone',
    history: history(
      { kind: 'v1', scenario: 'archived' },
      {
        faults: [once('408', 1, 'openhands')],
        kill: { seconds: 3 },
        post: { delay: 1, kill: { seconds: 0.1 } },
      },
      {
        inputs: { message: 'Task of step 1.\nsimulate: forever' },
        kill: { seconds: 3 },
        post: { delay: 20 },
      },
    ),
  },
  {
    name: 'an agent whose start got no answer is paused, although the account was at its limit of requests before',
    history: history(
      { kind: 'self-hosted', scenario: 'sandbox-died' },
      {
        inputs: WAITS,
        faults: [once('429, X-RateLimit-Reset: 7', 2, 'send'), once('answer after 90 s', 6, 'send')],
      },
    ),
  },
  {
    name: 'a step that is canceled before it has run an agent that has failed by the resume of its sandbox says that it no longer runs',
    history: {
      ...history(
        { kind: 'v1', scenario: 'paused-resumed', isShared: true, hasNeighbor: true },
        { inputs: { ...WAITS, 'on-paused': 'resume' }, cancel: { seconds: 20.577 }, post: { delay: 30 } },
      ),
      // The jitter of the looks matters.
      seed: 2955,
    },
  },
  {
    name: 'of two starts of one key one is paused, although it cannot be read for long in which sandbox the conversation runs',
    history: {
      ...history(
        { kind: 'v1', scenario: 'finish' },
        {
          faults: [
            once('408', 1, 'openhands'),
            { ...once('no answer ever comes, request processed', 7, 'any'), times: 40 },
          ],
        },
        {
          faults: [
            { ...once('429, Retry-After: 7', 11, 'openhands'), times: 4 },
            { ...once('no JSON', 13, 'openhands'), times: 40 },
          ],
        },
      ),
      // The jitter of the retries matters.
      seed: 1_700_057,
    },
  },
  {
    name: 'a step whose key is refused ends soon, although the answer to its message was lost',
    history: history(
      { kind: 'agent-server', scenario: 'finish' },
      {},
      {
        inputs: { 'if-exists': 'send' },
        faults: [once('503, request processed', 1, 'send'), { ...once('401', 6, 'openhands'), times: 40 }],
      },
    ),
  },
  {
    name: 'an agent that has got its message is paused, although a person pauses its sandbox before it begins and the step is canceled',
    history: {
      ...history(
        { kind: 'self-hosted', scenario: 'finish' },
        { inputs: WAITS },
        {
          at: 60,
          inputs: {
            ...WAITS,
            message: 'Task of step 1.\nsimulate: forever',
            'if-exists': 'send',
            'on-paused': 'resume',
          },
          cancel: { seconds: 12 },
        },
      ),
      people: [{ at: 60.5, what: 'pause' }],
    },
  },
  {
    name: 'a step that has run a paused agent whose conversation is being deleted does not say that it may continue',
    history: history(
      { kind: 'agent-server', scenario: 'deleting' },
      { inputs: WAITS, cancel: { seconds: 7 } },
      { inputs: { ...WAITS, message: 'Task of step 0.' }, run: 100, attempt: 2, after: 0 },
    ),
  },
  {
    name: "a person's pause stays one after a deploy, although the server did not tell its uptime when the pause was seen",
    history: {
      ...history(
        { kind: 'agent-server', scenario: 'long', hasNoSockets: true },
        { inputs: { ...WAITS, 'timeout-seconds': '200' }, faults: [once('no answer ever comes', 14, 'any')] },
      ),
      people: [
        { at: 8, what: 'pause' },
        { at: 12, what: 'stop agent servers' },
      ],
    },
  },
  {
    name: 'a step that sees the follow-up of another step asks for a right answer itself',
    history: history(
      { kind: 'agent-server', scenario: 'finish' },
      { inputs: { ...WAITS, 'require-result': 'done' } },
      { inputs: { ...WAITS, 'if-exists': 'send' } },
      { inputs: { 'if-exists': 'send' }, after: 1 },
    ),
  },
  {
    name: 'a step that finds the messages of a conversation gone does not say that its result was never asked for',
    history: {
      ...history(
        { kind: 'v1', scenario: 'finish' },
        {
          inputs: { ...WAITS, 'stop-on-cancel': 'false', 'require-result': 'done' },
          kill: { request: 8, isSent: true },
          post: { delay: 3 },
        },
        {
          at: 60,
          inputs: { ...WAITS, 'require-result': 'done' },
          faults: [
            once('no JSON, request processed', 10, 'openhands'),
            { name: 'redirect', from: 5, times: 4, only: 'openhands' },
          ],
          after: 0,
        },
      ),
      people: [{ at: 73, what: 'delete' }],
    },
  },
  {
    name: 'a step whose first look at a resumed sandbox shows the end of its agent asks for the clone',
    history: history(
      { kind: 'self-hosted', scenario: 'hostile-triage', failsToClone: 'branch' },
      { inputs: { branch: 'typo' } },
      {
        inputs: { ...WAITS, 'on-paused': 'resume', 'if-exists': 'restart-failed', ...COMMENT },
        faults: [
          once('503, Retry-After: 7, request processed', 29, 'any'),
          once('connection refused', 0, 'any'),
          once('500', 8, 'any'),
          { name: '409', from: 10, times: 7, only: 'send' },
        ],
        after: 0,
      },
    ),
  },
];
