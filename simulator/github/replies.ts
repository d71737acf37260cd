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

const FIRST_ID = 2_700_000_001;
const PATH = /^\/repos\/(.+)\/pulls\/(\d+)\/(?:reviews\/(\d+)\/comments|comments(?:\/(\d+)\/replies)?)$/;

/**
 * Answers requests about the comments on lines of a pull request: a list of them, of one review or of all, and a reply in a thread;
 * `undefined` for other requests. Sources: https://docs.github.com/rest/pulls/comments, https://docs.github.com/rest/pulls/reviews
 */
export function answerReplies(call: GithubCall, world: GithubWorld): Reply | undefined {
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
  return json(200, pageOf(listed, call.query));
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
  const added = { id: FIRST_ID + world.replies.length, thread, author: call.viewer, body };
  world.replies.push(added);
  return json(201, renderReply(added, found));
}

/** Returns the comments on lines of a pull request, the oldest first. */
function commentsOn(pull: number, world: GithubWorld): readonly JsonObject[] {
  const threads = world.reviewThreads.all().filter((each) => each.pull === pull);
  return [
    ...threads.map(renderFirst),
    ...world.replies.flatMap((each) => {
      const thread = threads.find(({ id }) => id === each.thread);
      return thread === undefined ? [] : [renderReply(each, thread)];
    }),
  ];
}

function renderFirst({ id, author, path, originalLine, body, review }: ReviewThreadView): JsonObject {
  return {
    id,
    pull_request_review_id: review ?? null,
    path,
    line: originalLine,
    original_line: originalLine,
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
