import * as core from '@actions/core';

import type { Problem } from '../conversation/problem.ts';
import type { InputName, OutputName } from '../interface.ts';
import type { Leftover } from '../leftover.ts';
import type { Quoted } from '../report/answer.ts';
import { unwrittenProblem } from '../report/problem.ts';
import { logLine, quotedLines, shorten } from '../text/safe.ts';
import { createSecrets, type Secrets } from '../text/secrets.ts';
import { toError } from '../text/to-error.ts';
import { parseState, stateText } from './state.ts';

const STATE = 'conversation';
/** Room for a trace of calls, and for every input that is wrong. */
const LONGEST_LINE = 16_000;

/**
 * The way to the people and to the next steps. Whatever goes through it has lost the user's secrets, and no line of the log
 * is a command to the runner. What a server says is given to it without any secret: one that the server has told is not
 * looked for in our own words, which it would break.
 */
export interface Runner {
  readonly secrets: Secrets;
  /** The value of an input, as it is; empty if it was not given. */
  readonly input: (name: InputName) => string;
  /** All that was given, by the names in small letters: the runner passes on what the action does not know, too. */
  readonly given: () => ReadonlyMap<string, string>;
  output(name: OutputName, value: string): void;
  /** That the first of the outputs that could not be written was lost; `undefined` if all of them are there. */
  unwritten(): Problem | undefined;
  /** Keeps what `post` needs to know; the latest is what counts. A state with a secret in it is not kept. */
  save(state: Leftover): void;
  /** What `main` kept for `post`. */
  saved(): Leftover;
  /** Shown only in a run with debug logging. */
  debug(text: string): void;
  info(text: string): void;
  /** Folds what is told from now on under a heading, until {@link Runner.unfold}. */
  fold(heading: string): void;
  unfold(): void;
  /** A text of somebody else's, under a heading. */
  quote(heading: string, quoted: Quoted): void;
  notice(text: string): void;
  warning(text: string): void;
  /** Fails the step with one line. */
  fail(text: string): void;
  /** Adds to the page of the run. A runner without summaries costs a warning. */
  summary(markdown: string): Promise<void>;
}

/**
 * Lets the process go on when nobody reads what it prints any more, as after a kill of the runner's worker: there may be an
 * agent to pause. Without a listener the EPIPE of the next line would end it. To be called once.
 */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}

/** GitHub's runner, by its toolkit. */
export function githubRunner(): Runner {
  const secrets = createSecrets((form) => {
    core.setSecret(form);
  });
  const line = (text: string): string => logLine(shorten(secrets.redactOwn(text), LONGEST_LINE));
  const warning = (text: string): void => {
    core.warning(line(text));
  };

  let unwritten: Problem | undefined;

  return {
    secrets,
    input: (name) => core.getInput(name, { trimWhitespace: false }),
    given: () => inputsIn(process.env),
    output(name, value) {
      try {
        core.setOutput(name, fitOutput(name, value, secrets));
      } catch (error) {
        unwritten ??= unwrittenProblem(name, error);
      }
    },
    unwritten: () => unwritten,
    save(state) {
      const text = stateText(state);
      // There are only ids in it. If one of them is a secret, better that post has nothing to do.
      const isFit = secrets.redactOwn(text) === text;
      if (!isFit) warning('the state for the post step could not be saved: it contains a secret');
      try {
        core.saveState(STATE, isFit ? text : stateText({ step: 'over' }));
      } catch (error) {
        warning(`the state for the post step could not be saved: ${toError(error).message}`);
      }
    },
    saved: () => parseState(core.getState(STATE)),
    debug(text) {
      core.debug(line(text));
    },
    info(text) {
      core.info(line(text));
    },
    fold(heading) {
      core.startGroup(line(heading));
    },
    unfold() {
      core.endGroup();
    },
    quote(heading, { text, isWhole }) {
      core.info(line(heading));
      quotedLines(secrets.redact(text)).forEach((each) => {
        core.info(each);
      });
      if (!isWhole) core.info('  … The rest is in the file that the output response-file names.');
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
        await core.summary.addRaw(secrets.redactOwn(markdown)).write();
      } catch (error) {
        warning(`the summary could not be written: ${toError(error).message}`);
      }
    },
  };
}

/** The inputs that an environment has, by their names in small letters; empty ones are not given. */
export function inputsIn(env: NodeJS.ProcessEnv): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(env).flatMap(([name, value = '']) => {
      const [, input] = /^INPUT_(.+)$/i.exec(name) ?? [];
      return input === undefined || value.trim() === '' ? [] : [[input.toLowerCase(), value] as const];
    }),
  );
}

/** The value of an output as the next steps get it. What others wrote comes without all secrets, what we did without the user's. */
export function fitOutput(name: OutputName, value: string, { redact, redactOwn }: Secrets): string {
  switch (name) {
    case 'status':
    case 'failure-kind':
    case 'api-version':
    case 'checks':
      return value;
    case 'title':
    case 'response':
      return redact(value);
    default:
      return redactOwn(value);
  }
}
