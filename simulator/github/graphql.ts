import { textOf } from '../body-checks.ts';
import { isRecord, type Json, type JsonObject } from '../json.ts';
import { json, type Reply } from '../reply.ts';
import { commentUrl, type GithubCall, type GithubWorld } from './rest.ts';
import { shownThreads } from './reviews.ts';

const PAGE = 100;

type Subject = 'issueOrPullRequest' | 'pullRequest';

/**
 * Answers the two GraphQL queries of this project: for the newest comments of an issue or pull request before a cursor, and for the
 * newest review threads of a pull request. Says of each text whether the token's account wrote it. Refuses any other query.
 */
export function answerGraphql(call: GithubCall, world: GithubWorld): Reply {
  const query = textOf(call.body, 'query') ?? '';
  const subject = query.includes('reviewThreads(') ? 'pullRequest' : 'issueOrPullRequest';
  if (![subject, 'viewerDidAuthor', `last: ${PAGE}`].every((word) => query.includes(word))) {
    return json(200, {
      errors: [{ type: 'UNSUPPORTED', message: 'The simulator knows two queries, and this is another' }],
    });
  }
  const { owner, repo, number, before } = variablesOf(call.body);
  if (world.denied.includes('reading'))
    return refusal(subject, 'FORBIDDEN', 'Resource not accessible by integration');
  const pulls = world.pulls.numbers();
  const kind = pulls.includes(Number(number)) ? 'PullRequest' : world.threads[Number(number)];
  if (
    `${String(owner)}/${String(repo)}`.toLowerCase() !== world.repository.toLowerCase() ||
    kind === undefined ||
    (subject === 'pullRequest' && kind !== 'PullRequest')
  ) {
    return refusal(
      subject,
      'NOT_FOUND',
      `Could not resolve to an issue or pull request with the number of ${String(number)}.`,
    );
  }
  if (subject === 'pullRequest') {
    const all = shownThreads(Number(number), call.viewer, world);
    const reviewThreads = { totalCount: all.length, nodes: all.slice(-PAGE) };
    return json(200, { data: { repository: { pullRequest: { reviewThreads } } } });
  }
  const comments = pageBefore(Number(number), typeof before === 'string' ? before : undefined, call, world);
  return json(200, { data: { repository: { issueOrPullRequest: { __typename: kind, comments } } } });
}

function variablesOf(body: Json | undefined): Readonly<Record<string, unknown>> {
  const variables = isRecord(body) ? body['variables'] : undefined;
  return isRecord(variables) ? variables : {};
}

/** Returns a GraphQL error, which has HTTP status 200. */
function refusal(subject: Subject, type: string, message: string): Reply {
  return json(200, {
    data: { repository: { [subject]: null } },
    errors: [{ type, path: ['repository', subject], message }],
  });
}

/** Returns a page of comments before a cursor, which is the index of a comment in the list. */
function pageBefore(
  issue: number,
  before: string | undefined,
  { viewer }: GithubCall,
  world: GithubWorld,
): JsonObject {
  const comments = world.store.on(issue);
  const end = before === undefined ? comments.length : Number(before);
  const start = Math.max(0, end - PAGE);
  return {
    nodes: comments.slice(start, end).map((comment) => ({
      body: comment.body,
      url: commentUrl(comment, world),
      viewerDidAuthor: comment.author === viewer,
    })),
    pageInfo: { hasPreviousPage: start > 0, startCursor: end > start ? String(start) : null },
  };
}
