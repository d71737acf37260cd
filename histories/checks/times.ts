import { isOfGithub } from '../../testbed/mishap.ts';
import { type Phase, timeoutOf, type ToldRequest, type ToldStep } from '../told.ts';
import { broken, ofEachStep } from './violation.ts';

/** The runner gives a canceled step this long. */
const GRACE = 7.5;
/** After the deadline: to pause the agent; to read its text; to write the comment. */
const STOP = 30;
const LAST_TEXT = 5;
const LAST_COMMENT = 2;
/** To find a conversation that is starting, to read its state, to pause it, and to write the comment. */
const MAX_POST = 150 + 90 + STOP + 120;

/** No process hangs or throws, and each ends within its time. */
export const inTime = ofEachStep('in time', (step) => [
  ...broken([
    [step.main !== 'hung', 'the step never ends'],
    [step.post !== 'hung', 'post never ends'],
    [step.main !== 'threw' && step.post !== 'threw', `it throws ${step.exceptions.join(' ').slice(0, 300)}`],
  ]),
  ...late(step),
  ...lateAfterRefusals(step),
]);

function late(step: ToldStep): readonly string[] {
  const { startedAt, endedAt, cancelledAt, postStartedAt = 0, postEndedAt = 0, post, main, plan } = step;
  const timeout = timeoutOf(step);
  const isKilled = main === 'killed' && cancelledAt !== undefined && plan.kill === undefined;
  return broken([
    [!isKilled, `it was still there ${GRACE} s after the cancel`],
    [
      main !== 'done' || endedAt - startedAt <= timeout + STOP + LAST_TEXT + LAST_COMMENT + 0.1,
      `it ended after ${(endedAt - startedAt).toFixed(1)} s; timeout-seconds is ${timeout}`,
    ],
    [
      post !== 'done' || postEndedAt - postStartedAt <= MAX_POST,
      `post took ${(postEndedAt - postStartedAt).toFixed(0)} s`,
    ],
  ]);
}

/** How long a process goes on after a second refusal of its key, if nothing else is in its way: it looks 12 s for a start that was lost. */
const MAX_REFUSED = 15;

/**
 * A process whose key is refused from some time on ends soon: nothing that it can do has any use. It knows that after the second refusal, which
 * may come much later: after the first, it may sleep until late events are stored.
 */
function lateAfterRefusals({ requests, endedAt, postEndedAt = 0 }: ToldStep): readonly string[] {
  const ends = { main: endedAt, post: postEndedAt };
  return (['main', 'post'] as const).flatMap((by: Phase) => {
    const own = requests.filter((each) => each.by === by && !isOfGithub(each.target));
    const index = own.findLastIndex((each) => !hasStatus(each, 401)) + 1;
    const second = own[index + 1];
    // After a second one, requests are up to 90 s apart.
    const limits = own.slice(0, index).filter((each) => hasStatus(each, 429));
    if (second === undefined || limits.length > 1) return [];
    const isGithubInTheWay = requests.some(
      (each) =>
        each.by === by && each.at >= second.at && isOfGithub(each.target) && each.mishap !== undefined,
    );
    const seconds = ends[by] - second.at;
    return isGithubInTheWay || seconds <= MAX_REFUSED
      ? []
      : [`${by} went on for ${seconds.toFixed(0)} s with a key that was refused`];
  });
}

/** Whether a fault has answered a request with a status. */
function hasStatus({ mishap }: ToldRequest, status: number): boolean {
  return mishap?.answer.kind === 'status' && mishap.answer.status === status;
}
