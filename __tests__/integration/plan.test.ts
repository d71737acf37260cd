import { describe, expect, test } from '@jest/globals';

import { SCENARIOS } from '../../simulator/server/scenarios.ts';
import type { Story } from '../../simulator/server/story.ts';
import type { Change } from '../../simulator/server/timeline.ts';
import { APP_SERVER_ALONE, play, type PlayOptions, type StepRun } from '../../testbed/play.ts';
import { ALONE, OF_ALONE } from '../support/agent-server.ts';
import { hrefsIn, rendered, withoutCode } from '../support/rendered.ts';

const COMMENTED = { comment: 'true', 'issue-number': '1', 'max-cost-usd': '10' };

async function planning(
  story: Story,
  inputs: Readonly<Record<string, string>> = {},
  options: PlayOptions = {},
): Promise<StepRun> {
  return play(story, 'v1', { 'api-version': 'v1', ...COMMENTED, ...inputs }, [], { github: {}, ...options });
}

function planLines({ runner }: StepRun): readonly string[] {
  return runner.log.filter((line) => line.includes('] Plan: ')).map((line) => line.replace(/^\S+ /, ''));
}

/** Returns all versions of the step's comment. */
function bodiesOf({ comments }: StepRun): readonly string[] {
  return comments.flatMap(({ bodies }) => bodies);
}

const LINES = [
  'Plan: 0 of 5 done · List the files of the repository',
  'Plan: 1 of 5 done · Read the README',
  'Plan: 2 of 5 done · Correct what is wrong',
  'Plan: 3 of 5 done · Run the tests',
  'Plan: 4 of 5 done · Open a pull request',
  'Plan: 5 of 5 done',
];

describe('the plan of the agent', () => {
  test('is a line of the log when it changes, and ticks itself off in the comment', async () => {
    const ran = await planning('plan');
    expect(planLines(ran)).toEqual(LINES);
    expect(ran.runner.log.join('\n')).not.toContain('Step: Update the plan');
    // The comment is edited every 30 s: the agent of this scenario has ended before.
    const last = bodiesOf(ran).at(-1) ?? '';
    for (const page of [last, ran.runner.page()])
      expect(page).toContain('<summary>Plan (5 of 5 done)</summary>\n\n- [x] `List the files');
  });

  test('is as the agent has it in each edit of the comment', async () => {
    // At a cancel, the comment is edited once more, and not replaced.
    const ran = await planning('plan-forever', {}, { cancelAt: 300 });
    const working = bodiesOf(ran).filter((body) => body.includes('⏳ Working'));
    expect(working.join('\n')).toMatch(/⏳ Working · after 3 min · \$0\.\d\d of \$10\n/);
    const first = working.find((body) => body.includes('**Plan: 0 of 5 done**')) ?? '';
    expect(first).toMatch(/- \[ \] `List the files of the repository` \(in progress\)\n- \[ \] `Read/);
    // It was taken back meanwhile.
    expect(working.some((body) => !body.includes('**Plan'))).toBe(true);
    expect(working.every((body) => body.includes('To stop the agent, cancel the run.'))).toBe(true);
  });

  test.each([
    ['fails', 'plan-error', {}, '2 of 5 done, 3'],
    ['runs out of time', 'plan-forever', { 'timeout-seconds': '60' }, '1 of 5 done, 4'],
  ] as const)('says at the end of an agent that %s what is left open', async (_, story, inputs, open) => {
    const ran = await planning(story, inputs);
    expect(ran.runner.failures).toHaveLength(1);
    for (const page of [bodiesOf(ran).at(-1) ?? '', ran.runner.page()])
      expect(page).toContain(`**Plan: ${open} left open**\n\n- [x] \`List the files of the repository\`\n`);
  });

  test.each<[string, PlayOptions]>([
    ['without push', { simulator: APP_SERVER_ALONE }],
    ['if the sockets fail', { simulator: { faults: [] }, mishapOf: refuseSockets }],
  ])('is read %s, too', async (_, options) => {
    const ran = await planning('plan', {}, options);
    expect(planLines(ran).at(-1)).toBe('Plan: 5 of 5 done');
    expect(ran.runner.page()).toContain('<summary>Plan (5 of 5 done)</summary>');
  });

  test('of an agent server is read', async () => {
    const ran = await planning('plan', { ...OF_ALONE, 'max-cost-usd': '' }, { simulator: ALONE });
    expect(planLines(ran)).toEqual(LINES);
  });

  test('goes on after a restart of its server', async () => {
    const ran = await planning('plan', {}, { stopServersAt: 15 });
    expect(ran.runner.log.join('\n')).toContain('The server was restarted');
    expect(planLines(ran).at(-1)).toBe('Plan: 5 of 5 done');
    expect(new Set(planLines(ran)).size).toBe(planLines(ran).length);
  });

  test('of a follow-up is that of its answer, not the one before', async () => {
    const without = await planning('finish', { message: 'Go on' }, { earlier: 'plan' });
    expect(without.outcome.status).toBe('finished');
    expect([...bodiesOf(without), without.runner.page()].join('\n')).not.toContain('Plan');
    const fresh = await planning('plan', { message: 'Go on' }, { earlier: 'plan-error' });
    expect(planLines(fresh)).toEqual(LINES);
  });

  test('costs no request', async () => {
    const without: Story = {
      ...SCENARIOS.plan,
      about: 'commands in place of plans',
      work: SCENARIOS.plan.work.map(withoutPlan),
    };
    for (const options of [{}, { simulator: APP_SERVER_ALONE }]) {
      const [one, other] = [await planning('plan', {}, options), await planning(without, {}, options)];
      const sent = ({ requests }: StepRun): readonly string[] =>
        requests.map(({ method, target }) => `${method} ${target.replace(/[\da-f-]{32,36}/g, 'ID')}`);
      expect(sent(one)).toEqual(sent(other));
    }
  });

  test('does not exist with V0', async () => {
    const { runner } = await play('plan', 'v0', { 'api-version': 'v0' });
    expect([...runner.log, runner.page()].join('\n')).not.toContain('Plan');
  });

  test('with hostile titles attacks nobody', async () => {
    const ran = await planning('hostile-plan');
    const pages = [...bodiesOf(ran), ran.runner.page()];
    expect(pages.at(-1)).toContain('<summary>Plan (3 of 37 done)</summary>');
    const all = [...pages, ...ran.runner.log].join('\n');
    for (const secret of ran.secrets) expect(all).not.toContain(secret);
    for (const page of pages) {
      const outside = withoutCode(rendered(page));
      expect(outside).not.toMatch(/@octocat|@everyone|#1\b|GH-2|evil\.example|tracker|<script|<img/);
      expect(hrefsIn(outside).filter((href) => /evil|tracker|javascript/.test(href))).toEqual([]);
    }
    expect(Math.max(...ran.runner.log.map((line) => line.length))).toBeLessThan(500);
    expect(ran.runner.log.filter((line) => /^\s*(?:::|##\[)/.test(line))).toEqual([]);
  });
});

/** Closes each socket before its first frame. */
function refuseSockets({ target }: { readonly target: string }): ReturnType<PlayOptions['mishapOf'] & {}> {
  return target.includes('/sockets/') ? { answer: { kind: 'refused' } } : undefined;
}

function withoutPlan(change: Change): Change {
  const { happening, ...rest } = change;
  if (happening?.kind === 'plan')
    return { ...rest, happening: { kind: 'command', summary: 'Update the plan', command: 'true' } };
  if (happening?.kind === 'plan-result')
    return { ...rest, happening: { kind: 'command-result', command: 'true', text: '' } };
  return change;
}
