import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { parse } from 'yaml';

import { zipOf } from '../../simulator/server/zip.ts';
import { scriptsOf } from '../../workflow-tests/scripts.ts';
import { members, read, ROOT } from './yaml.ts';

/** The workflow that reports what agents achieved. */
export const REPORT = '.github/workflows/outcomes.yml';
const [STEP] = [...members(parse(read(REPORT)), 'jobs', 'report', 'steps').values()];
/** The words that the report knows. */
export const WORDS = { STATUSES: '', KINDS: '', ...Object.fromEntries(members(STEP, 'env')) };

/** Whether this machine has the programs that the script needs. */
export const HAS_TOOLS =
  process.platform === 'linux' &&
  ['jq --version', 'unzip -v'].every((command) => spawnSync('bash', ['-c', command]).status === 0);

/** Stands in for `gh`: answers from files, and, like it, prints the body of a refusal, too. */
const GH = `#!/bin/bash
echo "$2" >>"$HOME/requests.txt"
page="\${2##*&page=}"
case "$2" in
  */actions/runs\\?*) file="runs-$page.json" ;;
  */actions/artifacts\\?*) file="artifacts-$page.json" ;;
  *) file="\${2#repos/octo-org/octo-repo/}"; file="\${file//\\//-}" ;;
esac
if test ! -f "$HOME/$file"; then echo '{"message": "Not Found"}'; echo "gh: Not Found (HTTP 404)" >&2; exit 1; fi
if test "$3" = --jq; then jq -c "$4" "$HOME/$file"; else cat "$HOME/$file"; fi
`;

/** Something that a run has left behind. */
export interface Left {
  /** The members of the outcome that differ from one that has finished, or a whole text in its place. */
  readonly outcome?: Readonly<Record<string, unknown>> | string;
  readonly run?: Readonly<Record<string, unknown>>;
  readonly artifact?: Readonly<Record<string, unknown>>;
  /** The archive, if it is not one file with the outcome. */
  readonly zip?: Buffer | 'none';
}

/** What the script has written. */
export interface Report {
  readonly summary: string;
  /** The cells of the table, row by row, without its head. */
  readonly rows: readonly (readonly string[])[];
  readonly json: Readonly<Record<string, unknown>>;
  readonly printed: string;
  readonly requests: readonly string[];
}

/** A folder in which scripts run, with files for what `gh` answers. */
export class Place {
  readonly #folder = mkdtempSync(join(tmpdir(), 'outcomes-'));

  constructor() {
    for (const name of ['bin', 'temp']) mkdirSync(this.#path(name));
    writeFileSync(this.#path('bin/gh'), GH, { mode: 0o755 });
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }

  /** Puts runs and what they left where `gh` finds them, each later than the one before. */
  prepare(lefts: readonly Left[], countOfRuns = lefts.length): void {
    const runs = lefts.map(({ run }, index) => ({
      id: 100 + index,
      name: 'Solve issues',
      created_at: new Date(Date.UTC(2027, 0, 1, 0, index)).toISOString(),
      repository: { id: 1 },
      head_repository: { id: 1 },
      ...run,
    }));
    const artifacts = lefts.map(({ artifact }, index) => ({
      id: 1000 + index,
      name: `openhands-outcome-0${index}`,
      size_in_bytes: 300,
      expired: false,
      workflow_run: { id: 100 + index },
      ...artifact,
    }));
    for (const [index, { outcome = {}, zip }] of lefts.entries()) {
      const text = typeof outcome === 'string' ? outcome : JSON.stringify(finished(index, outcome));
      const content = zip ?? zipOf([{ name: 'outcome.json', text }]);
      if (content !== 'none') writeFileSync(this.#path(`actions-artifacts-${1000 + index}-zip`), content);
    }
    this.#list('runs', 'workflow_runs', countOfRuns, runs);
    this.#list('artifacts', 'artifacts', artifacts.length, artifacts.toReversed());
  }

  pulls(states: Readonly<Record<number, 'open' | 'closed' | 'merged'>>): void {
    for (const [number, state] of Object.entries(states)) {
      const merged = state === 'merged' ? '2027-01-02T00:00:00Z' : null;
      const pull = { number: Number(number), state: state === 'open' ? 'open' : 'closed', merged_at: merged };
      writeFileSync(this.#path(`pulls-${number}`), JSON.stringify(pull));
    }
  }

  /** Runs the script of the report. @throws Error if it fails */
  report(env: Readonly<Record<string, string>> = {}): Report {
    const [script] = scriptsOf(join(ROOT, REPORT), REPORT);
    const printed = this.run(script?.text, { ...WORDS, DAYS: '28', WORKFLOWS: '', ...env });
    const summary = this.#read('summary.md');
    const table = summary.split('\n').filter((line) => line.startsWith('|'));
    const cells = table.map((line) => line.split('|').slice(1, -1));
    const [, json = ''] = /^report=(.*)\n$/.exec(this.#read('output.txt')) ?? [];
    return {
      summary,
      rows: cells.slice(2).map((row) => row.map((cell) => cell.trim())),
      json: Object.fromEntries(members(JSON.parse(json))),
      printed,
      requests: this.#read('requests.txt').trimEnd().split('\n'),
    };
  }

  /** Runs a script. Returns what it prints. @throws Error if it fails */
  run(script = 'exit 99', env: Readonly<Record<string, string>> = {}): string {
    const { status, stdout, stderr } = spawnSync('bash', ['-e', '-c', script], {
      cwd: this.#folder,
      env: {
        PATH: [this.#path('bin'), process.env['PATH']].join(delimiter),
        HOME: this.#folder,
        RUNNER_TEMP: this.#path('temp'),
        GITHUB_REPOSITORY: 'octo-org/octo-repo',
        GITHUB_SERVER_URL: 'https://github.com',
        GITHUB_OUTPUT: this.#path('output.txt'),
        GITHUB_STEP_SUMMARY: this.#path('summary.md'),
        ...env,
      },
      encoding: 'utf8',
    });
    const errors = stderr.replaceAll(/^gh: Not Found.*\n/gm, '');
    if (status !== 0 || errors !== '') throw new Error(`the script failed (${status}): ${errors}`);
    return stdout;
  }

  /** Returns the outcome that a script has written, and its name. */
  kept(): { readonly name: string; readonly text: string } {
    return { name: this.#read('output.txt'), text: this.#read('temp/outcome.json') };
  }

  #list(name: string, key: string, count: number, all: readonly unknown[]): void {
    for (let page = 0; page * 100 <= all.length; page += 1) {
      const content = { total_count: count, [key]: all.slice(page * 100, (page + 1) * 100) };
      writeFileSync(this.#path(`${name}-${page + 1}.json`), JSON.stringify(content));
    }
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  #read(name: string): string {
    return existsSync(this.#path(name)) ? readFileSync(this.#path(name), 'utf8') : '';
  }
}

function finished(id: number, changes: Readonly<Record<string, unknown>>): object {
  return {
    version: 1,
    status: 'finished',
    'failure-kind': '',
    'cost-usd': 0.5,
    'conversation-url': `https://app.all-hands.dev/conversations/${id}`,
    'pull-request-urls': [],
    ...changes,
  };
}
