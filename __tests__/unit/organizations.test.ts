import { expect, test } from '@jest/globals';
import { parse } from 'yaml';

import { OUTCOMES_INPUT_NAMES } from '../../outcomes/src/inputs.ts';
import { members, read } from '../support/yaml.ts';

const [caller, agent, canvas, outcomes] = ['caller', 'agent', 'canvas', 'outcomes'].map((name): unknown =>
  parse(read(`examples/organization-${name}.yml`)),
);

test("a repository's file gives the organization's workflow its secrets and permissions, and nothing else", () => {
  const [call, called] = [caller, agent].map((workflow) => members(workflow, 'jobs', 'agent'));
  expect(call?.get('uses')).toMatch(/^REPLACE_WITH_ORG\/workflows\/\.github\/workflows\/agent\.yml@/);
  expect(call?.has('with')).toBe(false);
  expect([...members(call?.get('secrets')).keys()]).toEqual([
    ...members(agent, 'on', 'workflow_call', 'secrets').keys(),
  ]);
  // What the caller does not grant, GitHub refuses at the start of the run.
  expect(call?.get('permissions')).toEqual(called?.get('permissions'));
});

test('the same file of a repository calls the workflow for an Agent Canvas, where one agent works in a clone', () => {
  const called = members(canvas, 'jobs', 'agent');
  expect(members(canvas, 'on')).toEqual(members(agent, 'on'));
  expect(called.get('permissions')).toEqual(members(caller, 'jobs', 'agent').get('permissions'));
  // A group is of the calling repository, and so is the clone. The caller has another group, for each issue.
  expect(members(called.get('concurrency')).get('group')).toBe('openhands-folder');
  expect(members(called.get('with')).get('working-directory')).toBe('/srv/agents/${{ github.repository }}');
});

test('the monthly report of an organization uses existing inputs, with a token that can only read', () => {
  const steps = [...members(outcomes, 'jobs', 'report', 'steps').values()];
  const [token, report] = steps.map((step) => members(step, 'with'));
  expect(OUTCOMES_INPUT_NAMES).toEqual(expect.arrayContaining([...(report?.keys() ?? [])]));
  const permissions = [...(token ?? [])].filter(([name]) => name.startsWith('permission-'));
  expect(permissions).toEqual([
    ['permission-actions', 'read'],
    ['permission-pull-requests', 'read'],
  ]);
  expect(report?.get('month')).toBe("${{ inputs.month || 'last' }}");
});

test('the monthly report of an organization keeps all repositories, not only the rows of the table', () => {
  const [report, upload] = [...members(outcomes, 'jobs', 'report', 'steps').values()].slice(1);
  expect(members(report).get('id')).toBe('report');
  expect(members(upload).get('uses')).toMatch(/^actions\/upload-artifact@/);
  expect(members(upload, 'with').get('path')).toBe('${{ steps.report.outputs.report-file }}');
});

test('no report starts at the full hour, when many schedules start late', () => {
  for (const workflow of [outcomes, parse(read('examples/outcomes.yml'))]) {
    const [schedule] = members(workflow, 'on', 'schedule').values();
    expect(members(schedule).get('cron')).toMatch(/^[1-5]?[13579] /);
  }
});

test('the monthly report of an organization has no script: the input month knows the calendar', () => {
  for (const step of members(outcomes, 'jobs', 'report', 'steps').values())
    expect(members(step).has('run')).toBe(false);
});
