import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import type { GitProvider } from '../../src/port/assignment.ts';
import type { Ending } from '../../src/port/conversation.ts';
import { endedOutcome, noConversation, type Outcome } from '../../src/port/outcome.ts';
import { planOf, type Task } from '../../src/port/plan.ts';
import { NO_STEPS, withSteps } from '../../src/record/agent-steps.ts';
import { EMPTY_RECORD, type StepRecord } from '../../src/record/record.ts';
import { startRecording } from '../../src/record/recorder.ts';
import { summaryOf } from '../../src/report/page.ts';
import { problemIn, problemLine } from '../../src/report/problem.ts';
import { pullRequestUrls } from '../../src/report/pull-requests.ts';
import { finish } from '../../src/step/finish.ts';
import { logSink, outputSink } from '../../src/step/sinks.ts';
import { inertHtmlOf } from '../../src/text/safe.ts';
import { simulatedClock } from '../../testbed/clock.ts';
import { DISPATCH, type RecordingRunner, recordingRunner } from '../../testbed/world.ts';
import { inputsWith } from '../support/record.ts';
import { hrefsIn, rendered, withoutCode } from '../support/rendered.ts';

const NO_KEY = { hasKey: false, isKeyShared: false };

const never = new AbortController().signal;

test.each(['needs-input', 'paused', 'missing'] as const)(
  'the error of an agent that ended as %s names no state if none could be read, as in post',
  (status) => {
    const conversation = { id: 'x', url: 'https://openhands.test/conversations/x' };
    const ended = endedOutcome(status, { conversation, phase: '', facts: { pullRequests: [] } });
    expect(problemIn(ended)?.because).toMatch(/[a-z]$/);
  },
);

describe('an output that cannot be written', () => {
  const withAnswer = (status: Ending): Outcome =>
    endedOutcome(status, {
      conversation: { id: 'x', url: 'https://openhands.test/conversations/x' },
      phase: `agent ${status}`,
      facts: { pullRequests: [] },
      storedEnd: { complete: true, answer: 'Done' },
    });
  const problem = { failedTo: 'write the output title', because: 'ENOSPC', advice: 'look at the disk' };
  const report = async (
    outcome: Outcome,
    lost: Partial<RecordingRunner>,
    temporary = '/tmp',
  ): Promise<RecordingRunner> => {
    const runner = { ...recordingRunner({}), ...lost };
    const gitHubUrl = 'https://github.com';
    const sinks = [outputSink(runner, gitHubUrl), logSink(runner, gitHubUrl)];
    const clock = simulatedClock();
    const recorder = startRecording(0, { clock, runner }, sinks);
    await finish(outcome, recorder, {
      runner,
      clock,
      cancelled: never,
      event: DISPATCH,
      workflow: { gitHubUrl, temporary, helpUrl: undefined, runId: undefined, repository: 'octo/repo' },
    });
    return runner;
  };

  test('fails a step that would succeed otherwise', async () => {
    const { failures } = await report(withAnswer('finished'), { outputProblem: () => problem });
    const link = 'https://openhands.test/conversations/x';
    expect(failures).toEqual([problemLine({ ...problem, advice: `look at the disk (${link})` })]);
  });

  test('is a warning if the step fails for another reason', async () => {
    const { failures, log } = await report(withAnswer('stuck'), { outputProblem: () => problem });
    expect(failures).toEqual([expect.stringContaining('stuck')]);
    expect(log).toContain(`Warning: ${problemLine(problem)}`);
  });

  test('may be the file of the answer, and the answer is still an output', async () => {
    const { failures, outputs } = await report(withAnswer('finished'), {}, '/nowhere/at/all');
    expect(failures).toEqual([expect.stringMatching(/^failed to write the output response-file: ENOENT/)]);
    expect(outputs['response']).toBe('Done');
    expect(outputs).not.toHaveProperty('response-file');
  });
});

describe('the line of a problem', () => {
  test('says what failed, why and what to do', () => {
    expect(problemLine({ failedTo: 'start it', because: 'HTTP 500: oops.\n', advice: 'wait' })).toBe(
      'failed to start it: HTTP 500: oops. What to do: wait.',
    );
  });

  test('is one line, whatever the server says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 3000 }), (because) => {
        expect(problemLine({ failedTo: 'start it', because, advice: 'wait' })).not.toMatch(/[\n\r]/);
      }),
    );
  });
});

