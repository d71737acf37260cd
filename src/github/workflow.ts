import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';

import type { TemplateContext } from '../message/template.ts';
import { parseJson } from '../text/data.ts';
import type { Roots } from '../text/file.ts';

export interface Workflow {
  /** `owner/repo`. */
  readonly repository: string;
  readonly runId: string | undefined;
  /** Identifies the run, the job and the step; the same in each attempt of a run. */
  readonly step: readonly string[];
  readonly isFirstAttempt: boolean;
  /** The number of the attempt of the run. */
  readonly attempt: string;
  /** GitHub's URL, without a trailing slash. */
  readonly gitHubUrl: string;
  /** The address of the page that explains each status, as of the version that runs; `undefined` if it is not known. */
  readonly helpUrl: string | undefined;
  readonly workspace: string;
  readonly roots: Roots;
  /** The folder for files that later steps read. */
  readonly temporary: string;
  /** Returns the values for the placeholders of a template. */
  readonly templateContext: () => Promise<TemplateContext>;
}

/**
 * Reads facts about the workflow from the runner's environment.
 * Source: https://docs.github.com/actions/reference/workflows-and-actions/variables
 *
 * @param entry the path of the file that runs.
 */
export function workflowOf(env: NodeJS.ProcessEnv, entry = ''): Workflow {
  const workspace = env['GITHUB_WORKSPACE'] ?? process.cwd();
  const temporary = env['RUNNER_TEMP'] ?? tmpdir();
  return {
    repository: env['GITHUB_REPOSITORY'] ?? '',
    runId: env['GITHUB_RUN_ID'],
    step: ['RUN_ID', 'JOB', 'ACTION'].map((name) => env[`GITHUB_${name}`] ?? ''),
    isFirstAttempt: env['GITHUB_RUN_ATTEMPT'] === '1',
    attempt: env['GITHUB_RUN_ATTEMPT'] ?? '',
    gitHubUrl: gitHubUrlOf(env),
    helpUrl: helpUrlOf(env, entry),
    workspace,
    roots: [workspace, temporary],
    temporary,
    templateContext: async () => ({ github: githubOf(env), event: await readPayload(env) }),
  };
}

/**
 * Returns the address of the page that explains each status. In a composite action, the two variables may be those of another action: they
 * count only if the file that runs is in the folder that the runner gives to an action of that name and ref.
 */
function helpUrlOf(env: NodeJS.ProcessEnv, entry: string): string | undefined {
  const { GITHUB_ACTION_REPOSITORY: repository = '', GITHUB_ACTION_REF: ref = '' } = env;
  const isNamed =
    /^[\w.-]{1,100}\/[\w.-]{1,100}$/.test(repository) && /^(?!.*\.\.)\w[\w./-]{0,200}$/.test(ref);
  const isOwn = entry.replaceAll('\\', '/').includes(`/${repository}/${ref}/dist/`);
  if (gitHubUrlOf(env) !== 'https://github.com' || !isNamed || !isOwn) return undefined;
  return `https://github.com/${repository}/blob/${ref}/docs/troubleshooting.md`;
}

/** Returns GitHub's URL, without a trailing slash. */
export function gitHubUrlOf(env: NodeJS.ProcessEnv): string {
  return (env['GITHUB_SERVER_URL'] ?? 'https://github.com').replace(/\/+$/, '');
}

/** Reads the payload of the event; `undefined` if it is missing or invalid. */
export async function readPayload(env: NodeJS.ProcessEnv): Promise<unknown> {
  const text = await readFile(env['GITHUB_EVENT_PATH'] ?? '', 'utf8').catch(() => '');
  return parseJson(text)?.value;
}

function githubOf(env: NodeJS.ProcessEnv): TemplateContext['github'] {
  const value = (name: string): string => env[`GITHUB_${name}`] ?? '';
  return {
    repository: value('REPOSITORY'),
    repository_owner: value('REPOSITORY_OWNER'),
    ref: value('REF'),
    ref_name: value('REF_NAME'),
    sha: value('SHA'),
    actor: value('ACTOR'),
    event_name: value('EVENT_NAME'),
    run_id: value('RUN_ID'),
    run_number: value('RUN_NUMBER'),
    run_attempt: value('RUN_ATTEMPT'),
    workflow: value('WORKFLOW'),
    server_url: gitHubUrlOf(env),
    head_ref: value('HEAD_REF'),
    base_ref: value('BASE_REF'),
  };
}
