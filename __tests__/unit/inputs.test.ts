import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';

import type { Inputs } from '../../src/inputs/inputs.ts';
import { readInputs } from '../../src/inputs/inputs.ts';
import { WrongInputs } from '../../src/inputs/reader.ts';
import { findMissingSecret, secretsIn } from '../../src/inputs/secret.ts';
import { INPUT_NAMES } from '../../src/interface.ts';
import type { TemplateContext } from '../../src/message/template.ts';
import { API_VERSIONS } from '../../src/port/api-version.ts';
import { problemsOf as schemaProblems } from '../../src/schema/schema-worker.ts';
import { createSecrets } from '../../src/text/secrets.ts';
import { members, read as readFile } from '../support/yaml.ts';

const GOOD = { 'api-key': 'sk-oh-123', message: 'Check the README' };

let workspace = '';
let temporary = '';
let outside = '';

beforeAll(async () => {
  const base = await mkdtemp(join(tmpdir(), 'inputs-'));
  [workspace, temporary, outside] = [join(base, 'work'), join(base, 'temp'), join(base, 'other')];
  await Promise.all([workspace, temporary, outside].map(async (folder) => mkdir(folder)));
});

afterAll(async () => {
  await rm(join(workspace, '..'), { recursive: true });
});

const CONTEXT: TemplateContext = {
  github: {
    repository: 'octo-org/octo-repo',
    repository_owner: 'octo-org',
    ref: 'refs/heads/main',
    ref_name: 'main',
    sha: 'ffac537e6cbbf934b08745a378932722df287a53',
    actor: 'octocat',
    event_name: 'issues',
    run_id: '1658821493',
    run_number: '3',
    run_attempt: '1',
    workflow: 'Agent',
    server_url: 'https://github.com',
    head_ref: '',
    base_ref: '',
  },
  event: { issue: { number: 42, body: null } },
};

async function read(
  given: Readonly<Record<string, string>>,
  context: TemplateContext = CONTEXT,
  folder = workspace,
): Promise<Inputs> {
  const values = new Map(Object.entries(given));
  return readInputs({
    input: (name) => values.get(name) ?? (name === 'tools' ? 'all' : ''),
    given: values,
    repository: 'octo-org/octo-repo',
    workspace: folder,
    roots: [folder, temporary],
    templateContext: async () => Promise.resolve(context),
    validate: async (schema) => Promise.resolve(schemaProblems(schema)),
  });
}

async function messageOf(
  given: Readonly<Record<string, string>>,
  context: TemplateContext = CONTEXT,
): Promise<string | undefined> {
  const { work } = await read(given, context);
  return work.kind === 'start' ? work.assignment.message : work.message;
}

async function problemsOf(
  given: Readonly<Record<string, string>>,
  context: TemplateContext = CONTEXT,
  folder = workspace,
): Promise<readonly string[]> {
  try {
    await read(given, context, folder);
    return [];
  } catch (error) {
    if (error instanceof WrongInputs) return error.problem.reasons ?? [];
    throw error;
  }
}

test('action.yml names each value of an input that has only some, or the page that lists them', async () => {
  const values = await Promise.all(
    INPUT_NAMES.map(async (name) => {
      const problems = await problemsOf({ ...GOOD, [name]: 'no such word' });
      const [, list] = /: it must be one of (.*)$/m.exec(problems.join('\n')) ?? [];
      return [name, list?.split(', ') ?? []] as const;
    }),
  );
  const lists = new Map(values.filter(([, list]) => list.length > 0));
  expect([...lists.keys()]).toEqual(expect.arrayContaining(['api-version', 'on-paused', 'if-exists']));
  const action: unknown = parse(readFile('action.yml'));
  for (const [name, list] of lists) {
    const input = [...members(action, 'inputs', name).values()].join('\n');
    const [page] = /docs\/\S+\.md/.exec(input) ?? [];
    const text = page === undefined ? input : input + readFile(page);
    expect(list.filter((each) => !text.includes(each))).toEqual([]);
  }
});

test('action.yml and the form for bugs name each API', () => {
  const output = String(members(parse(readFile('action.yml')), 'outputs', 'api-version').get('description'));
  const form = readFile('.github/ISSUE_TEMPLATE/bug.yml');
  expect(API_VERSIONS.filter((each) => !output.includes(each) || !form.includes(each))).toEqual([]);
});

test('only the required inputs give the defaults', async () => {
  expect(await read(GOOD)).toEqual({
    apiKey: 'sk-oh-123',
    baseUrl: 'https://app.all-hands.dev',
    allowHttp: false,
    apiVersion: 'v1',
    namesOtherRepository: false,
    inserted: [],
    task: 'Check the README',
    work: {
      kind: 'start',
      assignment: {
        message: 'Check the README',
        workplace: { repository: 'octo-org/octo-repo', gitProvider: 'github' },
      },
    },
    workplace: { repository: 'octo-org/octo-repo', gitProvider: 'github' },
    poll: false,
    onPaused: 'wait',
    githubToken: '',
    comment: false,
    hasNoTools: false,
    permission: { required: 'write', allowedBots: [] },
    timeoutMs: 1_800_000,
    maxPollMs: 30_000,
    stopOn: { 'stop-on-cancel': true, 'stop-on-timeout': true },
  });
});

