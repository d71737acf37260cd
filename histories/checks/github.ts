import { isOfGithub } from '../../testbed/mishap.ts';
import type { Played } from '../play.ts';
import { linksRun, textOf, type ToldStep } from '../told.ts';
import { answersOf } from '../truth.ts';
import { isGreen } from './outputs.ts';
import { broken, type Check, ofEachStep, type Violation } from './violation.ts';

const COMMENTS = /\/(?:issues|pulls)\/(?:\d+\/comments|comments\/\d+)/;

/** Whether a request is about comments: they are looked for with GraphQL and, in threads, among those of the pull request. */
export function isAboutComments({ target }: { readonly target: string }): boolean {
  return COMMENTS.test(target) || target.endsWith('/graphql');
}

/**
 * A step has one comment in all attempts of its run, and it tells the end. If there is none, a person has deleted it at last, or a warning
 * says why.
 */
export const oneComment: Check = (played) => {
  const runs = new Set(
    played.steps.filter(({ inputs }) => inputs['comment'] === 'true').map(({ plan }) => plan.run),
  );
  return [...runs].flatMap((run) =>
    ofRun(
      played.steps.filter(({ plan }) => plan.run === run),
      played,
    ),
  );
};

function ofRun(attempts: readonly ToldStep[], { comments, deeds }: Played): readonly Violation[] {
  const last = attempts.at(-1);
  if (last === undefined) return [];
  const own = comments.filter(({ body, author }) => author !== 'octocat' && linksRun(body, last.plan));
  if (!hasBegun(last)) return [];
  // Above it may be that GitHub did not take it as a reply.
  const [, head = ''] = /^#+ (.*)/m.exec(own.at(-1)?.body ?? '') ?? [];
  const isMissing = own.length === 0 && hasToldEnd(last) && !isDeletedLate(last, deeds) && !hasSaidWhy(last);
  const isFalselyGreen = head.startsWith('✅') && hasSpoken(last) && !isGreen(last);
  return broken([
    [own.length <= 1, `there are ${own.length} comments of run ${last.plan.run}`],
    [!head.startsWith('⏳') || !hasToldEnd(last), `the comment does not tell the end: ${head.slice(0, 60)}`],
    [!isFalselyGreen, `the comment is green: ${head.slice(0, 60)}`],
    [!isMissing, 'there is no comment, and no line says so'],
  ]).map((text) => ({ promise: 'one comment', step: last.number, text }));
}

/** Whether a step has sent anything but questions, to the server or as a comment: before, it has no comment. */
function hasBegun({ requests }: ToldStep): boolean {
  return requests.some(
    ({ method, target }) => method !== 'GET' && (COMMENTS.test(target) || !isOfGithub(target)),
  );
}

/** Whether a person has deleted the comment after its last edit: one that was deleted earlier is replaced. */
function isDeletedLate({ requests }: ToldStep, deeds: Played['deeds']): boolean {
  const editedAt = requests.findLast(isAboutComments)?.at ?? 0;
  return deeds.some(({ what, at }) => what === 'delete comment' && at >= editedAt);
}

/** Whether a warning says why there is no comment. */
function hasSaidWhy(step: ToldStep): boolean {
  return /^Warning: .*comment(?!.* was deleted: a new one is written)/m.test(textOf(step));
}

/** Whether main has said all that there was to say. */
function hasSpoken({ main, post, plan }: ToldStep): boolean {
  return main === 'done' && post === 'absent' && plan.post.isGone !== true;
}

/** Whether main or post had the time to tell the end. */
function hasToldEnd(step: ToldStep): boolean {
  return step.post === 'done' || hasSpoken(step);
}

/** A review is posted once for an answer and a commit, and a green step has one. */
export const oneReview: Check = (played) => {
  const { reviews } = played;
  const own = reviews.filter(({ body }) => body.includes('openhands-conversation'));
  const commits = new Set(own.map(({ commit }) => commit));
  const answers = [...played.deleted.agents, ...played.agents].flatMap((agent) =>
    answersOf(agent, played),
  ).length;
  return [
    ...broken([
      [
        own.length <= commits.size * answers,
        `${own.length} reviews of ${commits.size} commits and ${answers} answers`,
      ],
      [own.every(({ event }) => event === 'COMMENT'), 'a review approves or requests changes'],
    ]).map((text) => ({ promise: 'one review', text })),
    ...ofEachStep('one review', ({ inputs, outputs }) =>
      inputs['review'] === 'true' && outputs['status'] === 'finished'
        ? broken([
            [own.length > 0, 'it is finished, and there is no review'],
            [(outputs['review-url'] ?? '') !== '', 'it is finished without review-url'],
          ])
        : [],
    )(played),
  ];
};

/** With `wait-for-checks`, a green step has no failed check. */
export const checksAreRight = ofEachStep('the checks are right', ({ outputs, inputs }, { history }) => {
  if (inputs['wait-for-checks'] !== 'true' || outputs['status'] !== 'finished') return [];
  const neverFails = history.pushes.every(({ check }) => check !== 'failure');
  const allFail = history.pushes.length > 0 && history.pushes.every(({ check }) => check === 'failure');
  return broken([
    [
      ['passed', 'none'].includes(outputs['checks'] ?? ''),
      `it is finished, and its checks are ${outputs['checks'] ?? 'not there'}`,
    ],
    [!(allFail && outputs['checks'] === 'passed'), 'all checks have failed, and they count as passed'],
    [!(neverFails && outputs['checks'] === 'failed'), 'no check has failed, and they count as failed'],
  ]);
});
