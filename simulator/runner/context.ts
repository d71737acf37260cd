import { arch, platform } from 'node:os';

/** The event of a run. */
export interface RunEvent {
  readonly name: string;
  readonly payload: unknown;
}

/** The values of the `github` context that can be chosen. */
export interface GithubContext {
  readonly repository: string;
  readonly ref: string;
  readonly sha: string;
  readonly actor: string;
  readonly triggering_actor: string;
  readonly run_id: string;
  readonly run_number: string;
  readonly run_attempt: string;
  readonly workflow: string;
  readonly job: string;
  readonly head_ref: string;
  readonly base_ref: string;
  readonly server_url: string;
  readonly api_url: string;
  readonly token: string;
}

const DEFAULTS: GithubContext = {
  repository: 'octo-org/octo-repo',
  ref: 'refs/heads/main',
  sha: 'ffac537e6cbbf934b08745a378932722df287a53',
  actor: 'octocat',
  triggering_actor: 'octocat',
  run_id: '1658821493',
  run_number: '3',
  run_attempt: '1',
  workflow: 'Agent',
  job: 'agent',
  head_ref: '',
  base_ref: '',
  server_url: 'https://github.com',
  // No server listens there: a run that needs GitHub gets the address of a simulated one.
  api_url: 'http://127.0.0.1:1',
  token: 'ghs_simulatedTokenOfTheRunner0000000000',
};

/** Merges chosen values with the defaults. The triggering actor is the actor unless chosen otherwise. */
export function contextOf(chosen: Partial<GithubContext>): GithubContext {
  return {
    ...DEFAULTS,
    ...(chosen.actor === undefined ? {} : { triggering_actor: chosen.actor }),
    ...chosen,
  };
}

/** Returns the event of a run that was started by hand. */
export function manualEvent(context: GithubContext): RunEvent {
  const [owner = '', name = ''] = context.repository.split('/');
  return {
    name: 'workflow_dispatch',
    payload: {
      inputs: null,
      ref: context.ref,
      repository: {
        name,
        full_name: context.repository,
        owner: { login: owner },
        private: false,
        default_branch: 'main',
      },
      sender: { login: context.actor, type: 'User' },
      workflow: '.github/workflows/agent.yml',
    },
  };
}

const REF_NAME = /^refs\/(?:heads|tags|pull)\//;

/** Returns the `github` context for expressions. */
export function expressionContext(
  context: GithubContext,
  event: RunEvent,
  workspace: string,
): Readonly<Record<string, unknown>> {
  return {
    ...context,
    repository_owner: context.repository.split('/')[0],
    ref_name: context.ref.replace(REF_NAME, ''),
    ref_type: context.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    event_name: event.name,
    event: event.payload,
    workspace,
  };
}

const SYSTEM: Readonly<Record<string, string>> = { linux: 'Linux', darwin: 'macOS', win32: 'Windows' };
const PROCESSOR: Readonly<Record<string, string>> = { x64: 'X64', arm64: 'ARM64', ia32: 'X86', arm: 'ARM' };

/** Returns the environment variables for the context. The token is not among them: an action gets it as an input. */
export function contextEnvironment(
  context: Omit<GithubContext, 'token'>,
  event: RunEvent,
): Record<string, string> {
  const named: Record<string, string> = {};
  for (const [name, value] of Object.entries(context)) named[`GITHUB_${name.toUpperCase()}`] = value;
  return {
    ...named,
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTION: '__octo-org_openhands',
    GITHUB_EVENT_NAME: event.name,
    GITHUB_GRAPHQL_URL: `${context.api_url}/graphql`,
    GITHUB_REF_NAME: context.ref.replace(REF_NAME, ''),
    GITHUB_REF_TYPE: context.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    GITHUB_REPOSITORY_OWNER: context.repository.split('/')[0] ?? '',
    GITHUB_RETENTION_DAYS: '90',
    RUNNER_ARCH: PROCESSOR[arch()] ?? 'X64',
    RUNNER_ENVIRONMENT: 'github-hosted',
    RUNNER_NAME: 'simulated',
    RUNNER_OS: SYSTEM[platform()] ?? 'Linux',
  };
}
