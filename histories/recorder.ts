import { type RecordingRunner, recordingRunner } from '../testbed/world.ts';
import type { Life } from './life.ts';
import type { Seams } from './seams.ts';
import type { Phase, ToldLine } from './told.ts';

interface RecorderOptions {
  readonly by: Phase;
  readonly life: Life;
  readonly seams: Seams;
  /** Returns the time in seconds since the beginning of the history. */
  readonly now: () => number;
  /** Called for each line. */
  readonly onLine: (line: ToldLine) => void;
}

/** Returns a runner whose lines are recorded with their times. What a killed process writes is lost. */
export function recordedRunner(
  inputs: Readonly<Record<string, string>>,
  { by, life, seams, now, onLine }: RecorderOptions,
): RecordingRunner {
  const runner = recordingRunner(inputs);
  const { log, failures, secrets } = runner;
  const seen = { log: 0, failures: 0 };
  const note = (): void => {
    for (const text of log.slice(seen.log)) onLine({ at: now(), by, kind: 'log', text });
    for (const text of failures.slice(seen.failures)) onLine({ at: now(), by, kind: 'error', text });
    seen.log = log.length;
    seen.failures = failures.length;
  };
  const whileAlive =
    <A extends readonly unknown[]>(write: (...args: A) => void) =>
    (...args: A): void => {
      if (life.isOver()) return;
      write(...args);
      note();
    };
  return {
    ...runner,
    secrets: seams.secrets?.(secrets) ?? secrets,
    input: (name) => seams.input?.(name, runner.input(name)) ?? runner.input(name),
    output: whileAlive((name, value) => {
      runner.output(name, value);
    }),
    saveState: whileAlive((state) => {
      runner.saveState(state);
    }),
    saveOutcomeFile: whileAlive((path) => {
      runner.saveOutcomeFile(path);
    }),
    info: whileAlive((...texts) => {
      runner.info(...texts);
    }),
    quote: whileAlive((heading, text) => {
      runner.quote(heading, text);
    }),
    notice: whileAlive((text) => {
      runner.notice(text);
    }),
    warning: whileAlive((text) => {
      runner.warning(text);
    }),
    fail: whileAlive((text) => {
      runner.fail(text);
    }),
    summary: async (markdown) => (life.isOver() ? undefined : runner.summary(markdown)),
  };
}
