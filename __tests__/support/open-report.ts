import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { GithubApiOptions, SimulatedRepository } from '../../simulator/github/api.ts';
import { type Reported, reportOn } from '../../testbed/outcomes.ts';
import { afterTest, openGithub } from './after-test.ts';

/** Runs the report on a simulated GitHub, which is closed after the test. Throws WrongInputs, as the report does. */
export async function report(
  repositories: readonly SimulatedRepository[],
  inputs: Readonly<Record<string, string>> = {},
  options: GithubApiOptions & { readonly temporary?: string } = {},
): Promise<Reported> {
  const temporary = mkdtempSync(join(tmpdir(), 'report-'));
  afterTest(() => {
    rmSync(temporary, { recursive: true });
  });
  return reportOn(openGithub, repositories, inputs, { temporary, ...options });
}
