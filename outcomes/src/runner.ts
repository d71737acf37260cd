import * as core from '@actions/core';

import { githubRunner, type Runner } from '../../src/github/runner.ts';
import type { OutcomesInputName, OutcomesOutputName } from './inputs.ts';

/** The runner's interface for the report: inputs, outputs, log and summary. */
export interface OutcomesRunner extends Pick<
  Runner,
  'secrets' | 'debug' | 'info' | 'notice' | 'warning' | 'fail' | 'summary'
> {
  readonly input: (name: OutcomesInputName) => string;
  output(name: OutcomesOutputName, value: string): void;
}

/** Connects `outcomes/action.yml` to GitHub's runner. */
export function githubOutcomesRunner(): OutcomesRunner {
  const runner = githubRunner();
  return {
    ...runner,
    input: (name) => core.getInput(name),
    output(name, value) {
      core.setOutput(name, runner.secrets.redact(value));
    },
  };
}