describe('the addresses of pull requests', () => {
  const on = (gitProvider: GitProvider, repository = 'octo/repo') => ({ gitProvider, repository });
  const none = { pullRequests: [] };

  test('come from the facts of the conversation on GitHub, once each', () => {
    expect(
      pullRequestUrls(
        { pullRequests: [7, 9, 7] },
        ['https://github.com/octo/repo/pull/1'],
        on('github'),
        'https://ghe.test',
      ),
    ).toEqual(['https://ghe.test/octo/repo/pull/7', 'https://ghe.test/octo/repo/pull/9']);
  });

  test.each<[GitProvider, string, string, readonly string[]]>([
    [
      'github',
      'octo/repo',
      'I opened https://GitHub.com/Octo/Repo/pull/12. See https://github.com/octo/repo/pull/12/files',
      ['https://github.com/octo/repo/pull/12'],
    ],
    ['github', 'octo/repo', 'https://github.com/octo/other/pull/1 https://evil.test/octo/repo/pull/1', []],
    [
      'gitlab',
      'group/sub/project',
      'See https://gitlab.example.com/group/sub/project/-/merge_requests/5',
      ['https://gitlab.example.com/group/sub/project/-/merge_requests/5'],
    ],
    [
      'bitbucket',
      'me/it',
      '[PR](https://b.org/me/it/pull-requests/3)',
      ['https://b.org/me/it/pull-requests/3'],
    ],
    [
      'bitbucket_data_center',
      'PROJ/repo',
      'https://git.test/context/projects/PROJ/repos/repo/pull-requests/3',
      ['https://git.test/context/projects/PROJ/repos/repo/pull-requests/3'],
    ],
    ['forgejo', 'me/it', 'https://codeberg.org/me/it/pulls/8', ['https://codeberg.org/me/it/pulls/8']],
    [
      'azure_devops',
      'org/project/repo',
      'https://dev.azure.com/org/project/_git/repo/pullrequest/4',
      ['https://dev.azure.com/org/project/_git/repo/pullrequest/4'],
    ],
  ])('come from the answer on %s for %s', (provider, repository, answer, urls) => {
    expect(pullRequestUrls(none, [answer], on(provider, repository), 'https://github.com')).toEqual(urls);
  });

  test.each([['https://ghe.test:8443'], ['https://ghe.test/git'], ['http://github.internal']])(
    'are those of GitHub Enterprise at %s',
    (server) => {
      const answer = `See ${server}/octo/repo/pull/3#issuecomment-1, not https://github.com/octo/repo/pull/4`;
      expect(pullRequestUrls(none, [answer], on('github'), server)).toEqual([`${server}/octo/repo/pull/3`]);
      expect(pullRequestUrls({ pullRequests: [5] }, [answer], on('github'), server)).toEqual([
        `${server}/octo/repo/pull/5`,
        `${server}/octo/repo/pull/3`,
      ]);
    },
  );

  test("are those of the conversation's provider, whatever the step says", () => {
    const facts = { pullRequests: [3], repository: 'group/project', gitProvider: 'gitlab' };
    const answer = 'https://gitlab.com/group/project/-/merge_requests/3';
    expect(pullRequestUrls(facts, [answer], on('github'), 'https://github.com')).toEqual([answer]);
    expect(pullRequestUrls(facts, [], on('github'), 'https://github.com')).toEqual([]);
    const onGitHub = { pullRequests: [3], repository: 'octo/other', gitProvider: 'github' };
    expect(pullRequestUrls(onGitHub, [], on('gitlab'), 'https://github.com')).toEqual([
      'https://github.com/octo/other/pull/3',
    ]);
  });

  test.each(['enterprise_sso', 'toString', ''])(
    'are none with the provider %j, whose addresses are unknown',
    (gitProvider) => {
      const facts = { pullRequests: [3], repository: 'octo/repo', gitProvider };
      const answer = 'https://github.com/octo/repo/pull/3';
      expect(pullRequestUrls(facts, [answer], on('github'), 'https://github.com')).toEqual([]);
    },
  );

  test.each(['../../login', 'octo', 'octo/repo?x', 'octo/..'])(
    'ignore the repository %j, which is invalid',
    (repository) => {
      expect(
        pullRequestUrls({ pullRequests: [3], repository }, [], on('github'), 'https://github.com'),
      ).toEqual(['https://github.com/octo/repo/pull/3']);
    },
  );

  test('are those that the server lists first, then those that the newest answer names last', () => {
    const at = (path: string, ...numbers: readonly number[]): readonly string[] =>
      numbers.map((number) => `https://github.com/octo/repo/${path}/${number}`);
    const answers = [at('pull', 4, 5, 4, 9).join(' '), at('pull', 1, 5).join(' ')];
    expect(pullRequestUrls({ pullRequests: [7, 9] }, answers, on('github'), 'https://github.com')).toEqual(
      at('pull', 7, 9, 4, 5, 1),
    );
    const gitlab = at('-/merge_requests', 1, 2, 1, 3).join(' ');
    expect(pullRequestUrls(none, [gitlab], on('gitlab'), 'https://github.com')).toEqual(
      at('-/merge_requests', 3, 1, 2),
    );
  });

  test('are a hundred at most', () => {
    const all = (server: string, path: string): string =>
      Array.from({ length: 500 }, (_, index) => `${server}/octo/repo/${path}/${index}`).join(' ');
    const github = all('https://github.com', 'pull');
    expect(pullRequestUrls(none, [github], on('github'), 'https://github.com')).toHaveLength(100);
    const gitlab = all('https://gitlab.com', '-/merge_requests');
    expect(pullRequestUrls(none, [gitlab], on('gitlab'), 'https://github.com')).toHaveLength(100);
  });

  test('are none without a repository', () => {
    const answer = 'https://github.com/a/b/pull/1';
    expect(pullRequestUrls({ pullRequests: [1] }, [answer], undefined, 'https://github.com')).toEqual([]);
  });
});