test('all inputs are read', async () => {
  const given = {
    ...GOOD,
    'api-key': ' sk-oh-123\n',
    repository: 'group/subgroup/project',
    branch: 'feature/näme',
    'git-provider': 'gitlab',
    model: 'anthropic/claude',
    'base-url': 'https://agents.example.com:8443/openhands//',
    'api-version': 'v1',
    poll: 'True',
    'timeout-seconds': '21600',
    'poll-interval-seconds': '1',
    'idempotency-key': ' issue 12 ',
    'if-exists': 'send',
    'on-paused': 'resume',
    'stop-on-cancel': 'false',
    'stop-on-timeout': 'FALSE',
    'github-token': 'ghs_token',
    comment: 'true',
    'issue-number': '12',
    'require-permission': 'triage',
    'allowed-bots': 'renovate[bot], Copilot',
    'trajectory-file': 'trajectory.zip',
  };
  const workplace = { repository: 'group/subgroup/project', branch: 'feature/näme', gitProvider: 'gitlab' };
  expect(await read(given)).toEqual({
    apiKey: 'sk-oh-123',
    baseUrl: 'https://agents.example.com:8443/openhands',
    allowHttp: false,
    apiVersion: 'v1',
    namesOtherRepository: true,
    inserted: [],
    task: 'Check the README',
    work: {
      kind: 'start',
      assignment: { message: 'Check the README', workplace, model: 'anthropic/claude' },
      key: { text: ' issue 12 ', ifExists: 'send', asked: 'Check the README' },
    },
    workplace,
    poll: true,
    onPaused: 'resume',
    githubToken: 'ghs_token',
    comment: true,
    hasNoTools: false,
    issueNumber: 12,
    permission: { required: 'triage', allowedBots: ['renovate[bot]', 'Copilot'] },
    trajectoryFile: join(workspace, 'trajectory.zip'),
    timeoutMs: 21_600_000,
    maxPollMs: 1_000,
    stopOn: { 'stop-on-cancel': false, 'stop-on-timeout': false },
  });
});

test('the message is unchanged', async () => {
  expect(await messageOf({ ...GOOD, message: '  two\r\n lines {{ x }} ' })).toBe('  two\r\n lines {{ x }} ');
});

describe('repository', () => {
  test('none means no repository', async () => {
    expect(await read({ ...GOOD, repository: 'none' })).not.toHaveProperty('workplace');
  });

  const wrong = [
    'octo',
    '/repo',
    'octo/',
    'octo//repo',
    '../repo',
    'octo/..',
    'https://github.com/octo/repo',
  ];

  test.each([...wrong, 'a/b?c'])('%j is refused', async (repository) => {
    expect(await problemsOf({ ...GOOD, repository })).toHaveLength(1);
    expect(await problemsOf({ ...GOOD, repository: 'a/b\n' })).toEqual([]);
  });

  test('none and branch exclude each other', async () => {
    expect(await problemsOf({ ...GOOD, repository: 'none', branch: 'main' })).toEqual([
      'branch is given and repository is none: remove branch, or name a repository',
    ]);
  });

  test('has two parts on GitHub and may have more elsewhere', async () => {
    expect(await problemsOf({ ...GOOD, repository: 'github.com/octo/repo' })).toHaveLength(1);
    expect(await problemsOf({ ...GOOD, repository: 'octo/repo.git' })).toEqual([
      'repository is "octo/repo.git": it must be owner/repo, without .git, or none to work without one',
    ]);
    expect(await problemsOf({ ...GOOD, repository: 'octo/.github' })).toEqual([]);
    expect(await problemsOf({ ...GOOD, repository: 'octo/git' })).toEqual([]);
    expect(await problemsOf({ ...GOOD, repository: 'a/b/c', 'git-provider': 'gitlab' })).toEqual([]);
    expect(
      await problemsOf({ ...GOOD, repository: 'org/my project/repo', 'git-provider': 'azure_devops' }),
    ).toEqual([]);
    expect(await problemsOf({ ...GOOD, repository: 'a/ /b', 'git-provider': 'azure_devops' })).toHaveLength(
      1,
    );
  });
});

test('no part of a secret in the wrong input is shown', async () => {
  const secrets = createSecrets(() => undefined);
  secrets.add(GOOD['api-key']);
  const problems = await problemsOf({ ...GOOD, poll: `${'x'.repeat(55)}sk-oh-123` });
  expect(problems.join()).toContain('sk-o…');
  expect(secrets.redact(problems.join())).not.toContain('sk-');
});

describe('branch', () => {
  const names = ['my branch', 'a\u200bb', 'a~b', 'a[b', 'a..b', '-x', 'x.lock', 'x/', 'refs/heads/main'];

  test.each([...names, 'x'.repeat(256)])('%j is refused', async (branch) => {
    expect(await problemsOf({ ...GOOD, branch })).toEqual([
      expect.stringMatching(
        /^branch is ".*": it must be the name of a branch, as git allows it, without refs\/heads\/$/,
      ),
    ]);
  });
});

test('an unknown git-provider is refused with a list of the known ones', async () => {
  expect(await problemsOf({ ...GOOD, 'git-provider': 'svn' })).toEqual([
    'git-provider is "svn": it must be one of github, gitlab, bitbucket, bitbucket_data_center, forgejo, azure_devops',
  ]);
});

test.each([
  [
    'git-provider',
    'forgejo',
    'git-provider is forgejo, which needs API V1: V0 supports github, gitlab, bitbucket',
  ],
  ['model', 'm', 'model needs API V1 or an agent server: leave it out with API V0'],
  ['idempotency-key', 'k', 'idempotency-key needs API V1 or an agent server: leave it out with API V0'],
  ['patch-file', 'x.patch', 'patch-file needs API V1 or an agent server: leave it out with API V0'],
])('%s: %s is refused with V0, which does not support it', async (name, value, problem) => {
  expect(await problemsOf({ ...GOOD, poll: 'true', 'api-version': 'v0', [name]: value })).toEqual([problem]);
});

