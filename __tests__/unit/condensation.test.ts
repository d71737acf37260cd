import { describe, expect, test } from '@jest/globals';

import { hasForgottenMessage, hasOnlyForgotten } from '../../src/openhands/v1/condensation.ts';
import { stepsIn } from '../../src/openhands/v1/events.ts';

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

describe('an agent has only forgotten', () => {
  test.each([
    ['after three condensations', [SHORTER, STATS, REQUEST, SHORTER, forgets('m'), MESSAGE]],
    ['whatever they name', [NAMELESS, NAMELESS, NAMELESS, MESSAGE]],
    ['if they are all that was read', [SHORTER, SHORTER, SHORTER]],
    ['since its last tool call', [SHORTER, SHORTER, SHORTER, CALL, MESSAGE]],
    ['even if it finishes after that', [FINISH, SHORTER, SHORTER, SHORTER, MESSAGE]],
  ])('%s', (_, events) => {
    expect(hasOnlyForgotten(events)).toBe(true);
  });

  test.each([
    ['two condensations', [SHORTER, forgets('m'), MESSAGE]],
    ['a tool call between them', [SHORTER, CALL, SHORTER, SHORTER, MESSAGE]],
    ['a tool call after them', [CALL, SHORTER, SHORTER, SHORTER, MESSAGE]],
    ['a new message after them', [SHORTER, MESSAGE, SHORTER, SHORTER, SHORTER, OLD_MESSAGE]],
    ['three requests that led to none', [REQUEST, REQUEST, REQUEST, MESSAGE]],
  ])('but not after %s', (_, events) => {
    expect(hasOnlyForgotten(events)).toBe(false);
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
    expect(stepsIn([MESSAGE, ...earlier], false, since).hasOnlyForgotten).toBeUndefined();
  });
});