const PROBLEM = { failedTo: 'start the conversation', because: 'HTTP 401', advice: 'check the key' };

describe('the summary', () => {
  const conversation = { id: '1', url: 'https://openhands.test/conversations/1' };
  const ended = (ending: Ending, answer: string): Outcome =>
    endedOutcome(ending, {
      conversation,
      phase: `agent ${ending}`,
      facts: {
        title: 'Fix the README',
        branch: 'main',
        pullRequests: [7],
        costUsd: 0.42,
        tokens: { input: 23_000, cached: 11_500, output: 1_917 },
      },
      storedEnd: { complete: true, answer },
    });
  const started = async (message: string): Promise<Partial<StepRecord>> => {
    const inputs = await inputsWith({ message, repository: 'octo/repo' });
    return { role: 'started', inputs };
  };
  const context = {
    ...EMPTY_RECORD,
    hasSeenWork: undefined,
    elapsedMs: 65_000,
    pullRequests: [{ url: 'https://github.com/octo/repo/pull/7' }],
    gitHubUrl: 'https://github.com',
    ownRepository: 'octo/repo',
    situation: NO_KEY,
    steps: withSteps(NO_STEPS, {
      steps: [
        { kind: 'action', text: 'Run `npm test`' },
        { kind: 'error', text: 'no such file' },
      ],
      isCut: false,
    }),
  };

  test('shows the important facts first, then the answer, and the rest folded or small', async () => {
    const more = await started('Fix the README.\n```\n@octocat </details>');
    expect(await summaryOf(ended('finished', 'All **fixed**'), { ...context, ...more })).toBe(
      `### ✅ Finished in 1 min 5 s · $0.42

<p>
<a href="https://github.com/octo/repo/pull/7">PR #7</a>
</p>

[Conversation](${conversation.url})

<div>
<p>All <strong>fixed</strong></p>
</div>

<details>
<summary>What the agent did (2 steps)</summary>

- \`\` Run \`npm test\` \`\`
- Error: \`no such file\`

</details>

<details>
<summary>What was asked</summary>

\`\`\`\`text
Fix the README.
\`\`\`
@octocat </details>
\`\`\`\`

</details>

<p><sub>Status: finished · Branch: main · Tokens: 23,000 read (11,500 from a cache), 1,917 written</sub></p>
`,
    );
  });

  test.each([
    ['started', '▶️ Started'],
    ['attached', '▶️ Started earlier · Message not sent'],
    ['follow-up', '▶️ Message sent'],
    ['observer', '▶️ Was still running'],
  ] as const)('of a %s that does not wait begins with "%s"', async (role, words) => {
    const page = await summaryOf(
      { kind: 'running', status: 'running', conversation, facts: { pullRequests: [] } },
      { ...context, pullRequests: [], role },
    );
    expect(page.split('\n\n')[0]).toBe(`### ${words}`);
    expect(page).toContain(`\n\n[Conversation](${conversation.url})\n\n`);
    expect(page).toContain('Status: running (the step did not wait, because poll is false)');
  });

  const known = { conversation, facts: { pullRequests: [] } };
  const timedOut: Outcome = { ...known, kind: 'cut-short', status: 'timed-out', problem: PROBLEM };
  const notSent: Outcome = {
    ...known,
    kind: 'failed-start',
    status: 'start-failed',
    problem: { ...PROBLEM, stage: 'send' },
  };
  test.each<[Outcome['status'], Outcome, string]>([
    ['stopped', ended('stopped', ''), '⏹️ Stopped after 1 min 5 s'],
    ['needs-input', ended('needs-input', ''), '🙋 Needs input after 1 min 5 s'],
    ['error', ended('error', ''), '❌ Agent error after 1 min 5 s'],
    ['paused', ended('paused', ''), '⏸️ Paused after 1 min 5 s'],
    ['missing', noConversation(PROBLEM, 'missing'), '❌ No such conversation after 1 min 5 s'],
    ['start-failed', noConversation(PROBLEM), '❌ Start failed after 1 min 5 s'],
    ['start-failed', notSent, '❌ Message not sent after 1 min 5 s'],
    ['timed-out', timedOut, '⏰ Timed out after 1 min 5 s'],
    ['cancelled', noConversation(PROBLEM, 'cancelled'), '🛑 Canceled after 1 min 5 s'],
  ])('of the end %s begins with the kind of the end', async (_, outcome, words) => {
    const [first] = (await summaryOf(outcome, context)).split('\n');
    expect(first?.startsWith(`### ${words}`)).toBe(true);
  });

  test.each([
    ['attached', ' · Message not sent'],
    ['observer', ''],
  ] as const)(
    'shows no duration and the total cost of an agent that began before the step, as for an %s',
    async (role, unsent) => {
      const page = await summaryOf(ended('finished', ''), { ...context, role });
      expect(page).toContain(`### ✅ Finished, started earlier${unsent} · $0.42 in total\n`);
      expect(page).toContain('\n- `` Run `npm test` ``\n');
      expect(await summaryOf(timedOut, { ...context, role })).toContain(
        `### ⏰ Timed out after 1 min 5 s${unsent}\n`,
      );
    },
  );

  test("shows the server's words literally", async () => {
    const said = 'Invalid API key `for` @octo/team';
    const problem = { ...PROBLEM, because: `HTTP 401: ${said}, tried for 5 s` };
    const page = await summaryOf(noConversation(problem), context);
    expect(page).toContain('<p>HTTP 401: Invalid API key `for` <code>@octo/team</code>, tried for 5 s.</p>');
    const broken: Outcome = {
      kind: 'agent-failed',
      status: 'error',
      conversation,
      phase: 'agent error',
      facts: { pullRequests: [] },
      storedEnd: { complete: true, reason: 'LLMError: no <b>model</b>.' },
    };
    expect(await summaryOf(broken, context)).toContain(
      '<p>The agent or its sandbox ran into an error: LLMError: no &lt;b&gt;model&lt;/b&gt;.</p>',
    );
  });

  test.each([
    ['error', 'agent error', {}, 'The agent or its sandbox ran into an error.'],
    [
      'error',
      'sandbox error',
      { failure: 'sandbox' },
      'The agent or its sandbox ran into an error (sandbox error).',
    ],
    ['stuck', 'agent stuck', {}, 'The agent is stuck: it keeps repeating itself.'],
    [
      'paused',
      'sandbox paused',
      {},
      'The conversation was paused before the agent was done (sandbox paused).',
    ],
    ['error', 'agent idle', { absent: 'beginning' }, 'the agent never started to work on it (agent idle).'],
  ] as const)(
    'of the end %s names the last state, %s, unless it only repeats the end: %j',
    async (...given) => {
      const [status, phase, more, words] = given;
      const facts = { pullRequests: [] };
      const page = await summaryOf(endedOutcome(status, { conversation, phase, facts }, more), context);
      expect(page).toContain(`${words}</p>`);
    },
  );

  test('explains a skipped step in plain words, with neutralized text', async () => {
    const nothingDone = {
      ...EMPTY_RECORD,
      pullRequests: [],
      gitHubUrl: 'https://github.com',
      ownRepository: 'octo/repo',
      situation: NO_KEY,
    };
    const notice = 'Skipped: the permission of octocat in octo/repo is read; @octo/team <b>.';
    const page = await summaryOf({ kind: 'skipped', status: 'skipped', notice }, nothingDone);
    expect(page).toBe(
      '### ⏭️ Skipped\n\n<p>Skipped: the permission of octocat in octo/repo is read; <code>@octo/team</code> &lt;b&gt;.</p>\n',
    );
  });

  const ANSWER_IT = 'answer the agent in its conversation';

  test.each<[Ending, string, string]>([
    ['needs-input', 'agent awaiting user input', ANSWER_IT],
    ['needs-input', 'agent awaiting user confirmation', ANSWER_IT],
    [
      'missing',
      'sandbox missing',
      'make sure that the agent is not working any more before another one starts (a restarted server may not list the conversation yet)',
    ],
  ])('says what to do about %s, %s', async (status, phase, advice) => {
    const page = await summaryOf(endedOutcome(status, { ...known, phase }), context);
    expect(page).toContain(`**What to do:** ${advice}.`);
  });

  test('names what there is on an agent server, which has no account', async () => {
    const ended = {
      conversation: { ...conversation, hasNoPage: true },
      phase: 'agent waiting for confirmation',
      facts: { pullRequests: [] },
    } as const;
    expect(await summaryOf(endedOutcome('needs-input', ended), context)).toContain(
      `in a new run with the conversation-id ${conversation.id} and a message.`,
    );
    const storedEnd = { complete: true, fault: 'model-key' } as const;
    const refused = await summaryOf(endedOutcome('error', { ...ended, storedEnd }), context);
    expect(refused).toContain('llm-api-key and its secret, or the settings of the account or server');
  });

  test('links pull requests on GitHub only, because an agent can write any address', async () => {
    const url = 'https://evil.test/octo/repo/-/merge_requests/1';
    const page = await summaryOf(ended('finished', 'Done'), { ...context, pullRequests: [{ url }] });
    expect(page).toContain(`Pull request: <code>${url}</code>`);
    expect(hrefsIn(rendered(page))).not.toContain(url);
  });

  test('links addresses in the answer only on GitHub and on the server of the conversation', async () => {
    const answer = [
      '[a](https://github.com/octo/repo/issues/1)',
      '[b](https://openhands.test/x)',
      '[c](https://openhands.test.evil.test/x)',
      '[d](https://github.com.evil.test)',
      '[e](http://github.com/x)',
    ].join(' ');
    const page = await summaryOf(ended('finished', answer), context);
    expect(hrefsIn(rendered(page))).toEqual([
      'https://github.com/octo/repo/pull/7',
      conversation.url,
      'https://github.com/octo/repo/issues/1',
      'https://openhands.test/x',
    ]);
  });

  test.each([
    '**b**',
    '<img src=https://evil.test/x.png>',
    '@octo/team',
    '#1',
    '1234567',
    'www.evil.test',
    'a\n\n# b',
  ])('shows a name in the failed action literally: %j', async (name) => {
    const problem = { failedTo: `read ${name}`, because: 'HTTP 403', advice: 'look' };
    const page = await summaryOf(noConversation(problem), context);
    expect(page).toContain(`<p>Failed to read ${inertHtmlOf(name)}: HTTP 403.</p>`);
    const outside = withoutCode(rendered(page));
    expect(outside).not.toMatch(/<strong>b|<img|<h1>b|evil\.test(?!\/x\.png&gt;)|@octo|#1|1234567/);
  });

  test('shows the newest fifty steps, and how many came before', async () => {
    const steps = Array.from(
      { length: 500 },
      (_, index) => ({ kind: 'action', text: `step ${index}` }) as const,
    );
    const shown = withSteps(NO_STEPS, { steps, isCut: false });
    const page = await summaryOf(ended('finished', 'Done'), { ...context, steps: shown });
    expect(page.match(/`step \d+`/g)).toHaveLength(50);
    expect(page).toContain('What the agent did (500 steps)');
    expect(page).toContain('\n- … 450 earlier steps …\n- `step 450`');
    expect(page).toContain('`step 499`');
  });

  test('says that there were more steps than it knows', async () => {
    const shown = withSteps(NO_STEPS, { steps: [{ kind: 'action', text: 'x' }], isCut: true });
    const page = await summaryOf(ended('finished', 'Done'), { ...context, steps: shown });
    expect(page).toContain('(more than 1 step)');
  });

  test('stays below the limit if the reason of the failure has megabytes', async () => {
    const problem = { failedTo: 'send the message', because: '`no` '.repeat(500_000), advice: 'look' };
    const page = await summaryOf(noConversation(problem), context);
    expect(Buffer.byteLength(page)).toBeLessThan(16 * 1024);
    expect(page).toContain('**What to do:** look.');
  });

  test.each([
    ['words', 'word '.repeat(1_000_000)],
    ['characters of three bytes', '€'.repeat(1_700_000)],
    ['characters that take more room in HTML', '"&'.repeat(2_500_000)],
    ['wide tables', `|${'a|'.repeat(2_000)}\n|${'-|'.repeat(2_000)}\n${'|x|\n'.repeat(1_000_000)}`],
  ])(
    'stays below the limit with an answer of 5 MB of %s, and says where the rest is',
    async (_, answer) => {
      const page = await summaryOf(ended('finished', answer), {
        ...context,
        ...(await started('`'.repeat(200_000))),
      });
      expect(Buffer.byteLength(page)).toBeLessThan(1024 * 1024);
      expect(Buffer.byteLength(page)).toBeGreaterThan(128 * 1024);
      expect(page).toContain('The message continues.');
      expect(page).toContain('continues in the file of the output `response-file`');
    },
    20_000,
  );
});

describe('the plan at the end', () => {
  const conversation = { id: 'x', url: 'https://openhands.test/conversations/x' };
  const ended = async (status: Ending, ...statuses: readonly Task['status'][]): Promise<string> => {
    const plan = planOf(statuses.map((each, index) => ({ title: `Part ${index + 1}`, status: each })));
    const outcome = endedOutcome(status, {
      conversation,
      phase: `agent ${status}`,
      facts: { pullRequests: [] },
      storedEnd: { complete: true, answer: 'The answer' },
    });
    return summaryOf(outcome, {
      ...EMPTY_RECORD,
      steps: withSteps(NO_STEPS, { steps: [{ kind: 'plan', plan }], isCut: false }),
      pullRequests: [],
      gitHubUrl: 'https://github.com',
      ownRepository: 'octo/repo',
      situation: NO_KEY,
    });
  };

  test('of an agent that is done is folded, below the answer', async () => {
    const page = await ended('finished', 'done', 'done');
    expect(page).toMatch(
      /The answer[^]*<details>\n<summary>Plan \(2 of 2 done\)<\/summary>\n\n- \[x\] `Part 1`\n- \[x\] `Part 2`\n\n<\/details>/,
    );
    expect(page).not.toContain('left open');
  });

  test('of an agent that has failed says above the answer what it has left open', async () => {
    const page = await ended('stuck', 'done', 'in_progress', 'todo');
    expect(page).toMatch(
      /\*\*Plan: 1 of 3 done, 2 left open\*\*\n\n- \[x\] `Part 1`\n- \[ \] `Part 2` \(begun\)\n- \[ \] `Part 3`\n[^]*The answer/,
    );
    expect(page).not.toContain('<summary>Plan');
  });

  test('is not there if it was taken back', async () => {
    expect(await ended('stuck')).not.toMatch(/Plan:? ?\(|\*\*Plan/);
  });
});
