import { type Telling, tellOf } from './comment.ts';
import type { Clock } from './conversation/clock.ts';
import type { Conversation } from './conversation/conversation.ts';
import type { WaitEvent } from './conversation/events.ts';
import type { Outcome } from './conversation/outcome.ts';
import type { Haste } from './github/comment.ts';
import type { WorkflowEvent } from './github/event.ts';
import type { GitHub } from './github/octokit.ts';
import type { Runner } from './github/runner.ts';
import type { Connection } from './inputs/connection.ts';
import type { CommentInputs } from './inputs/github.ts';
import type { SummaryContext } from './report/summary.ts';

/** Tells people on GitHub how things stand, where that is wished. Nothing of it throws. */
export interface Teller {
  /** Whether there is somebody to tell. */
  readonly tells: boolean;
  readonly found: (conversation: Conversation) => void;
  readonly waiting: (event: WaitEvent, sinceMs: number) => void;
  /** To be called however the step ends. Says whether nothing is left to tell. */
  readonly ended: (outcome: Outcome, context: SummaryContext, haste?: Haste) => Promise<boolean>;
}

/** What telling needs of the world. */
export interface TellerWorld {
  readonly runner: Runner;
  readonly clock: Clock;
  readonly github: GitHub;
  readonly event: WorkflowEvent;
}

/** Tells nobody. */
export const SILENT: Teller = {
  tells: false,
  found: () => undefined,
  waiting: () => undefined,
  ended: async () => Promise.resolve(false),
};

const NO_COMMENT =
  'issue-number is where the comment goes, and there is none: set comment: true, or leave it out';

/** Who tells of the conversation of a step, in a comment; nobody where none is wished, or there is no place for it. */
export function tellerOf(
  { comment, issueNumber, apiKey }: CommentInputs & Connection,
  { runner, clock, github, event }: TellerWorld,
): Teller {
  if (!comment) {
    // What goes wrong with a comment fails nothing; and a workflow may well decide about the comment alone.
    if (issueNumber !== undefined) runner.warning(NO_COMMENT);
    return SILENT;
  }
  const issue = issueNumber ?? event.issue;
  if (issue === undefined) {
    runner.warning(
      `The event ${event.name} has no issue or pull request to comment on: name one in issue-number, or leave comment out`,
    );
    return SILENT;
  }
  const place = { repository: event.repository, issue };
  let telling: Telling | undefined;
  let phase = 'started';
  let phaseMs = 0;
  let step: string | undefined;
  return {
    tells: true,
    found(conversation) {
      telling = tellOf({
        conversation,
        github,
        clock,
        place,
        apiKey,
        runUrl: event.runUrl,
        redact: runner.secrets.redactOwn,
        warn: (text) => {
          runner.warning(text);
        },
      });
      telling.started();
    },
    waiting(told, sinceMs) {
      if (told.kind === 'phase') {
        phase = told.phase;
        phaseMs = sinceMs;
      } else if (told.kind === 'steps') step = told.steps.at(-1)?.text ?? step;
      else return;
      // Once more: some secrets come to be known only after that was read.
      const { redact } = runner.secrets;
      telling?.atWork(redact(phase), phaseMs, step && redact(step));
    },
    ended: async (outcome, context, haste) => telling?.ended(outcome, context, haste) ?? false,
  };
}
