import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import type { GitProvider } from '../../src/conversation/api.ts';
import type { Ending } from '../../src/conversation/conversation.ts';
import type { Outcome } from '../../src/conversation/outcome.ts';
import { asDollars, asDuration } from '../../src/report/duration.ts';
import { problemLine } from '../../src/report/problem.ts';
import { pullRequestUrls } from '../../src/report/pull-requests.ts';
import { summaryOf } from '../../src/report/summary.ts';

test.each([
  [0, '0:00'],
  [7_400, '0:07'],
  [59_600, '1:00'],
  [750_000, '12:30'],
  [3_723_000, '1:02:03'],
])('%d ms are %s', (ms, text) => {
  expect(asDuration(ms)).toBe(text);
});

test.each([
  [0, '$0.00'],
  [0.4219, '$0.42'],
  [0.00123, '$0.0012'],
  [12, '$12.00'],
])('%d dollars are %s', (usd, text) => {
  expect(asDollars(usd)).toBe(text);
});

describe('the line of a problem', () => {
  test('says what failed, why and what to do', () => {
    expect(problemLine({ failedTo: 'start it', because: 'HTTP 500: oops.\n', todo: 'wait' })).toBe(
      'failed to start it: HTTP 500: oops. What to do: wait.',
    );
  });

  test('is one line, whatever the server says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 3000 }), (because) => {
        expect(problemLine({ failedTo: 'start it', because, todo: 'wait' })).not.toMatch(/[\n\r]/);
      }),
    );
  });
});

describe('the addresses of pull requests', () => {
  const on = (
    gitProvider: GitProvider,
    repository = 'octo/repo',
  ): { gitProvider: GitProvider; repository: string } => ({
    gitProvider,
    repository,
  });
  const none = { pullRequests: [] };

  test('come from the conversation on GitHub, once each', () => {
    expect(
      pullRequestUrls(
        { pullRequests: [7, 9, 7] },
        'https://github.com/octo/repo/pull/1',
        on('github'),
        'https://ghe.test',
      ),
    ).toEqual(['https://ghe.test/octo/repo/pull/7', 'https://ghe.test/octo/repo/pull/9']);
  });

  test.each<[GitProvider, string, string, readonly string[]]>([
    [
      'github',
      'octo/repo',
      'I opened https://github.com/octo/repo/pull/12. See https://github.com/octo/repo/pull/12/files',
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
      'team/repo',
      '[PR](https://bitbucket.org/team/repo/pull-requests/3)',
      ['https://bitbucket.org/team/repo/pull-requests/3'],
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
    expect(pullRequestUrls(none, answer, on(provider, repository), 'https://github.com')).toEqual(urls);
  });

  test('are none without a repository', () => {
    expect(
      pullRequestUrls(
        { pullRequests: [1] },
        'https://github.com/a/b/pull/1',
        undefined,
        'https://github.com',
      ),
    ).toEqual([]);
  });
});

describe('the summary', () => {
  const conversation = { id: '1', url: 'https://openhands.test/conversations/1' };
  const ended = (ending: Ending, answer: string): Outcome => ({
    status: ending,
    conversation,
    phase: `agent ${ending}`,
    facts: { title: 'Mend the README', branch: 'main', pullRequests: [7], costUsd: 0.42 },
    findings: { complete: true, answer },
  });
  const context = {
    request: { message: 'x', workplace: { repository: 'octo/repo', gitProvider: 'github' as const } },
    durationMs: 65_000,
    pullRequestUrls: ['https://github.com/octo/repo/pull/7'],
    serverUrl: 'https://github.com',
  };

  test('tells everything that a person asks for', () => {
    expect(summaryOf(ended('finished', 'All **mended**'), context)).toBe(`### ✅ OpenHands: finished

**[Open the conversation](https://openhands.test/conversations/1)**

- Title: \`Mend the README\`
- Repository: \`octo/repo\`
- Branch: \`main\`
- Pull request: <https://github.com/octo/repo/pull/7>
- Status: \`finished\`
- Duration: 1:05
- Cost: $0.42

#### The agent's answer

\`\`\`text
All **mended**
\`\`\`
`);
  });

  test('tells why a bad end is bad, and what to do', () => {
    const page = summaryOf(ended('needs-input', 'Which one?'), context);
    expect(page).toContain('❌');
    expect(page).toContain('`the agent waits for a person (agent needs-input)`');
    expect(page).toContain('**What to do:** answer it in the conversation');
  });

  test('links only what is on GitHub: an address that the agent wrote may lead anywhere', () => {
    const url = 'https://evil.test/octo/repo/-/merge_requests/1';
    expect(summaryOf(ended('finished', 'Done'), { ...context, pullRequestUrls: [url] })).toContain(
      `- Pull request: \`${url}\``,
    );
  });

  test('has no link to a conversation where there is none', () => {
    const problem = { failedTo: 'start it', because: 'HTTP 401', todo: 'check the key' };
    const page = summaryOf(
      { status: 'start-failed', problem },
      { durationMs: 1, pullRequestUrls: [], serverUrl: 'https://github.com' },
    );
    expect(page).toContain('❌');
    expect(page).toContain('HTTP 401');
    expect(page).not.toContain('Open the conversation');
  });

  test('stays under the limit of a summary with the longest of answers, and says where the rest is', () => {
    const page = summaryOf(ended('finished', '€'.repeat(5_000_000)), {
      ...context,
      answerFile: '/tmp/answer.md',
    });
    expect(Buffer.byteLength(page)).toBeLessThan(1024 * 1024);
    expect(page).toContain('`/tmp/answer.md`');
  });
});
