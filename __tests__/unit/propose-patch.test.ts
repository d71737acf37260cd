import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { parsePatch } from '../../src/patch/git-patch.ts';
import { scriptsOf } from '../../workflow-tests/scripts.ts';
import { read, ROOT } from '../support/yaml.ts';

const WORKFLOW = '.github/workflows/propose.yml';
const [, FOR_PEOPLE] = /^ +FOR_PEOPLE: '(.+)'$/m.exec(read(WORKFLOW)) ?? [];

let folder: string;
const env = (): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: folder,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Somebody',
  GIT_AUTHOR_EMAIL: 'somebody@invalid',
  GIT_COMMITTER_NAME: 'Somebody',
  GIT_COMMITTER_EMAIL: 'somebody@invalid',
  RUNNER_TEMP: folder,
  PATCH: join(folder, 'changes.patch'),
  FOR_PEOPLE: FOR_PEOPLE ?? '',
  LC_ALL: 'C',
});

function sh(script: string): string {
  return execFileSync('bash', ['-euc', script], { cwd: folder, env: env(), encoding: 'utf8' });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'propose-'));
  sh(`git init -q -b main seed && cd seed && mkdir .github dist
    printf 'one\\n' >a.txt; seq 40 >b.txt; echo 1 >.github/ci.yml; echo built >dist/main.js
    git add -A && git commit -qm first && git clone -q . ../agent && git clone -q . ../job`);
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Runs the step of the workflow on the changes of an agent. Returns how it ended. */
function propose(
  changes: string,
  more: Readonly<Record<string, string>> = {},
): { readonly status: number | null; readonly printed: string } {
  const patch = execFileSync(
    'bash',
    ['-euc', `cd agent\n${changes}\ngit add -A; git diff --binary --cached HEAD`],
    { cwd: folder, env: env(), stdio: 'pipe' },
  );
  writeFileSync(join(folder, 'changes.patch'), patch);
  expect(parsePatch(patch)).toBeDefined();
  const [script] = scriptsOf(join(ROOT, WORKFLOW), WORKFLOW);
  const { status, stdout, stderr } = spawnSync('bash', ['-e', '-c', script?.text ?? 'exit 99'], {
    cwd: join(folder, 'job'),
    env: { ...env(), BASE: sh('git -C agent rev-parse HEAD').trim(), ...more },
    encoding: 'utf8',
  });
  return { status, printed: stdout + stderr };
}

const onLinux = process.platform === 'linux' ? describe : describe.skip;

test('with and without an account, the patch is kept in the same way, and the same workflow opens the pull request', () => {
  const [one, other] = ['examples/propose-patch.yml', '.github/workflows/local.yml'].map((name) => {
    const text = read(name);
    expect(text).toMatch(/^ {4}uses: .*\/propose\.yml@/m);
    return /^ {6}- name: Upload the patch\n(?: {8}.*\n)+/m.exec(text)?.[0];
  });
  expect(one).toContain('name: changes');
  expect(other).toBe(one);
});