describe('base-url', () => {
  test.each([
    ['http://127.0.0.1:3000', 'http://127.0.0.1:3000'],
    ['http://[::1]:3000/a/', 'http://[::1]:3000/a'],
    ['http://127.10.200.255/', 'http://127.10.200.255'],
    ['HTTPS://Example.COM', 'https://example.com'],
  ])('%s becomes %s', async (given, expected) => {
    expect((await read({ ...GOOD, 'base-url': given })).baseUrl).toBe(expected);
  });

  test('http to another machine needs allow-http', async () => {
    const given = { ...GOOD, 'base-url': 'http://openhands:3000' };
    expect(await problemsOf(given)).toHaveLength(1);
    expect((await read({ ...given, 'allow-http': 'true' })).baseUrl).toBe('http://openhands:3000');
  });

  test.each([
    ...['ftp://example.com', 'example.com', 'https://example.com/?x=1', 'https://example.com/#x'],
    ...['https://example.com?', 'http://127.0.0.1.example.com', 'http://localhost.example.com'],
    ...['http://app.localhost', 'http://128.0.0.1', 'http://[::2]', 'http://user@127.0.0.1'],
  ])('%s is refused', async (url) => {
    expect(await problemsOf({ ...GOOD, 'base-url': url })).toHaveLength(1);
  });

  test('with several faults has each of them reported', async () => {
    const problems = await problemsOf({ ...GOOD, 'base-url': 'http://me:hunter2@example.com/?x=1' });
    expect(problems).toEqual([
      expect.stringMatching(/^base-url contains a user name, a password, a query or a fragment: /),
      expect.stringMatching(/^base-url is http, which would send the key unencrypted: /),
    ]);
  });

  test('a password in the URL is not shown', async () => {
    const problems = await problemsOf({ ...GOOD, 'base-url': 'https://user:hunter2@example.com' });
    expect(problems).toHaveLength(1);
    expect(problems.join()).not.toContain('hunter2');
  });
});

test('timeout-seconds is accepted only if it is whole and in range', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.integer({ min: -5, max: 30_000 }).map(String),
        fc.string(),
        fc.constantFrom('1e3', '0x10', '1.5', 'NaN'),
      ),
      async (text) => {
        const problems = await problemsOf({ ...GOOD, 'timeout-seconds': text });
        const trimmed = text.trim();
        const right =
          trimmed === '' || (/^\d+$/.test(trimmed) && Number(trimmed) >= 1 && Number(trimmed) <= 21_600);
        expect(problems).toHaveLength(right ? 0 : 1);
      },
    ),
  );
});

test.each([
  ['https://agents.example.com/conversations/7d0f7d1e', '/conversations/7d0f7d1e'],
  ['https://agents.example.com/openhands/settings/api-keys', '/settings/api-keys'],
  ['https://app.all-hands.dev/conversations', '/conversations'],
])('base-url with the path of a page says which part to remove: %s', async (url, part) => {
  expect(await problemsOf({ ...GOOD, 'base-url': url })).toEqual([
    `base-url has the path of a page: remove ${part} from its end`,
  ]);
});

test.each([
  ['https://agents.example.com/api/v1', '/api/v1'],
  ['https://agents.example.com/oh/api/v1/app-conversations/', '/api/v1/app-conversations'],
  ['https://agents.example.com/api/conversations/7d0f7d1e', '/api/conversations/7d0f7d1e'],
  ['http://127.0.0.1:8000/server_info', '/server_info'],
])('base-url with a path of the API says which part to remove: %s', async (url, part) => {
  expect(await problemsOf({ ...GOOD, 'base-url': url })).toEqual([
    `base-url has a path of the API: remove ${part} from its end`,
  ]);
});

test.each(['/api', '/api/v1/openhands', '/api/conversations-of-the-team'])(
  'base-url may have a path in front of the server: %s',
  async (path) => {
    expect(await problemsOf({ ...GOOD, 'base-url': `https://gateway.example.com${path}` })).toEqual([]);
  },
);

test('base-url may have a path that is none of a page or of the API', async () => {
  for (const path of ['openhands', 'my-conversations', 'settings-server', 'api', 'api/v1-proxy'])
    expect(await problemsOf({ ...GOOD, 'base-url': `https://example.com/${path}` })).toEqual([]);
});

