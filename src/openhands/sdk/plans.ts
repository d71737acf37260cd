import * as v from 'valibot';

import { type Plan, planOf } from '../../port/plan.ts';
import { singleLine } from '../../text/safe.ts';
import { matchShape } from '../wire.ts';

/** The limit of a title as it is kept, in characters: more than is shown, so that no part of a secret is left at the end of what is. */
const MAX_TITLE_LENGTH = 400;

/** The agent writes its plan. Seen with agent server 1.58.2. */
const Call = v.looseObject({
  kind: v.literal('ActionEvent'),
  action: v.looseObject({ kind: v.literal('TaskTrackerAction'), command: v.literal('plan') }),
});

/** The plan as the agent's tool has taken it: an agent server that does not know a status refuses the list. Seen with 1.58.2. */
const Result = v.looseObject({
  kind: v.literal('ObservationEvent'),
  observation: v.looseObject({
    kind: v.literal('TaskTrackerObservation'),
    command: v.literal('plan'),
    is_error: v.optional(v.literal(false)),
    task_list: v.array(
      v.looseObject({
        title: v.string(),
        status: v.fallback(v.picklist(['todo', 'in_progress', 'done']), 'todo'),
      }),
    ),
  }),
});

/** Whether the agent writes its plan with this event. Its result shows the plan. */
export function writesPlan(event: object): boolean {
  return matchShape(Call, event) !== undefined;
}

/** Returns the plan that the agent has written, if the event shows that. */
export function planIn(event: object): Plan | undefined {
  const result = matchShape(Result, event);
  if (result === undefined) return undefined;
  return planOf(
    result.observation.task_list.map(({ title, status }) => ({
      title: singleLine(title, MAX_TITLE_LENGTH),
      status,
    })),
  );
}
