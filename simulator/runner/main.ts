import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { type Json, parseJson } from '../json.ts';
import { errorLineOf, outputTable } from '../report.ts';
import { refuseOptionsThatNpmTook } from '../server/options.ts';
import { githubFor, memberOf, ownAddress, type Role, ROLES, textsWrittenIn } from './github.ts';
import { inputVariable, runAction, type RunEvent, type RunOptions } from './runner.ts';

const HELP = `Runs an action like GitHub's runner, and shows its log, outputs and summary.

Usage: npm run runner -- [options]   after npm ci

  --action DIR        folder with action.yml (default: this project's)
  --with NAME=VALUE   an input; can be given several times, for different names
  --env NAME=VALUE    an environment variable; likewise
  --event FILE        JSON file with the event's payload (default: a run by hand)
  --event-name NAME   the event's name (default workflow_dispatch; needed with --event)
  --workspace DIR     GITHUB_WORKSPACE (default: a fresh folder)
  --repository NAME   github.repository (default octo-org/octo-repo)
  --actor LOGIN       github.actor (default octocat)
  --permission NAME   what the actor may do: none, read, triage, write, maintain, admin
                      (default write; for a bot none, as on GitHub)
  --help              show this and exit

GitHub is simulated, too: it knows the actor, and the event's issue or pull request. With
--env GITHUB_API_URL=ADDRESS, the action uses that address instead.

The exit code is the action's, or 2 if an option is wrong.

Example, with the simulator in another terminal:
  npm run runner -- --with api-key=any-key-at-all --with base-url=http://127.0.0.1:3000 \\
    --with message="Say hello" --with repository=none --with poll=true`;

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  action: { type: 'string' },
  with: { type: 'string', multiple: true },
  env: { type: 'string', multiple: true },
  event: { type: 'string' },
  'event-name': { type: 'string' },
  workspace: { type: 'string' },
  repository: { type: 'string' },
  actor: { type: 'string' },
  permission: { type: 'string' },
} as const;

/** Parses `NAME=VALUE` texts. Names with the same `keyOf` are duplicates. */
function pairs(
  option: string,
  texts: readonly string[] = [],
  keyOf = (name: string): string => name,
): Record<string, string> {
  const seen = new Set<string>();
  const read = texts.map((text) => {
    const at = text.indexOf('=');
    if (at < 1) throw new Error(`--${option} "${text}": write it as NAME=VALUE`);
    const name = text.slice(0, at);
    if (seen.has(keyOf(name))) throw new Error(`--${option}: "${name}" is given twice`);
    seen.add(keyOf(name));
    return [name, text.slice(at + 1)] as const;
  });
  return Object.fromEntries(read);
}

function payloadIn(file: string): Json {
  const payload = parseJson(contentOf(file));
  if (payload === undefined) throw new Error(`--event: ${file} is not JSON`);
  return payload;
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`--event: cannot read ${file}`, { cause: error });
  }
}

function eventOf(file: string | undefined, name: string | undefined): RunEvent | undefined {
  if (file === undefined && name === undefined) return undefined;
  const payload = file === undefined ? {} : payloadIn(file);
  if (name === undefined) throw new Error('--event: also name the event, for example --event-name issues');
  return { name, payload };
}

/** Returns the branches of a pull request, which GitHub sets for these two events only. */
function branchesOf(event: RunEvent | undefined): { readonly head_ref?: string; readonly base_ref?: string } {
  if (event === undefined || !['pull_request', 'pull_request_target'].includes(event.name)) return {};
  const pull = memberOf(event.payload, 'pull_request');
  const refOf = (side: string): string => {
    const ref = memberOf(memberOf(pull, side), 'ref');
    return typeof ref === 'string' ? ref : '';
  };
  return { head_ref: refOf('head'), base_ref: refOf('base') };
}

/** Returns an object with one property, or without any if the value is undefined. */
function given<T>(name: string, value: T | undefined): Record<string, T> {
  return value === undefined ? {} : { [name]: value };
}

/** Parses a role; by default `write`, or for bots `undefined`: GitHub's answer about a bot without a role. */
function roleOf(text: string | undefined, actor = ''): Role | undefined {
  if (text === undefined) return actor.endsWith('[bot]') ? undefined : 'write';
  const role = ROLES.find((each) => each === text);
  if (role === undefined) throw new Error(`--permission: "${text}" is not one of ${ROLES.join(', ')}`);
  return role;
}

interface Choice {
  readonly options: RunOptions;
  /** The actor's role; `undefined` for GitHub's answer about a bot without a role. */
  readonly role: Role | undefined;
}

function choiceOf(args: readonly string[]): Choice | 'help' {
  const { values } = parseArgs({ args: [...args], options: OPTIONS, strict: true, allowPositionals: false });
  if (values.help === true) return 'help';
  const event = eventOf(values.event, values['event-name']);
  const options = {
    with: pairs('with', values.with, inputVariable),
    env: pairs('env', values.env),
    github: {
      ...branchesOf(event),
      ...given('repository', values.repository),
      ...given('actor', values.actor),
    },
    ...given('action', values.action),
    ...given('workspace', values.workspace),
    ...given('event', event),
    onLog: console.log,
  };
  return { options, role: roleOf(values.permission, values.actor) };
}

/** Warns about inputs with expressions, which GitHub would evaluate before it starts the action. */
function warnOfExpressions(inputs: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(inputs)) {
    if (value.includes('${{'))
      console.error(`runner: --with ${name}: \${{ … }} is not evaluated here: give the value itself`);
  }
}

async function runWithGithub({ options, role }: Choice): Promise<void> {
  warnOfExpressions(options.with ?? {});
  const github = await githubFor(options, role);
  try {
    const context = { ...options.github, ...given('api_url', github?.url ?? ownAddress(options)) };
    const run = await runAction({ ...options, github: context });
    console.log(`\n--- Outputs\n${outputTable(run.outputs)}`);
    const summary = run.summary + (run.post?.summary ?? '');
    console.log(`\n--- Summary\n${summary === '' ? '(none)' : summary}`);
    const comments = textsWrittenIn(github);
    if (comments !== '') console.log(comments);
    await run.dispose();
    process.exitCode = run.exitCode ?? 1;
  } finally {
    await github?.close();
  }
}

/** Runs the command. */
async function main(args: readonly string[]): Promise<void> {
  refuseOptionsThatNpmTook('runner', ['action', 'with', 'event', 'actor', 'permission']);
  const choice = choiceOf(args);
  if (choice === 'help') console.log(HELP);
  else await runWithGithub(choice);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(`runner: ${errorLineOf(error)}`);
  process.exitCode = 2;
});
