import { spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

import { LEFT_OUT } from '../../scripts/built.ts';
import { memberAt, memberOf, textAt } from '../../src/text/data.ts';
import { VERSION } from '../../src/version.ts';
import { scriptsOf } from '../../workflow-tests/scripts.ts';
import { bundledPackages } from '../support/archive.ts';

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

/** A process gets nothing else from outside: a variable such as LC_ALL or FORCE_COLOR can make it print a warning. */
const PATH = process.env['PATH'] ?? '';

interface Ended {
  readonly exitCode: unknown;
  readonly printed: string;
  readonly error: string;
}

async function release(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const child = spawn(process.execPath, [SCRIPT, ...args], { cwd: folder, env: { PATH, ...env } });
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
    expect([exitCode, printed]).toEqual([0, 'Nobody can change the files of the release v1.2.3.\n']);
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

describe('the workflow of a release', () => {
  const BILL = 'dist.spdx.json';
  const onLinux = process.platform === 'linux' ? test : test.skip;

  function runStep(name: string): SpawnSyncReturns<string> {
    const script = scriptsOf(join(ROOT, WORKFLOW), WORKFLOW).find(({ step }) => step === name);
    return spawnSync('bash', ['-eo', 'pipefail', '-c', script?.text ?? 'exit 1'], {
      cwd: ROOT,
      env: {
        PATH: [folder, PATH].join(delimiter),
        HOME: folder,
        RUNNER_TEMP: folder,
        GITHUB_REF_NAME: `v${VERSION}`,
      },
      encoding: 'utf8',
    });
  }

  /** Returns the packages that a bill of materials lists, without the built files themselves. */
  function packagesIn(bill: string): readonly unknown[] {
    const packages = memberOf(JSON.parse(bill), 'packages');
    return Array.isArray(packages) ? packages.slice(1) : [];
  }

  const nameOf = (each: unknown): string => textAt(each, 'name');

  /** Returns the parameters of the steps that attest, in the order of the file. */
  function attestations(): readonly { readonly files: readonly string[]; readonly bill: unknown }[] {
    const workflow: unknown = parse(readFileSync(join(ROOT, WORKFLOW), 'utf8'));
    const steps = memberAt(workflow, 'jobs.publish.steps');
    return (Array.isArray(steps) ? steps : [])
      .filter((step) => textAt(step, 'uses').startsWith('actions/attest@'))
      .map((step) => ({
        files: linesOf(textAt(step, 'with.subject-path')),
        bill: memberAt(step, 'with.sbom-path'),
      }));
  }

  const linesOf = (lines: string): readonly string[] => lines.split('\n').filter((line) => line !== '');
  const matching = (patterns: readonly string[]): readonly string[] =>
    globSync(patterns, { cwd: ROOT })
      .map((file) => file.replaceAll('\\', '/'))
      .toSorted();

  test('attests each file that a job reads, and the pages verify the same files', () => {
    const [{ files, bill } = { files: [], bill: '' }] = attestations();
    const isRead = (file: string): boolean =>
      /\.(js|sh|txt|yml)$/.test(file) && !file.endsWith('/licenses.txt');
    expect(bill).toBeUndefined();
    expect(matching(files)).toEqual(
      matching(['action.yml', 'dist/*', '{local,outcomes}/*', 'examples/set-up.sh']).filter(isRead),
    );
    expect(readFileSync(join(ROOT, 'docs/releases.md'), 'utf8')).toContain(
      `for file in ${files.join(' ')}; do`,
    );
  });

  test('attests the packages in the built files', () => {
    expect(attestations().slice(1)).toEqual([{ files: ['dist/*.js'], bill: `\${{ runner.temp }}/${BILL}` }]);
  });

  onLinux('publishes the notes of this version, and what is in the built files', () => {
    writeFileSync(join(folder, 'gh'), '#!/bin/sh\necho "$*"\n', { mode: 0o755 });
    const { status, stdout } = runStep('Create the release');
    expect([status, stdout]).toEqual([
      0,
      `release create v${VERSION} ${folder}/${BILL} examples/set-up.sh ${folder}/set-up.sh.sha256 ` +
        `--verify-tag --title v${VERSION} --notes-file ${folder}/notes.md\n`,
    ]);
    // As the README says.
    const checked = spawnSync('sha256sum', ['--check', join(folder, 'set-up.sh.sha256')], {
      cwd: join(ROOT, 'examples'),
      encoding: 'utf8',
    });
    expect(checked.stdout).toBe('set-up.sh: OK\n');
    expect(readFileSync(join(folder, 'notes.md'), 'utf8')).toMatch(/^[^#\s]/);
  });

  onLinux('lists the packages whose code is in the built files, and no others', () => {
    expect(runStep('Write the bill of materials').status).toBe(0);
    const names = packagesIn(readFileSync(join(folder, BILL), 'utf8')).map(nameOf);
    const licenses = readFileSync(join(ROOT, 'dist/licenses.txt'), 'utf8');
    const titles = [...licenses.matchAll(/(?<=^|\n)(\S+)\n(?:MIT|ISC|Apache-2\.0|BSD-[23]-Clause)\n/g)];
    expect(names).toEqual([...new Set(titles.map(([, name]) => name))].toSorted());
    const code = matching(['dist/*.js']).map((file) => readFileSync(join(ROOT, file), 'utf8'));
    expect(names).toEqual(expect.arrayContaining([...bundledPackages(code.join(''))]));
    for (const name of LEFT_OUT) expect(names).not.toContain(name);
  });

  onLinux('writes a bill of materials in SPDX 2.3, with what identifies each package', () => {
    runStep('Write the bill of materials');
    const bill = readFileSync(join(folder, BILL), 'utf8');
    expect(JSON.parse(bill)).toMatchObject({
      spdxVersion: 'SPDX-2.3',
      dataLicense: 'CC0-1.0',
      SPDXID: 'SPDXRef-DOCUMENT',
      name: `openhands-conversation-action-${VERSION}/dist`,
      documentNamespace: expect.stringMatching(/^https:\/\/[^#\s]+$/),
      creationInfo: {
        created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        creators: [`Tool: openhands-conversation-action-${VERSION}`],
      },
    });
    const core = packagesIn(bill).find((each) => nameOf(each) === '@actions/core');
    const lock: unknown = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
    const locked = memberOf(memberOf(lock, 'packages'), 'node_modules/@actions/core');
    const version = textAt(locked, 'version');
    const digest = Buffer.from(textAt(locked, 'integrity').replace('sha512-', ''), 'base64').toString('hex');
    expect(core).toEqual({
      SPDXID: `SPDXRef-actions.core-${version}`,
      name: '@actions/core',
      versionInfo: version,
      downloadLocation: 'NOASSERTION',
      filesAnalyzed: false,
      licenseDeclared: 'MIT',
      checksums: [{ algorithm: 'SHA512', checksumValue: digest }],
      externalRefs: [
        {
          referenceCategory: 'PACKAGE-MANAGER',
          referenceType: 'purl',
          referenceLocator: `pkg:npm/%40actions/core@${version}`,
        },
      ],
    });
  });
});
