import type { GithubApiOptions, SimulatedRepository } from '../../simulator/github/api.ts';
import { openGithub } from './after-test.ts';
import { type Reported, reportOn } from './outcomes.ts';

/** Runs the report on a simulated GitHub, which is closed after the test. Throws WrongInputs, as the report does. */
export async function report(
  repositories: readonly SimulatedRepository[],
  inputs: Readonly<Record<string, string>> = {},
  options: GithubApiOptions = {},
): Promise<Reported> {
  return reportOn(openGithub, repositories, inputs, options);
}
