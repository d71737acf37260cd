import { dirname, join } from 'node:path';

import { WrongInputs } from '../../src/inputs/reader.ts';
import { problemLine } from '../../src/report/problem.ts';
import { toError } from '../../src/text/to-error.ts';
import { LocalFailure, START } from './failure.ts';
import { githubLocalRunner } from './runner.ts';
import { startLocal } from './start.ts';

/** The entry that the runner starts for `local/action.yml`, in whose folder it is built into `dist/`. */
const folder = join(dirname(process.argv[1] ?? ''), '..');
const runner = githubLocalRunner();
try {
  await startLocal({ runner, env: process.env, folder });
} catch (error) {
  if (error instanceof LocalFailure || error instanceof WrongInputs) runner.fail(problemLine(error.problem));
  else {
    runner.debug(toError(error).stack);
    const todo = 'report this as a bug in the action';
    runner.fail(problemLine({ failedTo: START, because: toError(error).message, todo }));
  }
}
