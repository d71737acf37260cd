import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { VERSION } from '../../src/version.ts';
import { scriptsOf } from '../../workflow-tests/scripts.ts';

const ROOT = join(import.meta.dirname, '../..');
const SCRIPT = join(ROOT, 'scripts/release.ts');
const WORKFLOW = '.github/workflows/release.yml';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'release-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

interface Ended {
  readonly exitCode: unknown;
  readonly printed: string;
  readonly error: string;
}

async function release(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const child = spawn(process.execPath, [SCRIPT, ...args], { cwd: folder, env: { ...process.env, ...env } });
  const [printed, error] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { exitCode: child.exitCode, printed, error };
}

describe('the notes of a release', () => {
  const CHANGELOG = `# Changelog

## 1.10.0

- Ten, with a [link].

## [1.1.0](https://example.com) - 2026-11-24

- One.

### Fixed

- Two.

## v1.0.0

[link]: https://example.com
`;

  beforeEach(() => {
    writeFileSync(join(folder, 'CHANGELOG.md'), CHANGELOG);
  });

  const withVersion = (version: string): void => {
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ version }));
  };

  test('are the section of the version, with the link targets', async () => {
    withVersion('1.1.0');
    const { exitCode, printed } = await release(['notes', 'v1.1.0']);
    expect(exitCode).toBe(0);
    expect(printed).toBe('- One.\n\n### Fixed\n\n- Two.\n\n[link]: https://example.com\n');
  });

  test.each([
    ['v1.0.0', '1.0.0', /^::error::CHANGELOG\.md has no section for 1\.0\.0: /],
    ['v1.1.1', '1.1.1', /^::error::CHANGELOG\.md has no section for 1\.1\.1: /],
    ['v1.1.0', '1.0.0', /^::error::The tag is v1\.1\.0, package\.json says 1\.0\.0: /],
    ['v1', '1', /^::error::"v1" is not a tag such as v1\.2\.3\.$/m],
  ])('are missing for %s in a package of version %s', async (tag, version, reason) => {
    withVersion(version);
    const { exitCode, printed, error } = await release(['notes', tag]);
    expect([exitCode, printed]).toEqual([1, '']);
    expect(error).toMatch(reason);
  });
});

describe('the workflows of a release', () => {
  const git = (...args: readonly string[]): string => {
    const named = ['-c', 'user.name=Nobody', '-c', 'user.email=nobody@invalid', '-c', 'commit.gpgsign=false'];
    return spawnSync('git', [...named, ...args], { cwd: folder, encoding: 'utf8' }).stdout.trim();
  };
  const commit = (): string => {
    git('add', '--all');
    git('commit', '--quiet', '--message', 'One more');
    return git('rev-parse', 'HEAD');
  };
  const name = (hash: string, version = 'v1.2.3'): void => {
    const uses = `      - uses: acme/openhands-conversation-action@${hash} # ${version}\n`;
    writeFileSync(join(folder, '.github/workflows/run.yml'), uses);
  };
  let earlier: string;

  beforeEach(() => {
    git('init', '--quiet');
    for (const path of ['dist', '.github/workflows']) mkdirSync(join(folder, path), { recursive: true });
    writeFileSync(join(folder, 'dist/main.js'), '1');
    earlier = commit();
  });

  test('may name an earlier commit with the same files', async () => {
    name(earlier);
    commit();
    const { exitCode, printed } = await release(['workflows', 'v1.2.3']);
    expect([exitCode, printed]).toEqual([
      0,
      '1 pins of called workflows name a commit with the files of v1.2.3.\n',
    ]);
  });

  test.each([
    [
      'another version',
      (): string => earlier,
      'v1.2.2',
      /run\.yml names v1\.2\.2: npm run release:names -- /,
    ],
    ['no earlier commit', (): string => '0'.repeat(40), 'v1.2.3', /names 0{40}, which is not an earlier/],
    ['no commit', (): string => '<commit>', 'v1.2.3', /names <commit>, which is not an earlier/],
  ])('must not name %s', async (_, hash, version, reason) => {
    name(hash(), version);
    commit();
    const { exitCode, error } = await release(['workflows', 'v1.2.3']);
    expect([exitCode, error]).toEqual([1, expect.stringMatching(reason)]);
  });

  test('must not name a commit with another dist/', async () => {
    name(earlier);
    writeFileSync(join(folder, 'dist/main.js'), '2');
    commit();
    const { exitCode, error } = await release(['workflows', 'v1.2.3']);
    expect([exitCode, error]).toEqual([
      1,
      expect.stringContaining('with the same dist/: npm run release:names'),
    ]);
  });
});

