import { tmpdir } from 'node:os';

import type { Workflow } from '../run.ts';

/**
 * What the runner's environment tells of the workflow.
 * Source: https://docs.github.com/actions/reference/workflows-and-actions/variables
 */
export function workflowOf(env: NodeJS.ProcessEnv): Workflow {
  const workspace = env['GITHUB_WORKSPACE'] ?? process.cwd();
  const temporary = env['RUNNER_TEMP'] ?? tmpdir();
  return {
    repository: env['GITHUB_REPOSITORY'] ?? '',
    serverUrl: (env['GITHUB_SERVER_URL'] ?? 'https://github.com').replace(/\/+$/, ''),
    roots: [workspace, temporary],
    temporary,
  };
}
