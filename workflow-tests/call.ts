/** How act is called: its arguments, and the environment that the steps inherit. */
import { readFileSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';

import { parse } from 'yaml';

import { PLANTED } from '../live/local.ts';
import { MODEL, type Model } from '../live/model.ts';
import type { GithubApi } from '../simulator/github/api.ts';
import { MAINTAINER, type Order } from './order.ts';
import type { Stage } from './stage.ts';
import { STAND_INS } from './stand-ins.ts';

/** The key. It must not occur in other texts, because the runner masks it. */
const KEY = 'key-of-the-workflow-tests';
const SECRETS = ['OPENHANDS_API_KEY', 'OPENHANDS_TRIAGE_KEY', 'AGENT_SERVER_KEY', 'LLM_API_KEY'];
/**
 * Matches a `uses:` of this project or of an organization's workflows. The groups are the repository, the action or workflow in it, and
 * the version.
 */
const PROJECT =
  /^([\w-]+\/openhands-conversation-action|REPLACE_WITH_ORG\/workflows)(?:\/(local|outcomes|\.github\/workflows\/[\w-]+\.yml))?(@.+)$/;
/** A proxy that does not exist, so that requests to the network fail immediately. */
const NOWHERE = 'http://127.0.0.1:9';
/** GitHub's token. It must not occur in other texts either. */
const TOKEN = 'token-of-the-workflow-tests';
/** The folder in which the stand-ins for uploads and downloads keep files. */
export const ARTIFACTS = 'artifacts';
/** The variables for registries, certificates and proxies. */
const REACHES_OUT = /^(?:PIP_|UV_|PYENV_|SSL_CERT_|(?:HTTPS?|ALL|NO)_PROXY$|NODE_EXTRA_CA_CERTS$)/i;

/** Returns the runner's arguments for a workflow, its event and its secrets. */
export function argumentsFor(stage: Stage, name: string, order: Order, baseUrl: string): readonly string[] {
  const replaced = fetchedBy(order.workflow, stage, stage.actionFor(name, baseUrl, order.isCanvas ?? false));
  return [
    order.event,
    ...['--workflows', stage.workflowFor(name, order, baseUrl)],
    ...['--eventpath', join(import.meta.dirname, 'events', order.payload)],
    ...(order.job === undefined ? [] : ['--job', order.job]),
    // On this machine, without containers. Jobs for other systems are left out.
    ...['--platform', 'ubuntu-latest=-self-hosted', '--matrix', 'os:ubuntu-latest'],
    ...[...replaced].flatMap((pair) => ['--local-repository', pair.join('=')]),
    ...SECRETS.flatMap((secret) => ['--secret', `${secret}=${KEY}`]),
    ...Object.entries(order.variables ?? {}).flatMap(([name, value]) => ['--var', `${name}=${value}`]),
    ...['--actor', order.actor ?? MAINTAINER],
    ...[
      '--env',
      `GITHUB_WORKFLOW_REF=octo-org/octo-repo/.github/workflows/${basename(order.workflow)}@refs/heads/main`,
    ],
    ...['--env', `GITHUB_RUN_ID=${order.runId ?? 1}`, '--env', `GITHUB_RUN_ATTEMPT=${order.attempt ?? 1}`],
    ...['--action-offline-mode', '--no-cache-server', '--json'],
  ];
}

/** Returns the runner's arguments for the simulated GitHub. */
export function githubArguments({ url }: GithubApi): readonly string[] {
  const addresses = [`GITHUB_API_URL=${url}`, `GITHUB_GRAPHQL_URL=${url}/graphql`];
  return ['--secret', `GITHUB_TOKEN=${TOKEN}`, ...addresses.flatMap((address) => ['--env', address])];
}

/** Returns the runner's arguments for the model, as variables of the repository. */
export function modelArguments({ url }: Model): readonly string[] {
  return ['--var', `LLM_MODEL=${MODEL}`, '--var', `LLM_BASE_URL=${url}`];
}

/**
 * Returns what a workflow, and the workflows of the project that it calls, would fetch, with the folders that replace it: the
 * copy of the project, or a stand-in.
 */
function fetchedBy(workflow: string, stage: Stage, project: string): ReadonlyMap<string, string> {
  const used = new Map<string, string>();
  // `parse` calls the function for each member of the workflow. It returns every value as it is.
  parse(readFileSync(join(stage.repository, workflow), 'utf8'), (key, value) => {
    if (key !== 'uses' || typeof value !== 'string') return value;
    const [, repository, part = '', version] = PROJECT.exec(value) ?? [];
    const [, standIn] = Object.entries(STAND_INS).find(([prefix]) => value.startsWith(prefix)) ?? [];
    if (repository !== undefined) used.set(`${repository}${version ?? ''}`, project);
    if (standIn) used.set(value, stage.folder('stand-ins', standIn.folder));
    // A workflow of the project: from another repository `part`, from its own `./` and the path.
    const called = part === '' ? value.replace(/^\.\//, '') : part;
    if (called.endsWith('.yml')) for (const each of fetchedBy(called, stage, project)) used.set(...each);
    return value;
  });
  return used;
}

/**
 * Returns the environment of the runner, which steps inherit: only PATH, with `gh` and this process's Node first. If a server
 * is to be installed, also the variables for the registry.
 */
export function environment(
  stage: Stage,
  home: string,
  { openIssue, runs, pullRequest, isLocal }: Order,
): Readonly<Record<string, string>> {
  const path = [stage.folder('bin'), dirname(process.execPath), process.env['PATH'] ?? ''];
  return {
    PATH: path.join(delimiter),
    HOME: home,
    ...(isLocal ? registryVariables() : { HTTP_PROXY: NOWHERE, HTTPS_PROXY: NOWHERE, NO_PROXY: '127.0.0.1' }),
    STAND_IN_RECORD: recordOf(home),
    STAND_IN_REPOSITORY: stage.repository,
    STAND_IN_ARTIFACTS: join(home, ARTIFACTS),
    // A secret that the agent must not find.
    SECRET_OF_THE_JOB: PLANTED,
    STAND_IN_OPEN_ISSUE: openIssue ?? '',
    STAND_IN_RUNS: String(runs ?? 1),
    STAND_IN_PULL_REQUEST: join(import.meta.dirname, 'events', pullRequest ?? 'none'),
  };
}

/** Returns the variables for reaching the registry. */
function registryVariables(): Readonly<Record<string, string>> {
  const own = Object.entries(process.env).flatMap(([name, value]) =>
    REACHES_OUT.test(name) && value !== undefined ? [[name, value] as const] : [],
  );
  // Otherwise the server requests model prices from the internet.
  return { ...Object.fromEntries(own), LITELLM_LOCAL_MODEL_COST_MAP: 'True' };
}

/** Returns the file in which the stand-in for `gh` records its calls. */
export function recordOf(home: string): string {
  return join(home, 'gh.txt');
}

/** Returns the file of the patch that a job uploads for another one. */
export function patchOf(home: string): string {
  return join(home, ARTIFACTS, 'changes/changes.patch');
}
