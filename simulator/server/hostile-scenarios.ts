import { HOSTILE_ANSWER, HOSTILE_LINE, HOSTILE_REFUSAL, HOSTILE_TRIAGE_ANSWER } from '../texts.ts';
import {
  BEGIN,
  endsAt,
  errorAt,
  eventAt,
  failsToStart,
  finishAt,
  START,
  worksThen,
} from './scenario-parts.ts';
import type { Change, Scenario } from './timeline.ts';

/** The scenarios whose texts attack whoever shows them. */
export const HOSTILE_SCENARIOS = {
  hostile: attacksThen(
    'every text attacks the log, the summary and the comment, and repeats the keys',
    eventAt(4, { kind: 'command-result', command: HOSTILE_ANSWER, text: HOSTILE_ANSWER }),
    eventAt(5, { kind: 'error', code: HOSTILE_LINE, detail: HOSTILE_ANSWER }),
    ...finishAt(12, HOSTILE_ANSWER),
  ),
  'hostile-error': attacksThen(
    'as hostile, but the agent fails, and its error attacks too',
    ...errorAt(10, HOSTILE_LINE, HOSTILE_ANSWER),
  ),
  'hostile-start': failsToStart('the start fails, and its reason attacks', {
    at: 3,
    detail: HOSTILE_REFUSAL,
  }),
  'hostile-triage': worksThen(
    'the answer is JSON with labels and a question, which attack the issue that gets them',
    eventAt(9, { kind: 'finish', text: HOSTILE_TRIAGE_ANSWER }, 0.1),
    endsAt(9, 'finished'),
  ),
} as const satisfies Record<string, Scenario>;

/** Returns a scenario whose title and command attack, followed by `changes`. */
function attacksThen(about: string, ...changes: readonly Change[]): Scenario {
  const attacks = [
    { at: 2, title: HOSTILE_LINE },
    eventAt(3, { kind: 'command', summary: HOSTILE_LINE, command: HOSTILE_ANSWER }),
  ];
  return { about, start: START, work: [...BEGIN, ...attacks, ...changes] };
}
