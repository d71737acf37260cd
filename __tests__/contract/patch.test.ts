import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { agentServerApi } from '../../src/openhands/agent-server/api.ts';
import { v1Api } from '../../src/openhands/v1/api.ts';
import type { Patch } from '../../src/port/api.ts';
import { listAt, textAt } from '../simulator/client.ts';
import { KEY, problemIn, testClient } from '../support/client.ts';
import { nock } from '../support/offline.ts';
import { publishedTest } from '../support/published.ts';
import { said } from '../support/said.ts';
import { AGENT, answerLook, ID, ORIGIN } from './v1-server.ts';

const DASHED = '7d0f7d1e-4d8f-4b3c-9a55-b1c2d3e4f506';
const BASE = 'ab'.repeat(20);
const HEAD = 'cd'.repeat(20);
const FOLDER = '/workspace/project/octo-repo';
const PATCH = 'diff --git a/x b/x\nnew file mode 100644\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+one\n';
const QUERY = { path: FOLDER, format: 'git-delta', use_default_excludes: 'false' };
const EXCLUDED = ['node_modules/', '.venv/', 'venv/'];
const PLACE = { workspace: { working_dir: FOLDER }, created_at: '2026-08-03T10:00:07.250000Z' };
/** One second before the conversation was created, in git's notation. */
const REF = 'HEAD@{1785751206}';
const never = new AbortController().signal;

function listing(more: object = {}): void {
  answerLook({
    execution_status: 'finished',
    selected_repository: 'octo-org/octo-repo',
    selected_branch: 'topic',
    conversation_url: `${AGENT}/api/conversations/${ID}`,
    ...more,
  });
}

/** The agent server. It gets the key of the sandbox, and must not get the API key. */
function agentServer(): nock.Scope {
  return nock(AGENT, {
    reqheaders: { 'x-session-api-key': 'session-key-0001' },
    badheaders: ['authorization'],
  });
}

function archive(at: nock.Scope, ref: string): nock.Interceptor {
  return at.get('/api/file/archive').query({ ...QUERY, base_ref: ref, exclude: EXCLUDED });
}

function changes(at: nock.Scope, ref: string, ...paths: readonly string[]): void {
  at.get('/api/git/changes')
    .query({ path: FOLDER, ref })
    .reply(
      200,
      paths.map((path) => ({ status: 'ADDED', path })),
    );
}

const patchHeaders = (headers: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  'content-type': 'text/x-patch; charset=utf-8',
  'x-archive-base-commit': BASE,
  ...headers,
});

const patchOfV1 = async (): Promise<Patch | undefined> =>
  v1Api(testClient(ORIGIN)).readPatch(ID, false, never);

describe('the patch of an agent with V1', () => {
  test('comes from its agent server, by the session key, and starts one second before the conversation', async () => {
    listing();
    const at = agentServer();
    at.get(`/api/conversations/${ID}`).reply(200, PLACE);
    changes(at, REF, 'x');
    archive(at, REF).reply(200, PATCH, patchHeaders());
    expect(await patchOfV1()).toMatchObject({
      bytes: Buffer.from(PATCH),
      base: BASE,
      since: 'start',
      changed: ['x'],
    });
  });

  test('keeps every byte', async () => {
    listing();
    const at = agentServer();
    const bytes = Buffer.from(PATCH.replace('one', '\u00E9\u00FF'), 'latin1');
    at.get(`/api/conversations/${ID}`).reply(200, { ...PLACE, created_at: '2026-08-03T10:00:07.25' });
    changes(at, REF);
    archive(at, REF).reply(200, bytes, patchHeaders());
    expect((await patchOfV1())?.bytes).toEqual(bytes);
  });

  test.each([
    ['topic', 'topic'],
    [null, 'HEAD'],
  ])('starts at the branch %s if git cannot resolve the time', async (branch, name) => {
    listing({ selected_branch: branch });
    const at = agentServer();
    at.get(`/api/conversations/${ID}`).reply(200, PLACE);
    at.get('/api/git/changes').query(true).times(2).reply(400);
    archive(at, REF).reply(400, { detail: `base_ref '${REF}' could not be resolved` });
    archive(at, `origin/${name}`).reply(200, PATCH, patchHeaders());
    expect(await patchOfV1()).toMatchObject({ since: 'branch', base: BASE });
  });

  test.each([
    [
      'a sandbox that is paused',
      { sandbox_status: 'PAUSED', conversation_url: null },
      /sandbox is not running/,
    ],
    ['an address without https', { conversation_url: 'http://agent.test/1' }, /no safe address/],
    ['an address with a password', { conversation_url: 'https://a:b@agent.test/1' }, /no safe address/],
  ])('fails without a request for %s', async (_name, more, reason) => {
    listing(more);
    expect((await problemIn(patchOfV1())).because).toMatch(reason);
  });

  test('is not requested from the target of a redirect', async () => {
    listing();
    const at = agentServer();
    at.get(`/api/conversations/${ID}`).reply(200, PLACE);
    changes(at, REF);
    archive(at.persist(), REF).reply(307, '', { location: 'https://elsewhere.test/' });
    expect((await problemIn(patchOfV1())).because).toMatch(/redirects to/);
  });

  test('comes with the changed files, but for installed ones and those that cannot be compared', async () => {
    listing();
    const at = agentServer();
    at.get(`/api/conversations/${ID}`).reply(200, PLACE);
    changes(at, REF, 'x', 'node_modules/a/b.js', 'sub/.venv/c', '"l/nb"', 'out/y');
    archive(at, REF).reply(200, PATCH, patchHeaders());
    expect((await patchOfV1())?.changed).toEqual(['x', 'out/y']);
  });
});

