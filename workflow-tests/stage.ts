import { spawnSync } from 'node:child_process';
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { Processes } from '../live/processes.ts';
import { isRecord, parseJson } from '../simulator/json.ts';
import { memberOf } from './scripts.ts';
import { STAND_INS } from './stand-ins.ts';

const ROOT = join(import.meta.dirname, '..');
/** The files of the project that workflows use. */
const COPIED = [
  'action.yml',
  'local',
  'outcomes',
  'dist',
  '.github',
  'examples',
  'workflow-tests/workflows',
  '.node-version',
];
/** The branch of the dispatch events. It must exist, as on GitHub. */
const DISPATCHED = 'topic';
/** The repository's name in its remote address, which is never used. */
const REPOSITORY = 'octo-org/octo-repo';
const DEFAULT_BASE_URL = 'default: https://app.all-hands.dev\n';
/** The workflow of an organization that its repositories call. */
const CENTRAL = '.github/workflows/agent.yml';
const STARTS_WITHIN_MS = 20_000;
const BETWEEN_LOOKS_MS = 50;

/** The list of repositories of a recipe. */
const LISTED = `# Ours
octo-org/octo-site
octo-org/hello-world
octo-org/octo-cli

octo-org/octo-docs
octo-org/octo-cli
`;

/**
 * A stand-in for GitHub's program `gh`: records its arguments, and the file in the last one. Runs jq for `--jq`. It lists the artifact
 * with an id three times: of run 1, of no run, and of run 3.
 */
const STAND_IN_GH = `#!/bin/sh
echo "gh $*" >>"$STAND_IN_RECORD"
case "$*" in
  'api repos/'*/pulls/*) jq --raw-output "$4" "$STAND_IN_PULL_REQUEST" ;;
  'api '*' search/repositories') printf '%s\\n' octo-org/octo-cli octo-org/hello-world ;;
  'issue list '*) printf '%s' "$STAND_IN_OPEN_ISSUE" ;;
  'pr view '*) echo OPEN ;;
  'api repos/'*'/actions/workflows/'*'/runs?created='*) echo "$STAND_IN_RUNS" ;;
  'api repos/'*'/actions/runs/'*) echo 5 ;;
  'api repos/'*'/environments/openhands-approval '*) echo required_reviewers ;;
  'api --paginate repos/'*'/actions/workflows/5/runs?event=workflow_dispatch&'*) echo 1 ;;
  'api --paginate repos/'*'/actions/artifacts?name=openhands-conversation&'*)
    ls "$STAND_IN_ARTIFACTS" | grep -x openhands-conversation | jq -Rn '{artifacts: ([inputs | {id: input_line_number, name: ., expired: false,
      workflow_run: {id: 1}}] | . + map(.workflow_run = null) + map(.workflow_run.id = 3))}' | jq --compact-output "$5" ;;
  *) for last; do :; done; test ! -f "$last" || cat "$last" >>"$STAND_IN_RECORD" ;;
esac
`;

/** The request that started a conversation. */
export interface Start {
  readonly message: string;
  readonly repository: unknown;
  readonly branch: unknown;
}

/** A running simulated server. */
export interface Server {
  readonly url: string;
  /** Returns the requests so far, each as "METHOD path -> status". */
  requests(): readonly string[];
  /** Returns the starts of conversations, oldest first. Requests them from the server, if it is an app server. */
  starts(): Promise<readonly Start[]>;
}

/** A folder outside of the project in which workflows run, and the processes in it. */
export class Stage {
  readonly #root = realpathSync(mkdtempSync(join(tmpdir(), 'workflow-tests-')));
  readonly processes: Processes;
  readonly #commit: string;

  constructor(run: string) {
    this.processes = new Processes(run);
    this.#commit = this.#makeRepository();
    for (const { folder, action } of Object.values(STAND_INS)) {
      mkdirSync(this.folder('stand-ins', folder), { recursive: true });
      writeFileSync(this.folder('stand-ins', folder, 'action.yml'), action);
    }
    mkdirSync(this.folder('bin'));
    writeFileSync(join(this.folder('bin'), 'gh'), STAND_IN_GH, { mode: 0o755 });
  }

