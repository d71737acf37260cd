/** The entry that the runner starts for `outcomes/action.yml`. */
import { tmpdir } from 'node:os';

import { gitHubConnector } from '../../src/github/octokit.ts';
import { gitHubUrlOf } from '../../src/github/workflow.ts';
import { useProxy } from '../../src/http/proxy.ts';
import { WrongInputs } from '../../src/inputs/reader.ts';
import { systemClock } from '../../src/port/clock.ts';
import { problemLine } from '../../src/report/problem.ts';
import { toError } from '../../src/text/to-error.ts';
import { reportOutcomes } from './outcomes.ts';
import { githubOutcomesRunner } from './runner.ts';

const { env } = process;
const runner = githubOutcomesRunner();
try {
  useProxy(env, { onSecret: runner.secrets.add, direct: [] });
  await reportOutcomes({
    runner,
    clock: systemClock,
    github: gitHubConnector(env, { fetch, clock: systemClock }),
    repository: env['GITHUB_REPOSITORY'] ?? '',
    gitHubUrl: gitHubUrlOf(env),
    temporary: env['RUNNER_TEMP'] ?? tmpdir(),
  });
} catch (error) {
  const advice = 'report this as a bug in the action';
  runner.fail(
    problemLine(
      error instanceof WrongInputs
        ? error.problem
        : { failedTo: 'report the outcomes', because: toError(error).message, advice },
    ),
  );
}
