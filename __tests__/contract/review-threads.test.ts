import { beforeAll, describe, expect, test } from '@jest/globals';

import { isSigned, markerOf } from '../../src/comment/marker.ts';
import { connectGitHub } from '../../src/github/octokit.ts';
import { readThreads } from '../../src/review/memory.ts';
import { jumpingTime } from '../../testbed/world.ts';
import { nock } from '../support/offline.ts';

const PLACE = { repository: 'octo-org/octo-repo', issue: 7 };
const KEY = 'sk-oh-threads';
const ID = '0a1b2c3d00004000800000000000cafe_0123456789abcdef';
const OURS = `❌ **Error**\n\n<p>It is lost.</p>\n\n${markerOf(ID, PLACE, KEY)}`;

// The first request loads the client. A jumping clock does not wait for that, so it is loaded here.
beforeAll(async () => {
  await import('../../src/github/get-octokit.ts');
});

/** A thread as GitHub's GraphQL API has it. */
const node = (
  given: Readonly<Record<string, unknown>> = {},
  comment: Readonly<Record<string, unknown>> = {},
) => ({
  isResolved: false,
  isOutdated: false,
  path: 'src/a.ts',
  line: 2,
  originalLine: 1,
  ...given,
  comments: {
    nodes: [
      {
        body: OURS,
        url: 'https://github.com/octo-org/octo-repo/pull/7#discussion_r2600000001',
        viewerDidAuthor: true,
        ...comment,
      },
    ],
  },
});

const dataOf = (...nodes: readonly unknown[]) => ({
  data: { repository: { pullRequest: { reviewThreads: { totalCount: nodes.length, nodes } } } },
});

/** Reads the threads of pull request 7 from a GitHub that gives these answers, one after the other. */
async function read(...answers: readonly (readonly [status: number, body: unknown])[]) {
  const asked: unknown[] = [];
  for (const [status, body] of answers)
    nock('https://api.github.com')
      .post('/graphql', (given) => asked.push(given) > 0)
      .reply(status, typeof body === 'string' ? body : JSON.stringify(body), {
        'content-type': 'application/json',
      });
  const lines: string[] = [];
  const github = connectGitHub({
    apiUrl: 'https://api.github.com',
    token: 'ghs_workflow',
    ...jumpingTime(),
  });
  const { signal } = new AbortController();
  const threads = await readThreads(
    { github: github.during(signal), repository: PLACE.repository, number: 7 },
    (text) => isSigned(text, PLACE, KEY),
    { info: (line) => lines.push(line) },
  );
  return { threads, lines, asked };
}

describe('the review threads of a pull request', () => {
  test('are the newest 100, in one query that changes nothing', async () => {
    const { asked, lines } = await read([200, dataOf(node())]);
    expect(asked).toEqual([
      {
        query: expect.stringMatching(/^query [^]*reviewThreads\(last: 100\)[^]*comments\(first: 1\)/),
        variables: { owner: 'octo-org', repo: 'octo-repo', number: 7 },
      },
    ]);
    expect(lines).toEqual([]);
  });

  test('are the open ones first, of them the newest, with ids above 32 bits', async () => {
    const url = (id: number) => ({ url: `https://github.com/octo-org/octo-repo/pull/7#discussion_r${id}` });
    const { threads } = await read([
      200,
      dataOf(
        node({}, url(2_600_000_001)),
        node({ isResolved: true }, url(2_600_000_002)),
        node({ isOutdated: true, line: null }, url(2_600_000_003)),
      ),
    ]);
    expect(threads).toMatchObject([
      { comment: 2_600_000_003, isOutdated: true, line: null, originalLine: 1 },
      { comment: 2_600_000_001, line: 2 },
      { comment: 2_600_000_002, isResolved: true },
    ]);
  });

  test('may be on a whole file, and their first comment may be deleted', async () => {
    const empty = { ...node(), comments: { nodes: [] } };
    const { threads, lines } = await read([200, dataOf(node({ line: null, originalLine: null }), empty)]);
    expect(threads).toMatchObject([{ line: null, originalLine: null }]);
    expect(lines).toEqual([]);
  });

  test.each([
    ['of somebody else who has copied the marker', {}, { viewerDidAuthor: false }, 1],
    ['that another key has signed', {}, { body: `Fix it\n\n${markerOf(ID, PLACE, 'sk-oh-other')}` }, 1],
    ['of another pull request', {}, { body: `Fix it\n\n${markerOf(ID, { ...PLACE, issue: 8 }, KEY)}` }, 1],
    ['of another program with the same token', {}, { body: 'Fix it' }, 0],
    ['that quote the marker', {}, { body: `${OURS}\nI do not think so` }, 0],
  ])('are not those %s', async (_what, given, comment, said) => {
    const { threads, lines } = await read([200, dataOf(node(given, comment))]);
    expect(threads).toEqual([]);
    expect(lines).toHaveLength(said);
  });

  test.each([
    [
      'errors beside the data',
      { ...dataOf(node()), errors: [{ type: 'FORBIDDEN', message: 'Not yours' }] },
      /Not yours/,
    ],
    [
      'a limit, without data',
      { errors: [{ type: 'RATE_LIMITED', message: 'API rate limit exceeded' }] },
      /API rate/,
    ],
    [
      'a field that an older server lacks',
      { errors: [{ path: ['query'], message: "Field 'isOutdated' doesn't exist" }] },
      /Field 'isOutdated'/,
    ],
    ['no pull request', { data: { repository: { pullRequest: null } } }, /pullRequest/],
    ['a thread that is missing', dataOf(node(), null), /nodes/],
    ['a comment that is missing', dataOf({ ...node(), comments: { nodes: [null] } }), /nodes/],
    [
      'another address',
      dataOf(node({}, { url: 'https://github.com/octo-org' })),
      /address of a comment is needed/,
    ],
    ['no JSON', '{"data"', /./],
  ])('are unknown after half an answer: %s. The log says so', async (_what, body, why) => {
    const { threads, lines } = await read([200, body]);
    expect(threads).toBeUndefined();
    expect(lines).toEqual([
      expect.stringMatching(
        /^Failed to read the review threads of pull request #7: .*\. The review may repeat earlier findings$/,
      ),
    ]);
    expect(lines[0]).toMatch(why);
  });

  test('are read after a fault that passes', async () => {
    const { threads, lines } = await read([502, '{}'], [200, dataOf(node())]);
    expect([threads?.length, lines]).toEqual([1, []]);
  });
});
