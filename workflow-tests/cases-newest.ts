import assert from 'node:assert/strict';

import { assertNothingRan, type Case, step } from './checks.ts';
import type { Order } from './order.ts';
import type { WorkflowRun } from './run.ts';

const ORDER = { workflow: '.github/workflows/newest.yml', event: 'schedule', payload: 'schedule.json' };
const RUN = 'https://github.com/octo-org/octo-repo/actions/runs/1';
const LIST = 'gh issue list --label newest --state open --limit 1 --json number --jq .[0].number // empty\n';
const FAILED = `The live tests fail with the newest servers of OpenHands. The summary of the run names them. The last run: ${RUN}\n`;
const FOUND =
  '`agent-server: the server has the capability b; v1: the start request has max_cost, say everybody GH-1 herehttps:examplecom`';
const NEW = `No live test fails with the newest servers of OpenHands. The servers have what live/news.ts does not know: ${FOUND}. The last run: ${RUN}\n`;
const PASSES = 'echo "with openhands==2.0.0 for $*"';
const CANVAS_FAILS = `${PASSES} && echo 'FAILED   0.1 s  a scenario' && test "$*" != '--newest --canvas'`;
/** The names come from packages that nobody has looked at. */
const NEWS = [
  'new: agent-server: the server has the capability b',
  'new: v1: the start request has max_cost, say @everybody `GH-1` [here](https://example.com)',
];
const HAS_NEWS = `${PASSES} && printf '%s\\n' ${NEWS.map((line) => `'${line}'`).join(' ')}`;
const CANVAS_LACKS = `${PASSES} && case $* in *--canvas) echo 'skipped: no newest canvas' ;; esac`;

/** Returns a case in which the command `liveTests` takes the place of the live tests. `calls`: the calls of `gh` that it must make. */
function keeps(
  name: string,
  {
    liveTests,
    fails = false,
    ...order
  }: Partial<Order> & { readonly liveTests: string; readonly fails?: boolean },
  calls: string,
  check: (run: WorkflowRun) => void,
): Case {
  const edits = [
    ['run: npm ci', "run: 'true'"],
    ['timeout 15m npm run test:live -- "$@"', liveTests],
  ] as const;
  return {
    name,
    order: { ...ORDER, edits, ...order },
    fails,
    check: (run) => {
      assert.equal(run.gh.replaceAll(/ \S+\/issue\.md$/gm, ' FILE'), calls);
      check(run);
    },
  };
}

/** Returns the summary of a run, which its log has, too. */
function summaryOf({ log }: WorkflowRun): string {
  return /~~~text\n(.*?)~~~\n/s.exec(log)?.[1] ?? '';
}

/** The cases of the live tests with the newest servers. */
export const NEWEST: readonly Case[] = [
  keeps(
    'servers that pass close the issue of an earlier failure, and the summary names what was tried',
    { liveTests: PASSES, openIssue: '9' },
    `${LIST}gh issue close 9 --comment It works again: ${RUN}\n`,
    (run) => {
      assert.equal(
        summaryOf(run),
        ['--newest', '--newest --agent-server', '--newest --canvas']
          .map((server) => `first try: ${server}\nwith openhands==2.0.0 for ${server}\n`)
          .join(''),
      );
    },
  ),
  keeps(
    'one server that fails twice opens an issue',
    { liveTests: CANVAS_FAILS, fails: true },
    `${LIST}gh label create newest --force --description A workflow keeps its issue
gh issue create --label newest --title The newest OpenHands needs a look --body-file FILE
${FAILED}`,
    (run) => {
      assert.match(summaryOf(run), /second try: --newest --canvas\nwith .*\nFAILED .* a scenario\n$/);
      assert.doesNotMatch(summaryOf(run), /second try: --newest --agent-server/);
    },
  ),
  keeps(
    'what is new opens an issue that names it, without a mention or a link, though all tests pass',
    { liveTests: HAS_NEWS },
    `${LIST}gh label create newest --force --description A workflow keeps its issue
gh issue create --label newest --title The newest OpenHands needs a look --body-file FILE
${NEW}`,
    (run) => {
      assert.match(summaryOf(run), /\nnew: agent-server: the server has the capability b\n/);
      assert.equal(step(run, 'Say what was tried').result, 'success');
    },
  ),
  keeps(
    'what cannot be installed is in the summary, and leaves the issue as it is',
    { liveTests: CANVAS_LACKS, openIssue: '9' },
    '',
    (run) => {
      assert.match(summaryOf(run), /\nskipped: no newest canvas\n$/);
      assert.equal(step(run, 'Say what was tried').result, 'success');
    },
  ),
  {
    name: 'a fork skips it',
    order: { ...ORDER, payload: 'schedule-of-fork.json' },
    check: assertNothingRan,
  },
];