describe('the check of a release', () => {
  let server: Server;
  let requests: string[];

  /** Runs the check against a GitHub that gives this answer. */
  async function check(status: number, answer: unknown): Promise<Ended> {
    requests = [];
    server = createServer((request, response) => {
      requests.push(`${request.url ?? ''} ${request.headers.authorization ?? ''}`);
      response.writeHead(status).end(JSON.stringify(answer));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    return release(['immutable', 'v1.2.3'], {
      GITHUB_API_URL: `http://127.0.0.1:${port ?? ''}`,
      GITHUB_REPOSITORY: 'octo-org/action',
      GH_TOKEN: 'token',
    });
  }

  afterEach(() => {
    server.close();
  });

  test('passes if GitHub says that the release is immutable', async () => {
    const { exitCode, printed } = await check(200, { tag_name: 'v1.2.3', immutable: true });
    expect([exitCode, printed]).toEqual([0, 'Nobody can change the release v1.2.3.\n']);
    expect(requests).toEqual(['/repos/octo-org/action/releases/tags/v1.2.3 Bearer token']);
  });

  test.each([{ immutable: false }, {}, [], null])(
    'fails with what to do if GitHub answers %j',
    async (answer) => {
      const { exitCode, error } = await check(200, answer);
      expect(exitCode).toBe(1);
      expect(error).toMatch(
        /^::error::The release v1\.2\.3 can still be changed: turn on "Enable release immutability"/,
      );
    },
  );

  test('fails if GitHub does not show the release', async () => {
    const { exitCode, error } = await check(404, { message: 'Not Found', immutable: true });
    expect(exitCode).toBe(1);
    expect(error).toMatch(/^::error::GitHub does not show the release v1\.2\.3: HTTP 404\. /);
  });
});

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('the workflow publishes the notes of this version, and the packages in dist/ as a file', () => {
  writeFileSync(join(folder, 'gh'), '#!/bin/sh\necho "$*"\n', { mode: 0o755 });
  const scripts = scriptsOf(join(ROOT, WORKFLOW), WORKFLOW).filter(({ step }) =>
    ['Write the bill of materials', 'Create the release'].includes(step),
  );
  const path = [folder, join(ROOT, 'node_modules/.bin'), process.env['PATH'] ?? ''].join(delimiter);
  const [bill, create] = scripts.map(({ text: script }) =>
    spawnSync('bash', ['-eo', 'pipefail', '-c', script], {
      cwd: ROOT,
      env: { ...process.env, PATH: path, RUNNER_TEMP: folder, GITHUB_REF_NAME: `v${VERSION}` },
      encoding: 'utf8',
    }),
  );
  expect([bill?.status, create?.status]).toEqual([0, 0]);
  expect(create?.stdout).toBe(
    `release create v${VERSION} ${folder}/sbom.spdx.json --verify-tag --title v${VERSION} ` +
      `--notes-file ${folder}/notes.md\n`,
  );
  expect(readFileSync(join(folder, 'notes.md'), 'utf8')).toMatch(/^[^#\s]/);
  const packages = readFileSync(join(folder, 'sbom.spdx.json'), 'utf8');
  expect(JSON.parse(packages)).toMatchObject({ spdxVersion: 'SPDX-2.3', SPDXID: 'SPDXRef-DOCUMENT' });
  expect(packages).toContain('"@actions/core"');
  expect(packages).not.toContain('"typescript"');
});
