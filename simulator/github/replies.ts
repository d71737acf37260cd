import { textOf } from '../body-checks.ts';
import type { JsonObject } from '../json.ts';
import { json, type Reply } from '../reply.ts';
import {
  type GithubCall,
  githubRefusal,
  type GithubWorld,
  notAccessible,
  pageOf,
  refuseBody,
} from './rest.ts';
import type { ReplyView, ReviewThreadView } from './store.ts';

const PATH = /^\/repos\/(.+)\/pulls\/(\d+)\/(?:reviews\/(\d+)\/comments|comments(?:\/(\d+)\/replies)?)$/;
const ONE = /^\/repos\/(.+)\/pulls\/comments\/(\d+)$/;

/**
 * Answers requests about the comments on lines of a pull request: a list of them, of one review or of all, a reply in a thread, and
 * edits of a reply; `undefined` for other requests. Sources: https://docs.github.com/rest/pulls/comments, https://docs.github.com/rest/pulls/reviews
 */
export function answerReplies(call: GithubCall, world: GithubWorld): Reply | undefined {
  const [, ofRepository, comment] = ONE.exec(call.path) ?? [];
  if (ofRepository?.toLowerCase() === world.repository.toLowerCase())
    return change(Number(comment), call, world);
  const [, repository, digits, review, thread] = PATH.exec(call.path) ?? [];
  if (repository?.toLowerCase() !== world.repository.toLowerCase()) return undefined;
  const number = Number(digits);
  if (world.threads[number] !== 'PullRequest' && world.pulls.hashes(number).length === 0)
    return githubRefusal(404, 'Not Found');
  if (thread !== undefined) return reply(number, Number(thread), call, world);
  if (call.method !== 'GET') return githubRefusal(404, 'Not Found');
  if (world.denied.includes('pull-requests')) return notAccessible();
  const all = commentsOn(number, world);
  const listed =
    review === undefined ? all : all.filter((each) => each['pull_request_review_id'] === Number(review));
  const { query } = call;
  // The order is that of the ids by default. Source: "List review comments on a pull request"
  const isNewestFirst = query.has('sort') && query.get('direction') === 'desc';
  return json(200, pageOf(isNewestFirst ? listed.toReversed() : listed, query));
}

/** Edits or deletes a reply. */
function change(id: number, call: GithubCall, world: GithubWorld): Reply {
  const { reviewThreads, denied } = world;
  const found = reviewThreads.replies().find((each) => each.id === id);
  const thread = reviewThreads.all().find((each) => each.id === found?.thread);
  if (found === undefined || thread === undefined) return githubRefusal(404, 'Not Found');
  if (denied.includes('writing')) return notAccessible();
  if (call.method === 'DELETE') {
    reviewThreads.removeReply(id);
    return { status: 204, type: 'application/json', headers: {}, body: '' };
  }
  if (call.method !== 'PATCH') return githubRefusal(404, 'Not Found');
  const body = textOf(call.body, 'body') ?? '';
  const refusal = refuseBody(body);
  if (refusal !== undefined) return refusal;
  reviewThreads.editReply(id, body);
  return json(200, renderReply({ ...found, body }, thread));
}

/** The thread is named by its first comment: a reply to a reply is not supported. */
function reply(pull: number, thread: number, call: GithubCall, world: GithubWorld): Reply {
  if (call.method !== 'POST') return githubRefusal(404, 'Not Found');
  if (world.denied.includes('writing')) return notAccessible();
  const found = world.reviewThreads.all().find(({ id }) => id === thread);
  if (found?.pull !== pull) return githubRefusal(404, 'Not Found');
  const body = textOf(call.body, 'body') ?? '';
  const refusal = refuseBody(body);
  if (refusal !== undefined) return refusal;
  return json(201, renderReply(world.reviewThreads.reply(thread, call.viewer, body), found));
}

/** Returns the comments on lines of a pull request, the oldest first. */
function commentsOn(pull: number, world: GithubWorld): readonly JsonObject[] {
  const threads = world.reviewThreads.all().filter((each) => each.pull === pull);
  const replies = world.reviewThreads.replies().flatMap((each) => {
    const thread = threads.find(({ id }) => id === each.thread);
    return thread === undefined ? [] : [{ id: each.id, rendered: renderReply(each, thread) }];
  });
  return [...threads.map((each) => ({ id: each.id, rendered: renderFirst(each) })), ...replies]
    .toSorted((one, other) => one.id - other.id)
    .map(({ rendered }) => rendered);
}

function renderFirst(thread: ReviewThreadView): JsonObject {
  const { id, author, path, originalLine, startLine = null, side = 'RIGHT', body, review } = thread;
  const isOutdated = thread.isOutdated === true;
  return {
    id,
    pull_request_review_id: review ?? null,
    path,
    line: isOutdated ? null : originalLine,
    original_line: originalLine,
    start_line: isOutdated ? null : startLine,
    original_start_line: startLine,
    side,
    subject_type: originalLine === null ? 'file' : 'line',
    body,
    user: userOf(author),
  };
}

function renderReply({ id, author, body }: ReplyView, thread: ReviewThreadView): JsonObject {
  return {
    ...renderFirst(thread),
    id,
    in_reply_to_id: thread.id,
    pull_request_review_id: null,
    body,
    user: userOf(author),
  };
}

function userOf(login: string): JsonObject {
  return { login, type: login.endsWith('[bot]') ? 'Bot' : 'User' };
}
