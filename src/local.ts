import { dirname, join } from 'node:path';

import { githubLocalRunner } from './github/local-runner.ts';
import { WrongInputs } from './inputs/reader.ts';
import { LocalFailure, START } from './local/failure.ts';
import { startLocal } from './local/start.ts';
import { problemLine } from './report/problem.ts';
import { toError } from './text/to-error.ts';

/** The entry that the runner starts for `local/action.yml`. It is built into `dist/`, next to the folder `local/`. */
const action = dirname(process.argv[1] ?? '');
const runner = githubLocalRunner();
try {
  await startLocal({ runner, env: process.env, folder: join(action, '../local'), action });
} catch (error) {
  if (error instanceof LocalFailure || error instanceof WrongInputs) runner.fail(problemLine(error.problem));
  else {
    runner.debug(toError(error).stack);
    const todo = 'report this as a bug in the action';
    runner.fail(problemLine({ failedTo: START, because: toError(error).message, todo }));
  }
}
