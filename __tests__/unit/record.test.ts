import { expect, test } from '@jest/globals';

import { EMPTY_RECORD, type StepRecord } from '../../src/record/record.ts';
import { reduce, startRecording } from '../../src/record/recorder.ts';
import type { StepEvent } from '../../src/record/step-event.ts';
import { simulatedClock } from '../../testbed/clock.ts';
import { recordingRunner } from '../../testbed/world.ts';
import { textOfStep } from '../support/agent-steps.ts';

const facts = { pullRequests: [7], costUsd: 0.2 };
const still = {
  kind: 'state',
  isNew: true,
  phase: 'agent running',
  state: 'active',
  facts,
} as const;

function after(...events: readonly StepEvent[]): StepRecord {
  return events.reduce((record, event, index) => reduce(record, event, index * 1000), EMPTY_RECORD);
}

test('the record keeps the newest steps, however they arrive', () => {
  const steps = Array.from({ length: 500 }, (_, index) => ({ kind: 'action', text: `${index}` }) as const);
  const stepsEvent = (from: number, to: number): StepEvent => ({
    kind: 'steps',
    isCut: false,
    steps: steps.slice(from, to),
  });
  const record = after(
    stepsEvent(0, 3),
    stepsEvent(3, 25),
    ...steps.slice(25).map((_, at) => stepsEvent(25 + at, 26 + at)),
  );
  expect(record.steps.newest.map(textOfStep).map(Number)).toEqual(
    Array.from({ length: 50 }, (_, at) => 450 + at),
  );
  expect(record.steps.count).toBe(500);
});

test('events and record contain no secret that was registered after the text was read', () => {
  const runner = recordingRunner({});
  const emitted: StepEvent[] = [];
  const sink = (event: StepEvent): void => {
    emitted.push(event);
  };
  const { emit, record } = startRecording(0, { clock: simulatedClock(), runner }, [sink]);
  runner.secrets.add('late-secret-0123456789');
  const phase = 'agent late-secret-0123456789';
  emit({ ...still, phase, facts: { ...facts, title: phase } });
  emit({ kind: 'steps', isCut: false, steps: [{ kind: 'action', text: phase }] });
  emit({ kind: 'note', about: 'answer', because: phase });
  emit({
    kind: 'note',
    about: 'failure',
    problem: { failedTo: 'read', because: phase, advice: 'look' },
  });
  expect(JSON.stringify([emitted, record()])).not.toContain('late-secret');
  expect(record()).toMatchObject({ phase: 'agent ***', steps: { newest: [{ text: 'agent ***' }] } });
});
