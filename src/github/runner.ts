import * as core from '@actions/core';

import type { InputName, OutputName } from '../interface.ts';
import type { Problem } from '../port/problem.ts';
import { parseState, stateText, type UnfinishedWork } from '../port/unfinished.ts';
import { logLine, quotedLines } from '../text/lines.ts';
import { shorten } from '../text/safe.ts';
import { createSecrets, type Secrets } from '../text/secrets.ts';
import { toError } from '../text/to-error.ts';

const STATE_NAME = 'conversation';
const OUTCOME_FILE = 'outcome-file';
const HELP_URL = 'help-url';
/** What main saves as {@link HELP_URL}. Another step can have saved something else. */
const HELP_PAGE = /^https:\/\/github\.com\/[\w.-]+\/[\w.-]+\/blob\/[\w./-]+\/docs\/troubleshooting\.md$/;
/** Enough for a stack trace, or a list of all wrong inputs. */
const MAX_ANNOTATION_LENGTH = 16_000;

/** The runner. Whatever it writes has no secrets, and no line of its log can be a command. */
export interface Runner {
  readonly secrets: Secrets;
  /** Returns the value of an input without trimming; empty if it is not set. */
  readonly input: (name: InputName) => string;
  /** Returns all inputs that are set, by lower-case name; also unknown ones, which the runner passes on. */
  readonly allInputs: () => ReadonlyMap<string, string>;
  output(name: OutputName, value: string): void;
  /** Returns the problem of the first output that could not be written; `undefined` if all were written. */
  outputProblem(): Problem | undefined;
  /** Saves the state for `post`; the latest counts. */
  saveState(state: UnfinishedWork): void;
  /** Returns the state that `main` saved for `post`. */
  savedState(): UnfinishedWork;
  /** Saves the path of the outcome file for `post`. */
  saveOutcomeFile(path: string): void;
  /** Returns that path; empty if there is none. Another step can have saved it. */
  savedOutcomeFile(): string;
  /** Saves the address of the page that explains each status, for `post`. */
  saveHelpUrl(url: string): void;
  /** Returns that address; `undefined` if there is none. */
  savedHelpUrl(): string | undefined;
  /** Logs a line, if debug logging is on. */
  debug(text: string): void;
  /** Logs lines in one write: a busy agent causes many. */
  info(...lines: readonly string[]): void;
  /** Logs somebody else's text under a heading. */
  quote(heading: string, text: string): void;
  notice(text: string): void;
  warning(text: string): void;
  /** Fails the step with one line. */
  fail(text: string): void;
  /** Adds to the job's summary. If that fails, logs a warning. */
  summary(markdown: string): Promise<void>;
}

/**
 * Keeps the process alive if nobody reads its output any more, as after a kill of the runner's worker: it may have to pause an agent.
 * Without a listener, the next line would end it with EPIPE. Call it once.
 */
export function ignoreBrokenPipes(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}

/** Creates the runner with GitHub's Actions toolkit. */
export function githubRunner(): Runner {
  const secrets = createSecrets((form) => {
    core.setSecret(form);
  });
  const line = (text: string): string => logLine(shorten(secrets.redact(text), MAX_ANNOTATION_LENGTH));
  const warning = (text: string): void => {
    core.warning(line(text));
  };

  let unwritten: Problem | undefined;

  return {
    secrets,
    input: (name) => core.getInput(name, { trimWhitespace: false }),
    allInputs: () => inputsIn(process.env),
    output(name, value) {
      try {
        core.setOutput(name, secrets.redact(value));
      } catch (error) {
        unwritten ??= unwrittenProblem(name, error);
      }
    },
    outputProblem: () => unwritten,
    saveState(state) {
      try {
        // The state holds no secret. If one happens to be part of it, the redacted rest is no valid state, and post does nothing.
        core.saveState(STATE_NAME, secrets.redact(stateText(state)));
      } catch (error) {
        warning(`the state for the post step could not be saved: ${toError(error).message}`);
      }
    },
    savedState: () => parseState(core.getState(STATE_NAME)),
    saveOutcomeFile(path) {
      core.saveState(OUTCOME_FILE, path);
    },
    savedOutcomeFile: () => core.getState(OUTCOME_FILE),
    saveHelpUrl(url) {
      core.saveState(HELP_URL, url);
    },
    savedHelpUrl() {
      const url = core.getState(HELP_URL);
      return HELP_PAGE.test(url) ? url : undefined;
    },
    debug(text) {
      if (core.isDebug()) core.debug(line(text));
    },
    info(...lines) {
      if (lines.length > 0) core.info(lines.map(line).join('\n'));
    },
    quote(heading, text) {
      core.info([line(heading), ...quotedLines(secrets.redact(text))].join('\n'));
    },
    notice(text) {
      core.notice(line(text));
    },
    warning,
    fail(text) {
      core.setFailed(line(text));
    },
    async summary(markdown) {
      try {
        await core.summary.addRaw(secrets.redact(markdown)).write();
      } catch (error) {
        warning(`the summary could not be written: ${toError(error).message}`);
      }
    },
  };
}

export function unwrittenProblem(output: OutputName, error: unknown): Problem {
  return {
    failedTo: `write the output ${output}`,
    because: toError(error).message,
    advice: 'check whether the disk of the runner is full',
  };
}

/** Returns the inputs in an environment that are not empty, by lower-case name. */
export function inputsIn(env: NodeJS.ProcessEnv): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(env).flatMap(([name, value = '']) => {
      const [, input] = /^INPUT_(.+)$/i.exec(name) ?? [];
      return input === undefined || value.trim() === '' ? [] : [[input.toLowerCase(), value] as const];
    }),
  );
}
