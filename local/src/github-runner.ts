import * as core from '@actions/core';

import { githubRunner } from '../../src/github/runner.ts';
import type { LocalRunner } from './runner.ts';

const STATE = 'base';

/** Connects `local/action.yml` to GitHub's runner. Its outputs are not redacted, as one of them is a secret. */
export function githubLocalRunner(): LocalRunner {
  return {
    ...githubRunner(),
    input: (name) => core.getInput(name),
    output(name, value) {
      core.setOutput(name, value);
    },
    save(base) {
      core.saveState(STATE, base);
    },
    saved: () => core.getState(STATE),
  };
}
