import type { Inputs } from '../../src/inputs/inputs.ts';
import { readInputs } from '../../src/inputs/inputs.ts';
import { type Recorder, startRecording } from '../../src/record/recorder.ts';
import { problemsOf } from '../../src/schema/schema-worker.ts';
import { logSink } from '../../src/step/sinks.ts';
import { simulatedClock } from '../../testbed/clock.ts';
import { recordingRunner } from '../../testbed/world.ts';

const never = new AbortController().signal;

/** Reads the inputs of a step: the given ones and the required ones. */
export async function inputsWith(given: Readonly<Record<string, string>> = {}): Promise<Inputs> {
  const inputs: Readonly<Record<string, string>> = {
    'api-key': 'sk-oh-unit-tests',
    'base-url': 'https://openhands.test',
    message: 'Fix it',
    repository: 'none',
    ...given,
  };
  return readInputs({
    input: (name) => inputs[name] ?? (name === 'tools' ? 'all' : ''),
    given: new Map(),
    repository: 'octo/repo',
    workspace: '/work',
    roots: [],
    validate: async (schema, json) => Promise.resolve(problemsOf(schema, json)),
    templateContext: async () => Promise.reject(new Error('there is no event here')),
  });
}

/** A started step and its log. */
export interface Logged extends Recorder {
  readonly log: readonly string[];
  readonly pass: (seconds: number) => Promise<void>;
}

/** Starts to record a step on a simulated clock, and drops the first log line. */
export async function logged(given: Readonly<Record<string, string>> = {}): Promise<Logged> {
  const clock = simulatedClock();
  const runner = recordingRunner({});
  const recorder = startRecording(0, { clock, runner }, [logSink(runner, 'https://github.com')]);
  recorder.emit({ kind: 'begun', inputs: await inputsWith(given) });
  runner.log.splice(0);
  return { ...recorder, log: runner.log, pass: async (seconds) => clock.sleep(seconds * 1000, never) };
}
