import assert from 'node:assert/strict';

import { attach, follow, idOf } from '../agent-servers.ts';
import { FINISH_ANSWER } from '../model.ts';
import { askAndWait, assertFailure, assertSuccess, type Scenario, type Stage } from '../stage.ts';

/** The scenarios of a model that refuses prompts as too long: the server has them shortened, and says nothing of it. */
export const SCENARIOS_CONTEXT: readonly Scenario[] = [
  { name: 'a model whose context is too small: the agent forgets the message', run: testForgotten },
  { name: 'a model whose context is too small: the agent forgets the follow-up', run: testForgottenFollowUp },
  { name: 'a model whose context is too small: it refuses each prompt', run: testFull },
  { name: 'a model whose context is too small: it refuses each summary, too', run: testCramped },
  { name: 'a model whose context is too small for a moment: the agent does the task', run: testCondensed },
];

const TOO_SMALL = /the model's context is too small for this task/;
const PAUSED = /the model's context is too small for this task, and the agent was paused/;

/** A step has paused an agent that only forgets before the model has refused this many of its prompts. */
const MAX_REFUSED_TURNS = 150;

async function testForgotten(stage: Stage): Promise<void> {
  const run = await askAndWait(stage, 'forgets', { 'require-result': 'done' });
  assertFailure(run, 'error', TOO_SMALL);
  assert.equal(run.outputs['failure-kind'], 'model');
  assert.match(run.log, /Context: /);
  assert.doesNotMatch(run.log, /Asking the agent for another/);
  const found = await attach(stage, run, {});
  assertFailure(found, 'error', TOO_SMALL);
}

async function testForgottenFollowUp(stage: Stage): Promise<void> {
  const first = await askAndWait(stage, 'message');
  assertSuccess(first, 'finished');
  const run = await follow(stage, first, 'forgets');
  assertFailure(run, 'error', TOO_SMALL);
  assert.equal(run.outputs['failure-kind'], 'model');
}

async function testFull(stage: Stage): Promise<void> {
  const run = await askAndWait(stage, 'full');
  assertFailure(run, 'error', PAUSED);
  assert.equal(run.outputs['failure-kind'], 'model');
  const turns = stage.model.turns(idOf(run));
  assert.ok(turns < MAX_REFUSED_TURNS, `${turns} refused prompts before the agent was paused`);
  const found = await attach(stage, run, { 'on-paused': 'resume' });
  assertFailure(found, 'error', PAUSED);
}

async function testCramped(stage: Stage): Promise<void> {
  const run = await askAndWait(stage, 'cramped');
  assertFailure(run, 'error', TOO_SMALL);
  assert.equal(run.outputs['failure-kind'], 'model');
}

async function testCondensed(stage: Stage): Promise<void> {
  const run = await askAndWait(stage, 'condenses');
  assertSuccess(run, 'finished');
  assert.equal(run.outputs['response'], FINISH_ANSWER);
  assert.match(run.log, /Context: /);
}
