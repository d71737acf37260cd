import { describe, expect, test } from '@jest/globals';

import { hasForgottenMessage } from '../../src/openhands/sdk/condensation.ts';
import { stepsIn } from '../../src/openhands/sdk/events.ts';
import { condensationsAfter } from '../../src/port/condensations.ts';
import { planOf } from '../../src/port/plan.ts';

const MESSAGE = { kind: 'MessageEvent', source: 'user', id: 'm', llm_message: { content: [] } };
const OLD_MESSAGE = { ...MESSAGE, id: 'old' };
const ANSWER = { kind: 'MessageEvent', source: 'agent', id: 'a', llm_message: { content: [] } };
const CALL = { kind: 'ActionEvent', source: 'agent', id: 'c', tool_name: 'terminal', action: null };
const FINISH = {
  ...CALL,
  id: 'f',
  tool_name: 'finish',
  action: { kind: 'FinishAction', message: 'Done' },
};
const STATS = { kind: 'ConversationStateUpdateEvent', key: 'stats', value: {} };
const REQUEST = { kind: 'CondensationRequest', source: 'environment', id: 'r' };
const forgets = (...ids: readonly string[]): { readonly kind: string } & Record<string, unknown> => ({
  kind: 'Condensation',
  id: 'n',
  forgotten_event_ids: ids,
});
const SHORTER = forgets('n-summary');
/** As older servers write it. */
const NAMELESS = { kind: 'Condensation', id: 'n' };

/** All lists: newest first. */
describe('an agent has forgotten the message', () => {
  test.each([
    ['and ends with a plain message', [STATS, ANSWER, forgets('m'), REQUEST, MESSAGE]],
    ['and ends with the finish tool', [FINISH, forgets('x', 'm'), MESSAGE]],
    ['and then the summary of it', [FINISH, SHORTER, forgets('m'), MESSAGE]],
    ['that is a follow-up', [FINISH, forgets('old', 'c', 'm'), MESSAGE, FINISH, CALL, OLD_MESSAGE]],
  ])('%s', (_, events) => {
    expect(hasForgottenMessage(events)).toBe(true);
  });

  test.each([
    ['nothing was condensed', [FINISH, MESSAGE]],
    ['only an earlier message was forgotten', [FINISH, forgets('old', 'c'), MESSAGE, CALL, OLD_MESSAGE]],
    ['the condensation was before it', [FINISH, MESSAGE, forgets('m'), OLD_MESSAGE]],
    ['it called a tool after it forgot', [FINISH, CALL, forgets('m'), MESSAGE]],
    ['it called a tool before it forgot', [FINISH, forgets('m', 'c'), CALL, MESSAGE]],
    ['the condensation names no ids', [FINISH, NAMELESS, MESSAGE]],
    ['the ids are null', [FINISH, { ...NAMELESS, forgotten_event_ids: null }, MESSAGE]],
    ['the ids are no texts', [FINISH, { ...NAMELESS, forgotten_event_ids: [7] }, MESSAGE]],
    ['its message was not read', [FINISH, forgets('m')]],
    ['there are no events', []],
  ])('but not if %s', (_, events) => {
    expect(hasForgottenMessage(events)).toBe(false);
  });
});

describe('the condensations since the last work are', () => {
  const countIn = (events: Parameters<typeof stepsIn>[0]): number =>
    condensationsAfter(stepsIn(events, false).steps);

  test.each([
    [3, 'all since the message', [SHORTER, STATS, REQUEST, SHORTER, forgets('m'), MESSAGE]],
    [3, 'also those that name nothing', [NAMELESS, NAMELESS, NAMELESS, MESSAGE]],
    [2, 'those that were read', [SHORTER, SHORTER]],
    [1, 'those after a tool call', [SHORTER, CALL, SHORTER, SHORTER, MESSAGE]],
    [0, 'none before a tool call', [CALL, SHORTER, SHORTER, SHORTER, MESSAGE]],
    [1, 'none before the message', [SHORTER, MESSAGE, SHORTER, SHORTER, OLD_MESSAGE]],
    [0, 'no requests that led to none', [REQUEST, REQUEST, REQUEST, MESSAGE]],
    [2, 'also those before a finish', [FINISH, SHORTER, SHORTER, MESSAGE]],
  ])('%d: %s', (count, _, events) => {
    expect(countIn(events)).toBe(count);
  });

  test('counted on from one read to the next', () => {
    const { steps } = stepsIn([SHORTER, MESSAGE], false);
    expect(condensationsAfter(steps, 2)).toBe(3);
    expect(condensationsAfter([{ kind: 'action', text: 'Work' }, ...steps], 2)).toBe(1);
    expect(condensationsAfter([{ kind: 'plan', plan: planOf([]) }, ...steps], 2)).toBe(1);
  });
});

describe('a condensation is a step', () => {
  test.each([
    [forgets('m'), 'the server has shortened the prompt: the model no longer sees 1 earlier event'],
    [forgets('m', 'c'), 'the server has shortened the prompt: the model no longer sees 2 earlier events'],
    [NAMELESS, 'the server has shortened the prompt'],
  ])('%#: with what it forgets', (event, text) => {
    expect(stepsIn([event, MESSAGE], false).steps).toEqual([{ kind: 'condensation', text }]);
  });

  test('of earlier work that does not count before the follow-up is stored', () => {
    const earlier = [SHORTER, SHORTER, SHORTER, OLD_MESSAGE];
    const since = { messageCursor: { lastMessage: 'old' } };
    expect(stepsIn(earlier, false, since)).toEqual({ steps: [], isCut: false });
    expect(stepsIn([MESSAGE, ...earlier], false, since).steps).toEqual([]);
  });
});
