import * as core from '@actions/core';

import type { LocalRunner } from '../local/runner.ts';
import { githubRunner } from './runner.ts';

const STATE = 'base';

/** GitHub's runner, for `local/action.yml`. Its outputs are our own words, and one of them is a secret: it is not replaced. */
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
