import { describe, expect, test } from '@jest/globals';
import GithubSlugger from 'github-slugger';

import { workflowOf } from '../../src/github/workflow.ts';
import { noConversation, type Outcome } from '../../src/port/outcome.ts';
import { KINDS_WITH_HEADING, meaningUrlOf } from '../../src/report/meaning.ts';
import { SUCCEEDS } from '../../testbed/statuses.ts';
import { read } from '../support/yaml.ts';

const PAGE = 'https://github.com/octo-org/openhands/blob/v1/docs/troubleshooting.md';
const slugger = new GithubSlugger();
const HEADINGS = [...read('docs/troubleshooting.md').matchAll(/^##+ (.*)$/gm)].map(([, text = '']) =>
  slugger.slug(text),
);

describe('the page of statuses', () => {
  test.each(Object.keys(SUCCEEDS))('has a heading for %s', (status) => {
    expect(HEADINGS).toContain(status);
  });

  test('has one for each kind of failure of the two statuses that have several, and no other', () => {
    const pairs = Object.entries(KINDS_WITH_HEADING).flatMap(([status, kinds]) =>
      kinds.map((kind) => `${status}-${kind}`),
    );
    expect(HEADINGS.filter((each) => /^(?:start-failed|error)-/.test(each)).toSorted()).toEqual(
      pairs.toSorted(),
    );
  });
});

describe('the table of failure kinds', () => {
  const [table = ''] = /^## Failure kinds$[^]*/m.exec(read('docs/troubleshooting.md')) ?? [];
  const codesIn = (cell: string): readonly string[] =>
    [...cell.matchAll(/`([a-z-]+)`/g)].map(([, code = '']) => code);
  // The first column can name several statuses.
  const rows = [...table.matchAll(/^\| (`.*?) +\| (.*?) +\|$/gm)].flatMap(([, statuses = '', kinds = '']) =>
    codesIn(statuses).map((status) => [status, codesIn(kinds)] as const),
  );

  test('has each status with which a step fails, once', () => {
    const failing = Object.entries(SUCCEEDS).flatMap(([status, succeeds]) => (succeeds ? [] : [status]));
    expect(rows.map(([status]) => status).toSorted()).toEqual(failing.toSorted());
  });

  test('has the kinds with a heading of their own', () => {
    for (const [status, kinds] of Object.entries(KINDS_WITH_HEADING))
      expect(new Map(rows).get(status)?.toSorted()).toEqual(kinds.toSorted());
  });
});

describe('the address of what a status means', () => {
  const problem = { failedTo: 'start it', because: 'no', advice: '' };
  const failed = (kind?: 'auth' | 'budget'): Outcome => noConversation({ ...problem, ...(kind && { kind }) });

  test('names the kind of a failure that has a heading', () => {
    expect(meaningUrlOf(failed('auth'), PAGE)).toBe(`${PAGE}#start-failed-auth`);
    expect(meaningUrlOf(failed(), PAGE)).toBe(`${PAGE}#start-failed-unknown`);
    expect(meaningUrlOf(failed('budget'), PAGE)).toBe(`${PAGE}#start-failed`);
  });

  test('is there for a skipped step, but not for one that is as it should be, or without the page', () => {
    const conversation = { id: 'x', url: 'https://openhands.test/conversations/x' };
    const running = {
      kind: 'running',
      status: 'running',
      conversation,
      facts: { pullRequests: [] },
    } as const;
    expect(meaningUrlOf({ kind: 'skipped', status: 'skipped', notice: 'Skipped' }, PAGE)).toBe(
      `${PAGE}#skipped`,
    );
    expect(meaningUrlOf(running, PAGE)).toBeUndefined();
    expect(meaningUrlOf(failed(), undefined)).toBeUndefined();
  });
});

describe('the page of the version that runs', () => {
  const ENV = { GITHUB_ACTION_REPOSITORY: 'octo-org/openhands', GITHUB_ACTION_REF: 'v1' };
  const ENTRY = '/home/runner/work/_actions/octo-org/openhands/v1/dist/main.js';

  test('is in the repository of the action', () => {
    expect(workflowOf(ENV, ENTRY).helpUrl).toBe(PAGE);
    expect(workflowOf(ENV, 'D:\\a\\_actions\\octo-org\\openhands\\v1\\dist\\main.js').helpUrl).toBe(PAGE);
  });

  test.each([
    ['another action, as in a composite one', ENV, '/_actions/octo-org/other/v1/dist/main.js'],
    ['a checkout', ENV, '/home/runner/work/repo/repo/dist/main.js'],
    ['GitHub Enterprise Server', { ...ENV, GITHUB_SERVER_URL: 'https://github.example.com' }, ENTRY],
    ['no repository', { GITHUB_ACTION_REF: 'v1' }, ENTRY],
    ['a ref with markup', { ...ENV, GITHUB_ACTION_REF: 'v1)[x](y' }, ENTRY],
    ['a ref that climbs', { ...ENV, GITHUB_ACTION_REF: '../v1' }, ENTRY.replace('/v1/', '/../v1/')],
  ])('is not known for %s', (_, env, entry) => {
    expect(workflowOf(env, entry).helpUrl).toBeUndefined();
  });
});
