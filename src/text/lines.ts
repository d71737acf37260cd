import { stripInvisible } from './safe.ts';

/**
 * A line of the log. `step` and `heartbeat` are printed with the time since the start, `heartbeat` only after a while of silence.
 * `notice` and `warning` also appear on the page of the run.
 */
export interface Line {
  readonly level: 'step' | 'heartbeat' | 'notice' | 'warning';
  readonly text: string;
}

export const step = (text: string): Line => ({ level: 'step', text });
export const heartbeat = (text: string): Line => ({ level: 'heartbeat', text });
export const notice = (text: string): Line => ({ level: 'notice', text });
export const warning = (text: string): Line => ({ level: 'warning', text });

/**
 * Converts a text to one log line that is no command to the runner. The runner looks for `::` at the start of a line, after any kind
 * of white space, and for `##[` anywhere in it.
 * Source: `ActionCommand.TryParseV2` and `TryParse` in actions/runner, src/Runner.Common/ActionCommand.cs.
 */
export function logLine(text: string): string {
  const line = stripInvisible(text)
    .replace(/[\n\t]/g, ' ')
    .trimEnd();
  const harmless = line.replaceAll('##[', '## [');
  return /^\s*::/.test(harmless) ? `| ${harmless}` : harmless;
}

/** Converts a text to log lines that begin with a bar: nobody should mistake them for the action's own. */
export function quotedLines(text: string): readonly string[] {
  return stripInvisible(text)
    .split('\n')
    .map((line) => logLine(`  | ${line}`));
}
