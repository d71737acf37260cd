import * as core from '@actions/core';

import { githubRunner, type Runner } from '../../src/github/runner.ts';
import type { LocalInputName, LocalOutputName } from './inputs.ts';

/** The runner's interface for the local action: inputs, outputs, log and state. */
export interface LocalRunner extends Pick<Runner, 'secrets' | 'debug' | 'info' | 'warning' | 'fail'> {
  readonly input: (name: LocalInputName) => string;
  /** Sets an output. Secrets in it stay: `api-key` is one itself. */
  output(name: LocalOutputName, value: string): void;
  /** Saves the server's base folder for `post`. */
  save(base: string): void;
  /** Returns the folder that `save` was given; empty if there is none. Other steps can change it. */
  saved(): string;
}

/** Connects `local/action.yml` to GitHub's runner. */
export function githubLocalRunner(): LocalRunner {
  return {
    ...githubRunner(),
    input: (name) => core.getInput(name),
    output(name, value) {
      core.setOutput(name, value);
    },
    save(base) {
      core.saveState('base', base);
    },
    saved: () => core.getState('base'),
  };
}
