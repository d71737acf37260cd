import { type RecordingRunner, recordingRunner } from '../__tests__/support/world.ts';
import type { Life } from './life.ts';
import type { Seams } from './seams.ts';
import type { Phase, ToldLine } from './told.ts';

interface RecorderOptions {
  readonly by: Phase;
  readonly life: Life;
  readonly seams: Seams;
  /** Returns the time in seconds since the beginning of the history. */
  readonly now: () => number;
  readonly lines: ToldLine[];
}

/** Returns a runner whose lines are recorded with their times. What a killed process writes is lost. */
export function recordedRunner(
  inputs: Readonly<Record<string, string>>,
  { by, life, seams, now, lines }: RecorderOptions,
): RecordingRunner {
  const runner = recordingRunner(inputs);
  const { log, failures, secrets } = runner;
  const seen = { log: 0, failures: 0 };
  const note = (): void => {
    for (const text of log.slice(seen.log)) lines.push({ at: now(), by, kind: 'log', text });
    for (const text of failures.slice(seen.failures)) lines.push({ at: now(), by, kind: 'error', text });
    seen.log = log.length;
    seen.failures = failures.length;
  };
  const alive = (write: () => void): void => {
    if (life.isOver()) return;
    write();
    note();
  };
  const say = (write: (text: string) => void) => (text: string) => {
    alive(() => {
      write(text);
    });
  };
  return {
    ...runner,
    secrets: seams.secrets?.(secrets) ?? secrets,
    input: (name) => seams.input?.(name, runner.input(name)) ?? runner.input(name),
    output: (name, value) => {
      alive(() => {
        runner.output(name, value);
      });
    },
    saveState: (state) => {
      alive(() => {
        runner.saveState(state);
      });
    },
    saveOutcomeFile: say((path) => {
      runner.saveOutcomeFile(path);
    }),
    info: (...texts) => {
      alive(() => {
        runner.info(...texts);
      });
    },
    quote: (heading, text) => {
      alive(() => {
        runner.quote(heading, text);
      });
    },
    notice: say((text) => {
      runner.notice(text);
    }),
    warning: say((text) => {
      runner.warning(text);
    }),
    fail: say((text) => {
      runner.fail(text);
    }),
    summary: async (markdown) => (life.isOver() ? undefined : runner.summary(markdown)),
  };
}