onLinux("the workflow for an agent's patch", () => {
  test('applies all changes of the agent to the index and the folder', () => {
    const { status } = propose(`echo two >>a.txt; git mv b.txt 'c d.txt'; echo anew >dist/main.js
      printf '\\000\\001' >image.bin; chmod +x a.txt; mkdir docs; echo 1 >docs/.gitignore`);
    expect(status).toBe(0);
    expect(sh('cd job && git status --porcelain -z && git write-tree')).toMatch(
      /^(?:[MRA] {2}[^\0]+\0(?:b\.txt\0)?)+/,
    );
    expect(sh('cd job && git write-tree')).toBe(sh('cd agent && git write-tree'));
    expect(readFileSync(join(folder, 'job/dist/main.js'), 'utf8')).toBe('anew\n');
  });

  test('refuses a patch for a commit that is not on the branch', () => {
    const { status, printed } = propose('git commit -q --allow-empty -m "of nobody"; echo two >>a.txt');
    expect(status).toBe(1);
    expect(printed).toContain('not for the newest commit of the branch');
  });

  test('refuses a patch for an older commit, because git would follow files that have become workflows', () => {
    sh('cd seed && git mv b.txt .github/b.yml && git commit -qm moved && cd ../job && git pull -q');
    const { status, printed } = propose('echo two >>b.txt');
    expect(status).toBe(1);
    expect(printed).toContain('not for the newest commit of the branch');
    expect(sh('cd job && git status --porcelain')).toBe('');
  });

  test.each([
    ['lines of the patch', `printf '::error::x  \n ##[error]y  \n' >>a.txt`, 0],
    ['a line with another line break', `printf 'x\r::error::x  \n' >>a.txt`, 0],
    ['names of files', `printf 'x  \n' >$'a\n::error::x'; printf 'x  \n' >$'b\r##[error]y'`, 1],
  ])('prints no commands to the runner in %s', (_name, changes, ends) => {
    const { status, printed } = propose(changes);
    expect(status).toBe(ends);
    expect(printed).toContain('trailing whitespace');
    const commands = printed.split(/[\r\n]+/).filter((line) => /^\s*::|##\[/.test(line));
    expect(commands.filter((line) => !line.startsWith('::error::The patch changes what only'))).toEqual([]);
  });

  test('refuses a patch if the list of protected files is invalid', () => {
    const { status, printed } = propose('ln -s /etc/passwd link', { FOR_PEOPLE: '(' });
    expect(status).toBe(1);
    expect(printed).toContain('what only people may change');
  });

  // As with `diff.up.textconv` in git's configuration on the server.
  const CONVERTED = `git config diff.up.textconv 'tr a-z A-Z <'; echo '*.txt diff=up' >.git/info/attributes`;

  test.each([
    ['an edited file', 'echo two >>b.txt'],
    ['a renamed file', `git mv b.txt 'c d.txt'; echo two >>'c d.txt'`],
    ['one of two files that become the same', 'echo two >>b.txt; cp b.txt b'],
    [
      'a file whose text is then that of another one',
      '{ cat b.txt; echo TWO; } >made; echo two >>b.txt; cp b.txt named',
    ],
  ])('refuses a text that git has converted, of %s, before the folder changes', (_name, changes) => {
    const { status, printed } = propose(`${CONVERTED}; ${changes}`);
    expect(status).toBe(1);
    expect(printed).toMatch(/^::error::The patch is not what the agent wrote: /);
    expect(sh('cd job && git status --porcelain && tail -n 1 b.txt')).toMatch(/(?:^|\n)40\n$/);
  });

  test('applies a text that git has converted to itself', () => {
    const { status } = propose(`${CONVERTED}; seq 50 >b.txt; chmod +x a.txt; git mv dist/main.js x.js`);
    expect(status).toBe(0);
    expect(sh('cd job && git write-tree')).toBe(sh('cd agent && git write-tree'));
  });

  test('does nothing if nothing has changed', () => {
    expect(propose(':')).toEqual({ status: 0, printed: '' });
  });

  test.each([
    ['a link', 'ln -s /etc/passwd link'],
    ['a file that becomes a link', 'ln -sf /etc/passwd a.txt'],
    ['a submodule', 'git init -q lib; cd lib; echo 1 >1; git add -A; git commit -qm 1; cd ..'],
    ['a workflow', 'echo 2 >.github/ci.yml'],
    ['a workflow that is gone', 'git rm -q .github/ci.yml'],
    ['a file that becomes a workflow', 'git mv b.txt .github/b.yml'],
    ['a folder that is .github for some systems', 'mkdir .GitHub; echo 1 >.GitHub/ci.yml'],
    ['the list of submodules', 'echo 1 >.gitmodules'],
    ['a name with a line break', `printf x >$'line\\nbreak'`],
    ['attributes', 'echo "* filter=lfs" >.gitattributes'],
    ['attributes in a folder of bytes', `mkdir $'\\351'; echo 1 >$'\\351/.gitattributes'`],
    ['attributes of a folder', 'mkdir "a b"; echo "* filter=lfs" >"a b/.gitattributes"'],
    ['new owners of code', 'echo "* @agent" >CODEOWNERS'],
    ['new owners in docs', 'mkdir docs; echo "* @agent" >docs/CODEOWNERS'],
    ['new owners in .github', 'echo "* @agent" >.github/CODEOWNERS'],
    ['owners in other letters, the same file for some systems', 'mkdir Docs; echo 1 >Docs/CodeOwners'],
    ['a file that becomes the owners', 'git mv b.txt CODEOWNERS'],
    ["the agent's hooks", 'mkdir .openhands; echo {} >.openhands/hooks.json'],
    ["the agent's setup", 'mkdir .openhands; echo 1 >.openhands/setup.sh'],
    ["the agent's checks of a commit", 'mkdir .OpenHands; echo 1 >.OpenHands/pre-commit.sh'],
    [
      'a plugin of the agent',
      'mkdir -p .agents/plugins/p/hooks; echo {} >.agents/plugins/p/hooks/hooks.json',
    ],
    [
      'a plugin in the other folder',
      'mkdir -p .openhands/plugins/p; echo {} >.openhands/plugins/p/.mcp.json',
    ],
    ['a plugin below a folder', 'mkdir -p a/b/.Agents/plugins/p; echo 1 >a/b/.Agents/plugins/p/run.sh'],
    ['an agent with hooks', 'mkdir -p .agents/agents; echo 1 >.agents/agents/a.md'],
    [
      'an agent in the other folder, below a folder',
      'mkdir -p a/.openhands/agents; echo 1 >a/.openhands/agents/a.md',
    ],
    [
      'a plugin in a folder with a long s, the same for some systems',
      "p=$'.agent\\xc5\\xbf/plugins/p'; mkdir -p $p; echo {} >$p/.mcp.json",
    ],
    [
      "a skill's servers in a folder with a Kelvin sign, the same for some systems",
      "p=$'.agents/s\\xe2\\x84\\xaaills/s'; mkdir -p $p; echo {} >$p/.mcp.json",
    ],
    ["a skill's servers", 'mkdir -p .agents/skills/s; echo {} >.agents/skills/s/.mcp.json'],
    [
      "a skill's servers below a folder",
      'mkdir -p a/.openhands/skills/s; echo {} >a/.openhands/skills/s/.MCP.json',
    ],
    [
      'servers of an old skill',
      'mkdir -p .openhands/microagents/s; echo {} >.openhands/microagents/s/.mcp.json',
    ],
  ])('refuses %s, before the folder changes', (_name, changes) => {
    const { status, printed } = propose(changes);
    expect(status).toBe(1);
    expect(printed).toMatch(/^::error::The patch changes what only people may change: /);
    expect(sh('cd job && cat a.txt .github/ci.yml')).toBe('one\n1\n');
  });

  // Source: getCommit in src/git-command-manager.ts of peter-evans/create-pull-request 8.1.1.
  const READ = /^:(\d{6}) (\d{6}) \w{40} (\w{40}) ([AMD])\s+(.*)$/;
  /** Returns the names of the changed files that the action reads from a commit. */
  const namesRead = (): readonly string[] =>
    sh(
      'cd job && git commit -qm x && git -c core.quotePath=false show --raw --no-renames --no-abbrev --format= HEAD',
    )
      .split('\n')
      .slice(0, -1)
      .map((line) => READ.exec(line)?.[5] ?? 'unread');

  test.each(['c d.txt', 'é日本/ü.txt', "it's – “so”", 'a:b', '-n', '${{ x }}', '$(x)`y`', 'x ', '#1 @x'])(
    'passes on a file with the name %j as it is',
    (name) => {
      expect(propose(`mkdir -p é日本; echo 1 >'./${name.replace("'", `'"'"'`)}'`).status).toBe(0);
      expect(namesRead()).toEqual([name]);
    },
  );

  test.each([
    ['a quotation mark', `'a"b'`],
    ['a backslash', `'a\\b'`],
    ['a blank in front', `' CODEOWNERS'`],
    ['another blank in front', `$'\\u3000.github'`],
    ['a byte order mark in front', `$'\\ufeffa'`],
    ['a line end of JavaScript', `$'a\\u2028b'`],
    ['bytes that are no text', `$'\\xe9'`],
  ])('refuses a file name with %s, which the action would read as another one', (_name, name) => {
    const { status, printed } = propose(`export LC_ALL=C.UTF-8; echo 1 >${name}`);
    expect(status).toBe(1);
    expect(printed).toMatch(/^::error::The patch has a file name with a quotation mark, /);
  });

  const COMMAND = "printf '%s\\n' 'The newest: !`git log -1`'";

  test.each([
    ['a skill', `mkdir -p .agents/skills/s; ${COMMAND} >.agents/skills/s/SKILL.md`],
    ['a skill of one file, in other letters', `mkdir -p .Agents/Skills; ${COMMAND} >.Agents/Skills/a.md`],
    ['a skill in the other folder', `mkdir -p a/.openhands/skills; ${COMMAND} >a/.openhands/skills/a.md`],
    ['an old skill', `mkdir -p .openhands/microagents; ${COMMAND} >.openhands/microagents/a.md`],
    [
      'a skill with a zero byte',
      `mkdir -p .agents/skills; { printf '\\0'; ${COMMAND}; } >.agents/skills/a.md`,
    ],
    ['a page that becomes a skill', 'mkdir -p .agents/skills; git mv page.md .agents/skills/a.md'],
    ['another line of a skill that has one', 'echo more >>.agents/skills/old/SKILL.md'],
    ['what a file is as a skill', 'chmod +x .agents/skills/old/SKILL.md'],
  ])('refuses a command that a server runs when its agent reads it, in %s', (_name, changes) => {
    sh(`cd seed && mkdir -p .agents/skills/old && ${COMMAND} | tee page.md >.agents/skills/old/SKILL.md
      git add -A && git commit -qm skill && git -C ../job pull -q && git -C ../agent pull -q`);
    const { status, printed } = propose(changes);
    expect(status).toBe(1);
    expect(printed).toMatch(/^::error::The patch changes a skill with a command /);
    expect(sh('cd job && git reset -q && git status --porcelain')).toBe('');
  });

  test('applies skills without a command beside one that has one, and commands elsewhere', () => {
    sh(`cd seed && mkdir -p .agents/skills/old && ${COMMAND} >.agents/skills/old/SKILL.md
      git add -A && git commit -qm skill && git -C ../job pull -q && git -C ../agent pull -q`);
    const { status } = propose(`mkdir -p .agents/skills/new docs/skills
      echo 'Run \`git log -1\`!' >.agents/skills/new/SKILL.md; ${COMMAND} | tee docs/skills/SKILL.md >AGENTS.md`);
    expect(status).toBe(0);
    expect(sh('cd job && git write-tree')).toBe(sh('cd agent && git write-tree'));
  });

  test.each([
    ['is edited', 'echo "* @agent" >>FILE'],
    ['is gone', 'git rm -q FILE'],
    ['is moved away', 'git mv FILE elsewhere'],
    ['becomes a program', 'chmod +x FILE'],
    ['becomes a folder', 'rm FILE; mkdir FILE; echo 1 >FILE/a'],
    ['becomes a link', 'ln -sf /etc/hostname FILE'],
  ])('refuses a file that governs and %s', (_name, changes) => {
    const files = [
      'CODEOWNERS',
      'docs/CODEOWNERS',
      '.openhands/hooks.json',
      '.openhands/setup.sh',
      'a/.agents/plugins/p/hooks.json',
      '.agents/agents/a.md',
    ];
    sh(`cd seed && mkdir -p docs .openhands .agents/agents a/.agents/plugins/p && echo 1 | tee ${files.join(' ')} >.openhands/pre-commit.sh
      git add -A && git commit -qm governed; git -C ../job pull -q`);
    for (const file of [...files, '.openhands/pre-commit.sh']) {
      sh('git -C agent pull -q && git -C agent reset -q --hard');
      const { status, printed } = propose(changes.replaceAll('FILE', file));
      expect([file, status]).toEqual([file, 1]);
      expect(printed).toMatch(/^::error::The patch changes what only people may change: /);
      sh('git -C job reset -q --hard && git -C agent clean -qfd && git -C agent reset -q --hard');
    }
  });

  test('applies files of the same name that govern nothing', () => {
    const { status, printed } =
      propose(`mkdir -p src docs/api .openhands/skills lib/.openhands .agents/skills/s plugins/p
      echo 1 | tee src/CODEOWNERS docs/api/CODEOWNERS CODEOWNERS.md docs/my-CODEOWNERS setup.sh hooks.json >pre-commit.sh
      echo 1 | tee .agents/plugins.md .agents/agents.md .agents/skills/s/SKILL.md .agents/skills/s/a.mcp.json a.mcp.json >plugins/p/.mcp.json
      echo 1 | tee .openhands/skills/setup.sh .openhands/hooks-json .openhands/README.md >lib/.openhands/setup.sh`);
    expect([printed, status]).toEqual(['', 0]);
    expect(sh('cd job && git write-tree')).toBe(sh('cd agent && git write-tree'));
  });
});
