import { spawnSync } from 'node:child_process';

import { isRecord, parseJson } from '../simulator/json.ts';
import type { Script } from './scripts.ts';

/** The optional checks of shellcheck that are not enabled. All others are. */
const EXCEPTIONS = [
  'SC2250', // braces around every variable: noise for a name that ends at a character that cannot be part of it
];

/** Variables that the runner sets: https://docs.github.com/en/actions/reference/workflows-and-actions/variables */
const RUNNER_VARIABLES = `
  CI RUNNER_ARCH RUNNER_DEBUG RUNNER_ENVIRONMENT RUNNER_NAME RUNNER_OS RUNNER_TEMP RUNNER_TOOL_CACHE
  GITHUB_ACTION GITHUB_ACTION_PATH GITHUB_ACTION_REPOSITORY GITHUB_ACTIONS GITHUB_ACTOR
  GITHUB_ACTOR_ID GITHUB_API_URL GITHUB_BASE_REF GITHUB_ENV GITHUB_EVENT_NAME GITHUB_EVENT_PATH
  GITHUB_GRAPHQL_URL GITHUB_HEAD_REF GITHUB_JOB GITHUB_OUTPUT GITHUB_PATH GITHUB_REF GITHUB_REF_NAME
  GITHUB_REF_PROTECTED GITHUB_REF_TYPE GITHUB_REPOSITORY GITHUB_REPOSITORY_ID GITHUB_REPOSITORY_OWNER
  GITHUB_REPOSITORY_OWNER_ID GITHUB_RETENTION_DAYS GITHUB_RUN_ATTEMPT GITHUB_RUN_ID GITHUB_RUN_NUMBER
  GITHUB_SERVER_URL GITHUB_SHA GITHUB_STEP_SUMMARY GITHUB_TRIGGERING_ACTOR GITHUB_WORKFLOW
  GITHUB_WORKFLOW_REF GITHUB_WORKFLOW_SHA GITHUB_WORKSPACE`
  .trim()
  .split(/\s+/);

const OPTIONS = ['--norc', '--enable=all', `--exclude=${EXCEPTIONS.join(',')}`, '--format=json1'];

/** Checks a script file; returns each finding as "file:line: what". */
export function checkFile(program: string, folder: string, file: string): readonly string[] {
  return findings(program, [...OPTIONS, file], '', folder).map(
    ({ line, what }) => `${file}:${line}: ${what}`,
  );
}

/** Checks the script of a step; returns each finding as "file:line: what". */
export function checkScript(program: string, script: Script): readonly string[] {
  const at = (line: number, what: string): string => `${script.file}:${line} (${script.step}): ${what}`;
  const expressionLine = script.text.split('\n').findIndex((line) => line.includes('${{'));
  if (expressionLine >= 0) {
    return [at(script.line + expressionLine, 'an expression becomes part of the script: pass it in by env')];
  }
  const dialect = dialectOf(script.shell);
  if (dialect === undefined) return [at(script.line, `no check is known for the shell "${script.shell}"`)];
  // Adds a line before the script with the shell options of the runner and the available variables.
  const given = [...RUNNER_VARIABLES, ...script.variables].map((name) => `${name}=x`).join(' ');
  const input = `set ${dialect.options}; export ${given}\n${script.text}`;
  return findings(program, [...OPTIONS, `--shell=${dialect.shell}`, '-'], input).map(({ line, what }) =>
    // The first line of the script is line 2 of the input.
    at(script.line + line - 2, what),
  );
}

/** Returns the shell and the options that the runner uses; `undefined` if shellcheck does not support the shell. */
function dialectOf(shell: string): { readonly shell: string; readonly options: string } | undefined {
  if (shell === 'bash') return { shell: 'bash', options: '-eo pipefail' };
  if (shell === 'sh') return { shell: 'sh', options: '-e' };
  const [, name, options] = /^(bash|sh) (-\S+(?: pipefail)?) \{0\}$/.exec(shell) ?? [];
  return name === undefined || options === undefined ? undefined : { shell: name, options };
}

interface Finding {
  readonly line: number;
  readonly what: string;
}

function findings(program: string, args: readonly string[], input: string, cwd?: string): readonly Finding[] {
  const { status, stdout, stderr } = spawnSync(program, args, { input, encoding: 'utf8', cwd });
  const answer = parseJson(stdout);
  const comments: unknown = isRecord(answer) ? answer['comments'] : undefined;
  // 0: no findings; 1: findings; any other code: shellcheck failed.
  if ((status !== 0 && status !== 1) || !Array.isArray(comments)) {
    throw new Error(`shellcheck ended with ${status ?? 'no exit code'}: ${stderr}`);
  }
  return comments.filter(isRecord).map(({ line, code, level, message }) => ({
    line: Number(line),
    what: `SC${String(code)} (${String(level)}): ${String(message)}`,
  }));
}