describe('the address of a conversation', () => {
  const ID = '7d0f7d1e4d8f4b3c9a55b1c2d3e4f506';
  test.each([
    [{}, `https://app.all-hands.dev/conversations/${ID}`],
    [{}, `https://app.all-hands.dev/conversations/${ID}/?tab=code#top`],
    [{ 'base-url': 'https://example.com/oh/' }, `https://example.com/oh/canvas/conversations/${ID}`],
    [{ 'base-url': 'http://127.0.0.1:8000' }, `http://127.0.0.1:8000/api/conversations/${ID}`],
  ])('may be the address of a conversation on this server: %j %s', async (more, address) => {
    const { work } = await read({ ...GOOD, ...more, 'conversation-id': address });
    expect(work).toMatchObject({ kind: 'continue', id: ID });
  });

  test.each([
    `https://elsewhere.example.com/conversations/${ID}`,
    `https://app.all-hands.dev.example.com/conversations/${ID}`,
    'https://app.all-hands.dev/conversations/',
  ])('is refused as an address elsewhere, or of no conversation: %s', async (address) => {
    expect(await problemsOf({ ...GOOD, 'conversation-id': address })).toEqual([
      expect.stringMatching(/^conversation-id is "https:.*or the address of its page below base-url/),
    ]);
  });
});

describe('a wrong output-schema', () => {
  const problem = async (schema: string): Promise<readonly string[]> =>
    problemsOf({ ...GOOD, poll: 'true', 'output-schema': schema });

  test('says where it breaks', async () => {
    expect(await problem('{"type": "object",}')).toEqual([
      expect.stringMatching(/^output-schema is not a JSON Schema: it is no JSON: .*position 18/),
    ]);
    expect(await problem('schemas/answer.json')).toEqual([
      'output-schema is not a JSON Schema: it must be the schema itself, as JSON, not the path of a file',
    ]);
  });

  test('says which words of it are misspelled, each at once', async () => {
    expect(await problem('{"requried": ["a"], "propertes": {}}')).toEqual([
      'output-schema is not a JSON Schema: it has "requried": write "required"',
      'output-schema is not a JSON Schema: it has "propertes": write "properties"',
    ]);
  });
});

describe('api-key', () => {
  test.each([
    'OPENHANDS_API_KEY',
    '$OPENHANDS_API_KEY',
    '${OPENHANDS_API_KEY}',
    '${agent_key}',
    '$AGENT_KEY',
    'secrets.OPENHANDS_API_KEY',
    'env.AGENT_KEY',
    '{{ secrets.OPENHANDS_API_KEY }}',
    '${{ secrets.OPENHANDS_API_KEY }}',
    'LLM_API_KEY',
  ])('that is the name of a secret is refused, and not masked in the error: %s', async (name) => {
    expect(await problemsOf({ ...GOOD, 'api-key': name })).toEqual([
      'api-key is the name of a secret, not its value: write ${{ secrets.OPENHANDS_API_KEY }}, with the name that yours has',
    ]);
    expect(secretsIn((input) => (input === 'api-key' ? name : ''))).not.toContain(name);
  });

  test.each(['OPENHANDS_API_KEY=sk-oh-12345', 'LLM_KEY="sk-oh-12345"', 'export KEY=sk-oh-12345'])(
    'with a name before it is refused, not shown and masked: %s',
    async (line) => {
      const problems = await problemsOf({ ...GOOD, 'api-key': line });
      expect(problems).toEqual([
        'api-key has a name and = before the key: save the secret again with the key alone',
      ]);
      expect(secretsIn((input) => (input === 'api-key' ? line : ''))).toContain(line);
    },
  );

  test.each(['<your-api-key>', '<YOUR KEY>'])('that only stands for a key is refused: %s', async (text) => {
    expect(await problemsOf({ ...GOOD, 'api-key': text })).toEqual([
      'api-key is a placeholder, not a key: save the key itself as the secret',
    ]);
  });

  test.each(['$ecret-pass-word', 'ABCDEFGH', 'QUJDREVGRw==', 'a=b$c<d>1', 'AIzaSy_x-1', 'secrets-of-mine'])(
    'may have such characters elsewhere: %s',
    async (key) => {
      expect(await problemsOf({ ...GOOD, 'api-key': key })).toEqual([]);
    },
  );

  test.each(['"sk-oh-12345"', "'sk-oh-12345'"])('in quotes is refused: %s', async (key) => {
    expect(await problemsOf({ ...GOOD, 'api-key': key })).toEqual([
      'api-key is in quotes: save the secret again without them',
    ]);
  });

  test.each(['two\nlines', 'with blank', 'schlüssel'])('%j is refused and not shown', async (key) => {
    const problems = await problemsOf({ ...GOOD, 'api-key': key });
    expect(problems).toHaveLength(1);
    expect(problems.join()).not.toContain(key);
  });

  test('needs at least 8 characters, and a shorter one is not masked', async () => {
    const problems = await problemsOf({ ...GOOD, 'api-key': 'e234567' });
    expect(problems).toEqual([
      'api-key is shorter than 8 characters: pass the whole key; your own server needs a long random key',
    ]);
    expect(secretsIn((name) => (name === 'api-key' ? ' e234567 ' : ''))).not.toContain('e234567');
    expect(await problemsOf({ ...GOOD, 'api-key': 'e2345678' })).toEqual([]);
    expect(secretsIn(() => ' e2345678\n')).toEqual(['e2345678', 'e2345678', 'e2345678']);
  });
});

test('a short key of a model has its own advice', async () => {
  const server = { 'base-url': 'https://agents.example.com', 'working-directory': '/srv' };
  const given = { ...GOOD, ...server, model: 'openai/gpt-5', 'llm-api-key': 'none' };
  expect(await problemsOf(given)).toEqual([
    'llm-api-key is shorter than 8 characters: pass the whole key; for a model without a key, leave llm-api-key out',
  ]);
});

describe('an agent server', () => {
  const SERVER = { 'api-version': 'agent-server', 'base-url': 'http://127.0.0.1:8000' };
  const LOCAL = { message: 'Check the README', model: 'openai/gpt', ...SERVER };
  const KEY = { 'llm-api-key': 'sk-llm-123' };

  test('on the same machine needs no session key, and its agent works in the checkout', async () => {
    const { apiKey, work } = await read({ ...LOCAL, ...KEY });
    expect(apiKey).toBe('');
    expect(work).toMatchObject({
      assignment: {
        model: 'openai/gpt',
        agentServer: {
          given: ['llm-api-key'],
          llmApiKey: 'sk-llm-123',
          workingDirectory: workspace,
        },
      },
    });
  });

  test('elsewhere needs its session key and the working directory', async () => {
    const given = { ...GOOD, ...SERVER, 'api-key': '', 'base-url': 'https://agents.example.com' };
    expect(await problemsOf(given)).toEqual([
      expect.stringMatching(/^api-key is empty: .* take the session key/),
      "working-directory is empty: name the folder on the server's machine for the agent to work in",
    ]);
  });

  test.each([
    ['elsewhere', { 'base-url': 'https://agents.example.com' }, 1],
    [
      'elsewhere with llm-base-url',
      { 'base-url': 'https://agents.example.com', 'llm-base-url': 'https://llm.example.com' },
      0,
    ],
    [
      'elsewhere, for a conversation that exists',
      { 'base-url': 'https://agents.example.com', 'conversation-id': '7d0f7d1e4d8f4b3c9a55b1c2d3e4f506' },
      0,
    ],
    ['on the same machine', {}, 0],
  ])('%s: an empty model key is refused, unless the model may need none', async (_, more, count) => {
    const place = 'conversation-id' in more ? {} : { model: 'openai/gpt', 'working-directory': '/srv' };
    const given = { ...GOOD, ...SERVER, ...place, ...more };
    const problems = await problemsOf(given);
    expect(problems).toHaveLength(count);
    expect(problems.join()).toMatch(
      count === 0 ? /^$/ : /^llm-api-key is empty: check that its secret is set/,
    );
  });

  test.each(['auto', 'agent-server'])(
    'gets no key or address of a model without its name, with api-version %s',
    async (version) => {
      const given = { ...LOCAL, 'api-key': GOOD['api-key'], 'api-version': version, model: '' };
      const access = { ...KEY, 'llm-base-url': 'https://llm.example.com' };
      expect(await problemsOf({ ...given, ...access })).toEqual(
        ['llm-api-key', 'llm-base-url'].map(
          (name) => `${name} needs model: without it, the server's own model is used, with its own key`,
        ),
      );
    },
  );

  test.each<[string, Readonly<Record<string, string>>, string | undefined]>([
    ['with a model: the key of the model', { model: 'm' }, 'llm-api-key'],
    ['with a model and its key: none', { model: 'm', ...KEY }, undefined],
    ['without a model, on the same machine: none', {}, undefined],
    ['without a model, elsewhere: its own key', { 'base-url': 'https://agents.example.com' }, 'api-key'],
    ['for a conversation that exists: its own key', { 'conversation-id': 'x' }, 'api-key'],
    ['with another API: its own key', { 'api-version': 'auto' }, 'api-key'],
    ['with a base-url that is none: its own key', { 'base-url': 'agents' }, 'api-key'],
  ])('%s is the secret that a run of a fork may lack', (_, inputs, missing) => {
    const given: Readonly<Record<string, string>> = { ...SERVER, ...inputs };
    expect(findMissingSecret((name) => given[name] ?? '')).toBe(missing);
  });

  test.each(['/srv/work', 'D:\\work'])('accepts an absolute path of a folder: %s', async (folder) => {
    const { work } = await read({ ...LOCAL, 'working-directory': folder });
    expect(work).toMatchObject({ assignment: { agentServer: { workingDirectory: folder } } });
  });

  test.each(['work', './work', '/srv/\u0007'])('refuses another path: %j', async (folder) => {
    expect(await problemsOf({ ...LOCAL, 'working-directory': folder })).toEqual([
      expect.stringMatching(/^working-directory is .*: it must be the absolute path of a folder/),
    ]);
  });

  test.each([
    ['http://llm.example.com/v1', 'llm-base-url is http, which would send the key unencrypted'],
    ['https://me:secret@llm.example.com', 'llm-base-url contains a user name'],
    [
      'https://llm.example.com/?key=1',
      'llm-base-url contains a user name, a password, a query or a fragment',
    ],
    ['llm', 'llm-base-url is not the address of a server: it must look like https://example.com'],
  ])('refuses the model address %s', async (address, problem) => {
    expect(await problemsOf({ ...LOCAL, 'llm-base-url': address })).toEqual([
      expect.stringContaining(problem),
    ]);
  });

  test('refuses a model key that cannot be one', async () => {
    expect(await problemsOf({ ...LOCAL, 'llm-api-key': 'two words here' })).toEqual([
      expect.stringMatching(/^llm-api-key /),
    ]);
  });

  test.each(['v1', 'v0'] as const)('has inputs that are refused with %s', async (version) => {
    const given = { ...KEY, 'llm-base-url': 'https://llm.example.com', 'working-directory': '/srv' };
    expect(await problemsOf({ ...GOOD, 'api-version': version, ...given })).toEqual(
      ['working-directory', 'llm-api-key', 'llm-base-url'].map(
        (name) => `${name} is for an agent server: leave it out with api-version ${version}`,
      ),
    );
  });
});

describe('tools', () => {
  const NONE = {
    message: 'Sort this issue',
    'api-version': 'agent-server',
    'base-url': 'http://127.0.0.1:8712',
    model: 'openai/gpt-5',
    'llm-api-key': 'sk-llm-123',
    poll: 'true',
    tools: 'none',
  };

  test('none: an empty model key for a server elsewhere is refused, as with tools', async () => {
    const elsewhere = { ...NONE, 'api-key': 'session-key', 'base-url': 'https://agents.example.com' };
    expect(await problemsOf({ ...elsewhere, 'llm-api-key': '' })).toEqual([
      expect.stringMatching(/^llm-api-key is empty: check that its secret is set/),
    ]);
  });

  test('none: the agent works in no folder of the job', async () => {
    expect(await read(NONE)).toMatchObject({
      hasNoTools: true,
      work: { assignment: { hasNoTools: true, agentServer: { llmApiKey: 'sk-llm-123' } } },
    });
    expect(await read(NONE)).not.toHaveProperty('work.assignment.agentServer.workingDirectory');
    const elsewhere = { ...NONE, 'api-key': 'session-key', 'base-url': 'https://agents.example.com' };
    expect(await read(elsewhere)).toMatchObject({ hasNoTools: true });
    expect(await read({ ...elsewhere, 'api-version': '' })).toMatchObject({
      hasNoTools: true,
      apiVersion: 'auto',
    });
  });

  test.each([
    ['', /^tools is empty: it must be all or none/],
    ['some', /^tools is "some": it must be one of all, none/],
  ])('may not be %j: a variable that is not set must not give an agent all tools', async (tools, problem) => {
    expect(await problemsOf({ ...NONE, tools })).toEqual([expect.stringMatching(problem)]);
  });

  const ELSEWHERE = { 'api-key': 'sk-oh-123', 'base-url': '', 'api-version': '' };
  test.each([
    ['model', { model: '', 'llm-api-key': '' }],
    ['poll', { poll: '' }],
    [
      'conversation-id',
      { 'conversation-id': 'x', 'api-version': 'agent-server', model: '', 'llm-api-key': '' },
    ],
    ['working-directory', { 'working-directory': '/srv/project' }],
    ['branch', { branch: 'main' }],
    ['patch-file', { 'patch-file': 'changes.patch' }],
    ['wait-for-checks', { 'wait-for-checks': 'true' }],
    ['require-result: pull-request', { 'require-result': 'pull-request' }],
    ['which needs an agent server', ELSEWHERE],
    ['which needs an agent server', { ...ELSEWHERE, 'idempotency-key': 'issue-1' }],
    ['which needs an agent server', { 'api-key': 'sk-oh-123', 'api-version': 'v1', 'llm-api-key': '' }],
    ['which needs an agent server', { 'api-key': 'sk-oh-123', 'api-version': 'v0', 'llm-api-key': '' }],
  ])('none says what it cannot have: %s', async (named, given) => {
    const problems = await problemsOf({ ...NONE, ...given });
    expect(problems.filter((each) => each.includes(named))).not.toEqual([]);
    // Who follows the advice must not give the agent of a stranger's text all tools.
    expect(problems.join()).not.toContain('tools: all');
    expect(await problemsOf({ ...NONE, ...given, tools: 'all' })).not.toContainEqual(
      expect.stringContaining('without tools'),
    );
  });
});

test.each([
  ['llm-model', 'model'],
  ['llm_model', 'model'],
  ['prompt', 'message or message-file'],
  ['github_token', 'github-token'],
  ['repo', 'repository'],
  ['timeout', 'timeout-seconds'],
  ['token', 'github-token or api-key'],
  // Compared without separators and letter case.
  ['apikey', 'api-key'],
  ['Timeout_Seconds', 'timeout-seconds'],
  ['LLM Model', 'model'],
  // One letter is wrong, missing or too many; in a long name, two.
  ['pull', 'poll'],
  ['coment', 'comment'],
  ['branchs', 'branch'],
  ['idempotencykey', 'idempotency-key'],
  ['timout-second', 'timeout-seconds'],
  ['prompts', 'message or message-file'],
])('%s is refused, with the right name', async (wrong, right) => {
  expect((await problemsOf({ ...GOOD, [wrong]: 'something' }))[0]).toBe(
    `${wrong} is not an input of this action: use ${right}`,
  );
});

test('the token of the job is accepted under another name, because github-token has it', async () => {
  expect(await problemsOf({ ...GOOD, token: 'ghs_1234', 'github-token': 'ghs_1234' })).toEqual([]);
});

test('an input with a wrong name is not also reported as missing', async () => {
  expect(await problemsOf({ api_key: 'sk-oh-123', prompt: 'Check it' })).toEqual([
    'api_key is not an input of this action: use api-key',
    'prompt is not an input of this action: use message or message-file',
  ]);
});

test.each(['max_cost', 'max-cost-eur', 'cost-limit', 'COST_USD', 'total-budget', 'budget_usd', 'maxbudget'])(
  '%s is refused, because a limit that is ignored costs money',
  async (wrong) => {
    expect((await problemsOf({ ...GOOD, [wrong]: '5' }))[0]).toBe(
      `${wrong} is not an input of this action: use max-cost-usd`,
    );
  },
);

test.each([
  'ref',
  'body',
  'commands-to-run',
  'review-id',
  'models-to-try',
  'anthropic_api_key',
  'max-turns',
  'cost-center',
  'status_dir',
  'campus-date',
])('%s is accepted, because it may be a variable of the job', async (name) => {
  expect(await problemsOf({ ...GOOD, [name]: 'something' })).toEqual([]);
});

test('a variable of the job that looks like an input is accepted if the real input has its value', async () => {
  const passedOn = { prompt: GOOD.message, timeout_seconds: '90', 'timeout-seconds': '90' };
  expect(await problemsOf({ ...GOOD, ...passedOn })).toEqual([]);
});

test.each([
  ['20m', ': write 1200'],
  ['90s', ': write 90'],
  ['20 min', ': write 1200'],
  ['1h', ': write 3600'],
  ['7h', ''],
  ['soon', ''],
])('a duration such as %s is refused, with its seconds', async (given, right) => {
  expect(await problemsOf({ ...GOOD, 'timeout-seconds': given })).toEqual([
    `timeout-seconds is "${given}": it must be a whole number of seconds from 1 to 21600${right}`,
  ]);
});

test('a message and a conversation-id of a skipped step are both said to be empty', async () => {
  expect(await problemsOf({ ...GOOD, message: '', 'conversation-id': '' })).toEqual([
    'message and conversation-id are empty: say in message or message-template, or in a file, what the agent should do (an output of a step that was skipped is empty)',
  ]);
});

describe('message-template', () => {
  const withText = (text: string): Record<string, string> => ({
    'api-key': 'sk-oh-123',
    'message-template': text,
  });

  test('reports all its problems together with those of other inputs', async () => {
    const text = '{{ github.event.isue }}\n{{#each}}';
    expect(await problemsOf({ ...withText(text), poll: 'perhaps' })).toEqual([
      'message-template in line 1: {{ github.event.isue }} is unknown',
      'message-template in line 2: {{ #each }} is unknown',
      'github.event has issue',
      expect.stringMatching(/^there are github\.event\.… and github\.actor, /),
      'poll is "perhaps": it must be true or false',
    ]);
    expect(await problemsOf(withText('{{ github.event.issue.body }}'))).toEqual([
      'message-template gives an empty message',
    ]);
  });
});

test.each([
  [
    'Solve {{ github.event.issue.title }}',
    [expect.stringMatching(/^message has a placeholder .*message-template/)],
  ],
  [
    'Solve {{github.event.issue.title}}',
    [expect.stringMatching(/^message has a placeholder .*message-template/)],
  ],
  ['Replace ${{ github.event.issue.title }} in ci.yml', []],
  ['Document {{ name }}', []],
])(
  'a placeholder in message is an error, because the agent would read it as it is: %s',
  async (message, problems) => {
    expect(await problemsOf({ 'api-key': 'sk-oh-123', message })).toEqual(problems);
  },
);

describe('message-template-file', () => {
  const template = { 'api-key': 'sk-oh-123', 'message-template-file': 'template.md' };

  async function write(text: string): Promise<void> {
    await writeFile(join(workspace, 'template.md'), text);
  }

  test('follows the rules for files', async () => {
    expect(await problemsOf(template)).toEqual([
      'message-template-file "template.md" does not exist (is there a checkout step before this one?)',
    ]);
    await write(' \n');
    expect(await problemsOf(template)).toEqual(['message-template-file "template.md" is empty']);
    await write('{{ github.event.issue.body }}');
    expect(await problemsOf(template)).toEqual([
      'message-template-file "template.md" gives an empty message',
    ]);
  });

  test('excludes the other message inputs', async () => {
    expect(await problemsOf({ ...template, message: 'x' })).toEqual([
      'message and message-template-file are given: exactly one is needed',
    ]);
    expect(await problemsOf({ ...template, message: 'x', 'message-file': 'y' })).toEqual([
      'message and message-file and message-template-file are given: exactly one is needed',
    ]);
  });
});

describe('message-file', () => {
  async function withFile(name: string, folder = workspace): Promise<readonly string[]> {
    return problemsOf({ 'api-key': 'sk-oh-123', 'message-file': name }, CONTEXT, folder);
  }

  test('is read unchanged from the workspace by a relative path', async () => {
    const text = '\uFEFFDo {{ this }} – naïve ✓\n';
    await writeFile(join(workspace, 'task.md'), text);
    expect(await messageOf({ 'api-key': 'sk-oh-123', 'message-file': 'task.md' })).toBe(text);
  });

  test("is read from the runner's temporary folder by an absolute path", async () => {
    await writeFile(join(temporary, 'task.md'), 'Do this');
    expect(await messageOf({ 'api-key': 'sk-oh-123', 'message-file': join(temporary, 'task.md') })).toBe(
      'Do this',
    );
  });

  test.each(['.', 'sub/..', './'])('%s is refused because it is the workspace itself', async (path) => {
    expect(await withFile(path)).toEqual([`message-file "${path}" is not a regular file`]);
  });

  test.each([
    ['nowhere.md', 'does not exist'],
    ['../other/secret.txt', 'is outside the workspace'],
    ['/etc/hostname', 'is outside the workspace'],
    ['..', 'is outside the workspace'],
    ['link.txt', 'symbolic link'],
    ['linked/secret.txt', 'symbolic link'],
    ['directory', 'not a regular file'],
    ['more.txt', 'larger than 1 MiB'],
    ['latin.txt', 'not UTF-8'],
    ['blank.txt', 'is empty'],
  ])('%s is refused with the reason: %s', async (path, reason) => {
    const folder = await mkdtemp(join(workspace, '../refused-'));
    await mkdir(join(folder, 'directory'));
    await writeFile(join(outside, 'secret.txt'), 'secret');
    await symlink(join(outside, 'secret.txt'), join(folder, 'link.txt'));
    await symlink(outside, join(folder, 'linked'), 'junction');
    await writeFile(join(folder, 'more.txt'), 'x'.repeat(1024 * 1024 + 1));
    await writeFile(join(folder, 'latin.txt'), Buffer.from([0x6e, 0x61, 0xef, 0x76, 0x65]));
    await writeFile(join(folder, 'blank.txt'), ' \n');
    expect((await withFile(path, folder)).join()).toContain(reason);
  });

  test.each(['.git/config', 'sub/.GIT/config', '.git::$INDEX_ALLOCATION/config', '.git./config'])(
    '%s is never read',
    async (path) => {
      expect((await withFile(path)).join()).toContain('.git folder');
    },
  );

  test.each(['message-file', 'message-template-file'])(
    'the file with the token of checkout is not sent by %s',
    async (input) => {
      for (const name of ['git-credentials-0b1c.config', 'GIT-Credentials-0b1c.config']) {
        const path = join(temporary, name);
        await writeFile(path, 'AUTHORIZATION: basic eA==');
        expect(await problemsOf({ 'api-key': 'sk-oh-123', [input]: path })).toEqual([
          `${input} "${path}" is where checkout keeps its token`,
        ]);
      }
    },
  );

  test('may have 1 MiB', async () => {
    await writeFile(join(workspace, 'most.txt'), 'x'.repeat(1024 * 1024));
    expect(await withFile('most.txt')).toEqual([]);
  });
});

describe('conversation-id', () => {
  const ID = '7d0f7d1e4d8f4b3c9a55b1c2d3e4f506';

  test.each(['a/b', '../x', 'x'.repeat(65), 'https://app.all-hands.dev/conversations/1'])(
    '%s is not a valid id',
    async (id) => {
      expect(await problemsOf({ ...GOOD, 'conversation-id': id })).toEqual([
        expect.stringMatching(
          /^conversation-id is ".*": it must be a UUID, as in the output conversation-id/,
        ),
      ]);
    },
  );

  test('is a UUID with V1, and anything with V0', async () => {
    const given = { ...GOOD, 'conversation-id': 'abc_1' };
    expect(await problemsOf({ ...given, 'api-version': 'v1' })).toEqual([
      expect.stringContaining('conversation-id is "abc_1": it must be a UUID'),
    ]);
    expect(await problemsOf({ ...given, 'api-version': 'v0' })).toEqual([]);
    expect(await problemsOf({ ...given, 'conversation-id': 'a/b', 'api-version': 'v0' })).toEqual([
      'conversation-id is "a/b": it must be the id, as in the output conversation-id, or the address of its page below base-url',
    ]);
    expect(await problemsOf({ ...given, 'base-url': 'https://openhands.test' })).toEqual([]);
  });

  test('is a UUID at OpenHands Cloud, unless the inputs ask for V0', async () => {
    const problem =
      'conversation-id is "abc_1": it must be a UUID, as in the output conversation-id, or the address of its page below base-url; for a conversation of API V0, set api-version: v0';
    const given = { ...GOOD, 'conversation-id': 'abc_1' };
    expect(await problemsOf(given)).toEqual([problem]);
    expect(await problemsOf({ ...given, 'base-url': 'https://app.all-hands.dev/' })).toEqual([problem]);
    expect(await problemsOf({ ...GOOD, 'conversation-id': ID })).toEqual([]);
  });

  test.each(['model', 'working-directory', 'llm-api-key', 'llm-base-url'])(
    'excludes %s, which is for a new conversation',
    async (name) => {
      expect(await problemsOf({ ...GOOD, 'conversation-id': ID, [name]: 'main' })).toEqual([
        `${name} is for a new conversation: leave it out with conversation-id`,
      ]);
    },
  );

  test('wins over the key, and over what only a new conversation has', async () => {
    const others = {
      'idempotency-key': 'run-1',
      'if-exists': 'send',
      repository: 'octo-org/other',
      branch: 'next',
    };
    expect((await read({ ...GOOD, 'conversation-id': ID, ...others })).work).toEqual({
      kind: 'continue',
      id: ID,
      message: GOOD.message,
    });
  });

  test('is a UUID at OpenHands Cloud with a key, too', async () => {
    const given = { ...GOOD, 'conversation-id': 'abc_1', 'idempotency-key': 'run-1' };
    expect(await problemsOf(given)).toEqual([expect.stringContaining('it must be a UUID')]);
  });
});

test('if-exists needs a key, unless it is attach', async () => {
  expect(await problemsOf({ ...GOOD, 'if-exists': 'send' })).toEqual([
    'if-exists is send, which needs idempotency-key: the key says which conversation is meant',
  ]);
  expect(await problemsOf({ ...GOOD, 'if-exists': 'attach' })).toEqual([]);
  expect(await problemsOf({ ...GOOD, 'if-exists': 'again', 'idempotency-key': 'k' })).toEqual([
    'if-exists is "again": it must be one of attach, send, restart, restart-failed, restart-merged',
  ]);
});

describe.each(['trajectory-file', 'patch-file'])('%s', (name) => {
  const given = { ...GOOD, poll: 'true' };

  test('needs poll: true, and has a wrong path reported, too', async () => {
    expect(await problemsOf({ ...GOOD, [name]: '../course.zip' })).toEqual([
      expect.stringMatching(new RegExp(`^${name} needs poll: true`)),
      expect.stringMatching(new RegExp(`^${name} "../course.zip" is outside the workspace`)),
    ]);
  });

  test('outside the folders for files is refused with their paths', async () => {
    const [problem] = await problemsOf({ ...given, [name]: '/etc/course.zip' });
    expect(problem).toBe(
      `${name} "/etc/course.zip" is outside the workspace and the temporary folder of the runner: it must be below ${workspace} or ${temporary}`,
    );
  });

  test.each([
    ['.', /is not a regular file/],
    ['.git/course.zip', /is in a \.git folder/],
    ['linked/not/there/course.zip', /is a symbolic link, or below one/],
    ['file/not/there/course.zip', /is below a file/],
    ['folder', /is not a regular file/],
    ['link', /is a symbolic link/],
  ])('%s is refused', async (path, reason) => {
    await mkdir(join(workspace, 'folder'), { recursive: true });
    await rm(join(workspace, 'linked'), { force: true });
    await symlink(temporary, join(workspace, 'linked'));
    await writeFile(join(workspace, 'file'), '');
    await rm(join(workspace, 'link'), { force: true });
    await symlink(join(temporary, 'elsewhere'), join(workspace, 'link'));
    expect(await problemsOf({ ...given, [name]: path })).toEqual([expect.stringMatching(reason)]);
  });
});

test.each([
  ['issue-number', '#12', 'must be the number'],
  ['require-permission', 'owner', 'must be one of none, read, triage, write, maintain, admin'],
  [
    'allowed-bots',
    '@renovate[bot]',
    'must be exact logins of bots, separated by commas, such as renovate[bot]',
  ],
  ['allowed-bots', 'renovate[bot] dependabot[bot]', 'must be exact logins of bots'],
  ['comment', 'yes', 'must be true or false'],
])('%s is refused with the value %s', async (name, value, reason) => {
  expect(await problemsOf({ ...GOOD, [name]: value })).toEqual([
    expect.stringContaining(`${name} is "${value}": it ${reason}`),
  ]);
});

describe('wait-for-checks', () => {
  const given = { ...GOOD, poll: 'true', 'wait-for-checks': 'true' };

  test.each([
    [{}, 0],
    [{ 'max-fix-rounds': '5' }, 5],
  ])('applies to the repository of the conversation: %j', async (rounds, maxRounds) => {
    const { checks } = await read({ ...given, repository: 'octo/other', ...rounds });
    expect(checks).toEqual({ repository: 'octo/other', maxRounds });
  });

  test.each([
    [{ poll: 'false' }, /^wait-for-checks needs poll: true/],
    [{ repository: 'none' }, /^wait-for-checks needs a repository on GitHub/],
    [{ 'git-provider': 'gitlab' }, /^wait-for-checks needs a repository on GitHub/],
    [{ 'wait-for-checks': 'false', 'max-fix-rounds': '1' }, /^max-fix-rounds needs wait-for-checks: true/],
    [{ 'max-fix-rounds': '6' }, /^max-fix-rounds is "6": it must be a whole number from 0 to 5$/],
  ])('with %j is refused', async (wrong, reason) => {
    expect(await problemsOf({ ...given, ...wrong })).toEqual([expect.stringMatching(reason)]);
  });
});

test('patch-file and trajectory-file must be two files', async () => {
  const same = { ...GOOD, poll: 'true', 'patch-file': 'out/x', 'trajectory-file': './out/x' };
  expect(await problemsOf(same)).toEqual([
    'patch-file and trajectory-file name the same file: give each its own',
  ]);
});