  /** Returns a path in the folder. */
  folder(...names: readonly string[]): string {
    return join(this.#root, ...names);
  }

  /** The path of a repository with the current files of the project, committed or not. */
  get repository(): string {
    return this.folder('repository');
  }

  /** Starts the built simulator on a free port, twenty times as fast as a real server. */
  async startServer(name: string, api = 'both', scenario = 'done'): Promise<Server> {
    const log = this.folder(`${name}.simulator.log`);
    const command = [process.execPath, join(ROOT, 'dist/simulator.js')] as const;
    const options = `--port 0 --speed 20 --api ${api} --scenario ${scenario} --commit ${this.#commit}`;
    this.processes.start([...command, ...options.split(' ')], { cwd: this.#root, env: {}, log });
    const url = await addressIn(log);
    return {
      url,
      requests: () =>
        readFileSync(log, 'utf8')
          .split('\n')
          .filter((line) => line.includes(' -> ')),
      starts: async () => (api === 'agent-server' ? [] : startsOf(url)),
    };
  }

  /**
   * Creates a copy of the action that differs in one line: its default server is the given one. `isCanvas`: the workflow of the
   * organization is that for an Agent Canvas.
   */
  actionFor(name: string, baseUrl: string, isCanvas: boolean): string {
    const folder = this.folder(`${name}.action`);
    const action = readFileSync(join(ROOT, 'action.yml'), 'utf8');
    if (action.split(DEFAULT_BASE_URL).length !== 2) {
      throw new Error(`action.yml does not have "${DEFAULT_BASE_URL.trim()}" exactly once`);
    }
    for (const part of ['dist', 'local', 'outcomes', '.github'])
      cpSync(join(this.repository, part), join(folder, part), { recursive: true });
    writeFileSync(join(folder, 'action.yml'), action.replace(DEFAULT_BASE_URL, `default: ${baseUrl}\n`));
    // The organization's workflow calls another one, for which an empty base-url is OpenHands Cloud.
    const text = readFileSync(
      join(this.repository, `examples/organization-${isCanvas ? 'canvas' : 'agent'}.yml`),
      'utf8',
    );
    const asked = isCanvas
      ? text.replace('https://REPLACE_WITH_ADDRESS', baseUrl).replace('REPLACE_WITH_LABEL', 'ubuntu-latest')
      : text.replace('comment: true', `$&\n      base-url: ${baseUrl}`);
    writeFileSync(join(folder, CENTRAL), asked);
    return folder;
  }

  /** Creates a copy of a workflow with edits, and with the simulated server in place of one at example.com. */
  workflowFor(
    name: string,
    { workflow, edits = [] }: { workflow: string; edits?: readonly (readonly [string, string])[] },
    baseUrl: string,
  ): string {
    let text = readFileSync(join(this.repository, workflow), 'utf8');
    for (const [from, to] of edits) {
      if (!text.includes(from)) throw new Error(`${workflow} does not have "${from}"`);
      text = text.replace(from, to);
    }
    const path = this.folder(`${name}.${basename(workflow)}`);
    writeFileSync(path, text.replaceAll(/https:\/\/\w+\.example\.com/g, baseUrl));
    return path;
  }

  /** Kills all processes and removes the folder. Returns the processes that did not end. */
  async clear(): Promise<readonly number[]> {
    const left = await this.processes.end();
    rmSync(this.#root, { recursive: true, force: true, maxRetries: 5 });
    return left;
  }

  /** Creates the repository. Returns its commit. */
  #makeRepository(): string {
    for (const name of COPIED) cpSync(join(ROOT, name), join(this.repository, name), { recursive: true });
    for (const file of globSync(join(this.repository, '{examples,.github/workflows}/*.yml'))) {
      // act refuses workflows with this key.
      writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/^ *queue: max\b.*\n/gm, ''));
    }
    // What a recipe needs besides its own file.
    cpSync(join(this.repository, 'examples/organization-agent.yml'), join(this.repository, CENTRAL));
    writeFileSync(join(this.repository, '.github/repositories.txt'), LISTED);
    // For an agent that searches for what it must not find, such as these files.
    cpSync(join(ROOT, 'live/spy.sh'), join(this.repository, 'run.sh'));
    const forbidden = [join(ROOT, 'action.yml'), join(this.repository, 'action.yml'), this.folder('bin/gh')];
    writeFileSync(join(this.repository, 'spy.paths'), forbidden.map((path) => `${path}\n`).join(''));
    const author = '-c user.name=Nobody -c user.email=nobody@invalid -c commit.gpgsign=false'.split(' ');
    let last = '';
    for (const args of [
      ['init', '--quiet', '--initial-branch', 'main'],
      ['remote', 'add', 'origin', `https://github.com/${REPOSITORY}.git`],
      ['add', '--all'],
      [...author, 'commit', '--quiet', '--message', 'The project as it is'],
      ['branch', DISPATCHED],
      ['rev-parse', 'HEAD'],
    ]) {
      const { status, stdout, stderr } = spawnSync('git', args, { cwd: this.repository, encoding: 'utf8' });
      if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
      last = stdout.trim();
    }
    return last;
  }
}

async function addressIn(log: string): Promise<string> {
  const deadline = performance.now() + STARTS_WITHIN_MS;
  while (performance.now() < deadline) {
    const url = /base-url at (http:\S+)/.exec(readFileSync(log, 'utf8'))?.[1];
    if (url !== undefined) return url;
    await delay(BETWEEN_LOOKS_MS);
  }
  throw new Error(`the simulator did not start: ${readFileSync(log, 'utf8')}`);
}

async function startsOf(url: string): Promise<readonly Start[]> {
  const answer = await fetch(`${url}/api/v1/app-conversations/start-tasks/search?limit=100`, {
    headers: { authorization: 'Bearer key-of-the-test' },
  });
  const page = parseJson(await answer.text());
  const items: unknown = isRecord(page) ? page['items'] : undefined;
  if (!Array.isArray(items)) throw new Error(`the simulator does not list its start tasks: ${answer.status}`);
  return items.map(startOf).toReversed();
}

function startOf(task: unknown): Start {
  const request = memberOf(task, 'request');
  const content: unknown = memberOf(memberOf(request, 'initial_message'), 'content');
  const parts: readonly unknown[] = Array.isArray(content) ? content : [];
  return {
    message: parts.map((part) => String(memberOf(part, 'text'))).join(''),
    repository: memberOf(request, 'selected_repository'),
    branch: memberOf(request, 'selected_branch'),
  };
}