describe('the patch of an agent server that is used directly', () => {
  const request = {
    id: DASHED,
    message: said('Go'),
    model: 'm',
    agentServer: { workingDirectory: FOLDER },
    isForPatch: true,
  } as const;
  const headers = { reqheaders: { 'x-session-api-key': KEY } };

  test('of an existing conversation starts one second before that', async () => {
    const at = nock(ORIGIN, headers);
    const api = agentServerApi(testClient(ORIGIN));
    at.get('/api/file/archive')
      .query(true)
      .reply(200, '', patchHeaders({ 'x-archive-base-commit': HEAD }));
    at.post('/api/conversations').reply(200, { id: DASHED });
    expect(await api.start(request, never)).toEqual({ kind: 'existing', id: DASHED });
    at.get(`/api/conversations/${ID}`).reply(200, PLACE);
    changes(at, REF);
    archive(at, REF).reply(200, PATCH, patchHeaders({ 'x-archive-repo-root': encodeURIComponent(FOLDER) }));
    expect((await api.readPatch(ID, false, never))?.base).toBe(BASE);
  });

  const ROOT = '/srv/my repo';
  test.each([
    [
      'what changed above the folder, up to the root that the server names',
      [`${ROOT}/a/lib`, ROOT],
      200,
      ['../app2/x', '../../new', '../../node_modules/old'],
    ],
    [
      'a hint if the server cannot list what changed above the folder',
      [undefined, ROOT],
      400,
      ['../../(the server cannot list what changed)'],
    ],
    ['nothing from above the folder if the server names no root', [undefined, undefined, null], 200, []],
  ])('comes with %s', async (_what, roots, status, leftOut) => {
    const at = nock(ORIGIN, headers);
    const folder = `${ROOT}/a/app`;
    const changed = [
      { status: 'UPDATED', path: 'a/app/x' },
      { status: 'UPDATED', path: 'a/app2/x' },
      { status: 'ADDED', path: 'new' },
      { status: 'DELETED', path: 'node_modules/old' },
      { status: 'ADDED', path: 'node_modules/new' },
    ];
    at.get(`/api/conversations/${ID}`).reply(200, { ...PLACE, workspace: { working_dir: folder } });
    at.get('/api/git/changes')
      .query({ path: folder, ref: REF })
      .reply(200, [{ status: 'UPDATED', path: 'x' }]);
    at.get('/api/git/changes').query({ path: ROOT, ref: REF }).optionally().reply(status, changed);
    const query = { ...QUERY, path: folder, base_ref: REF, exclude: EXCLUDED };
    at.get('/api/file/archive').query(query).reply(200, PATCH, patchHeaders());
    for (const [index, root] of roots.entries()) {
      const path = [`${ROOT}/a`, ROOT, '/srv'][index];
      const asked = at.get('/api/file/archive').query({ ...QUERY, path, base_ref: 'HEAD', exclude: '*' });
      if (root === null) asked.reply(400, { detail: 'Not a git repository' });
      else
        asked.reply(
          200,
          '',
          patchHeaders(root === undefined ? {} : { 'x-archive-repo-root': encodeURIComponent(root) }),
        );
    }
    const patch = await agentServerApi(testClient(ORIGIN)).readPatch(ID, false, never);
    expect([patch?.changed, patch?.leftOut]).toEqual([['x'], leftOut]);
  });

  test.each([
    ['files', [{ status: 'ADDED', path: 'README.md' }], /the repository has no commit/],
    ['no files', [], new RegExp(`^working-directory ${FOLDER} is a repository without a commit`)],
  ])('fails before the start if the repository has %s, but no commit', async (_, changed, because) => {
    const at = nock(ORIGIN, headers);
    at.get('/api/file/archive').query(true).reply(200, '', { 'content-type': 'text/x-patch' });
    at.get('/api/git/changes').query(true).reply(200, changed);
    expect((await problemIn(agentServerApi(testClient(ORIGIN)).start(request, never))).because).toMatch(
      because,
    );
  });
});

publishedTest('the published description of the agent server has the parameters that we use', () => {
  const file = join(import.meta.dirname, '../../../shared/api/openhands-agent-server.json');
  expect(existsSync(file)).toBe(true);
  const description: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const names = (path: string): unknown =>
    listAt(description, `paths.${path}.get.parameters`).map((parameter) => textAt(parameter, 'name'));
  expect(names('/api/file/archive')).toEqual([
    'path',
    'format',
    'base_ref',
    'use_default_excludes',
    'exclude',
  ]);
  expect(names('/api/git/changes')).toEqual(['path', 'ref']);
});
