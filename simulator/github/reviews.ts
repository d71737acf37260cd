import { textOf } from '../body-checks.ts';
import { isRecord, type JsonObject } from '../json.ts';
import { json, type Reply } from '../reply.ts';
import type { SimulatedFile } from './pulls.ts';
import { type GithubCall, githubRefusal, type GithubWorld, notAccessible, pageOf } from './rest.ts';
import type { ReviewCommentView, ReviewView } from './store.ts';

/** Source: https://docs.github.com/rest/pulls/reviews */
const EVENTS = ['APPROVE', 'COMMENT', 'REQUEST_CHANGES'];
const MAX_BODY = 65_536;
const FIRST_ID = 2_900_000_001;

const PATH = /^\/repos\/(.+)\/pulls\/(\d+)\/reviews$/;

/** Answers requests about reviews of a pull request: a list of them, or a new one; `undefined` for other requests. */
export function answerReviews(call: GithubCall, world: GithubWorld): Reply | undefined {
  const [, repository, digits] = PATH.exec(call.path) ?? [];
  if (repository?.toLowerCase() !== world.repository.toLowerCase()) return undefined;
  const number = Number(digits);
  const commits = world.pulls.hashes(number);
  if (commits.length === 0) return githubRefusal(404, 'Not Found');
  if (call.method === 'GET') return list(number, call, world);
  if (call.method !== 'POST') return githubRefusal(404, 'Not Found');
  return world.denied.includes('writing') ? notAccessible() : createReview(number, commits, call, world);
}

function list(number: number, { query }: GithubCall, world: GithubWorld): Reply {
  if (world.denied.includes('pull-requests')) return notAccessible();
  const reviews = world.reviews.filter(({ pull }) => pull === number);
  return json(
    200,
    pageOf(reviews, query).map((review) => renderReview(review, world)),
  );
}

function createReview(
  number: number,
  commits: readonly string[],
  call: GithubCall,
  world: GithubWorld,
): Reply {
  const { body } = call;
  const commit = textOf(body, 'commit_id') ?? commits.at(-1) ?? '';
  const comments = commentsIn(body);
  const review: ReviewView = {
    id: FIRST_ID + world.reviews.length,
    pull: number,
    author: call.viewer,
    body: textOf(body, 'body') ?? '',
    event: textOf(body, 'event') ?? 'PENDING',
    commit,
    comments,
  };
  const files = world.pulls.files(number, commit) ?? [];
  const errors = [
    ...errorsOfReview(review, commits),
    ...new Set(comments.flatMap((each) => errorsOfComment(each, files))),
  ];
  if (errors.length > 0)
    return githubRefusal(422, 'Unprocessable Entity', { errors: [errors.join(' and ')] });
  world.reviews.push(review);
  for (const { path, line, body: text } of comments)
    world.reviewThreads.begin({ pull: number, author: call.viewer, path, originalLine: line, body: text });
  return json(200, renderReview(review, world));
}

/** Reads the comments of a new review. A line on the left side of the diff is NaN, which no hunk has. */
function commentsIn(body: unknown): readonly ReviewCommentView[] {
  const comments: unknown = isRecord(body) ? body['comments'] : undefined;
  return (Array.isArray(comments) ? comments : []).map((comment: unknown) => {
    const given = isRecord(comment) ? comment : {};
    const start = given['start_line'];
    return {
      path: String(given['path']),
      line: given['side'] === 'RIGHT' ? Number(given['line']) : Number.NaN,
      startLine:
        start === undefined ? undefined : given['start_side'] === 'RIGHT' ? Number(start) : Number.NaN,
      body: String(given['body']),
    };
  });
}

function errorsOfReview({ event, body, commit }: ReviewView, commits: readonly string[]): readonly string[] {
  return [
    ...(EVENTS.includes(event)
      ? []
      : ['Variable event of type PullRequestReviewEvent was provided invalid value']),
    ...(body.trim() === '' ? ['Body can not be blank'] : []),
    ...(Array.from(body).length > MAX_BODY ? [`Body is too long (maximum is ${MAX_BODY} characters)`] : []),
    ...(commits.includes(commit) ? [] : ['Commit is not part of the pull request']),
  ];
}

function errorsOfComment(
  { path, line, startLine, body }: ReviewCommentView,
  files: readonly SimulatedFile[],
): readonly string[] {
  const file = files.find(({ filename }) => filename === path);
  if (file === undefined) return ['Path could not be resolved'];
  if (Array.from(body).length > MAX_BODY) return [`Body is too long (maximum is ${MAX_BODY} characters)`];
  const hunk = rightSides(file.patch ?? '').find((lines) => lines.includes(line));
  if (hunk === undefined) return ['Line could not be resolved'];
  if (startLine === undefined) return [];
  if (startLine >= line) return ['Pull request review thread start line must precede the end line.'];
  return hunk.includes(startLine) ? [] : ['Start line could not be resolved'];
}

/**
 * Returns the threads of a pull request as GraphQL has them. One is outdated once the newest diff does not show its line.
 * Source: PullRequestReviewThread in https://docs.github.com/graphql/reference/objects
 */
export function shownThreads(number: number, viewer: string, world: GithubWorld): readonly JsonObject[] {
  const files = world.pulls.files(number) ?? [];
  const threads = world.reviewThreads.all().filter(({ pull }) => pull === number);
  return threads.map(({ id, author, path, originalLine, isResolved, body }) => {
    const patch = files.find(({ filename }) => filename === path)?.patch ?? '';
    const isShown = originalLine === null || rightSides(patch).some((lines) => lines.includes(originalLine));
    const url = `https://github.com/${world.repository}/pull/${number}#discussion_r${id}`;
    const comment = { body, url, viewerDidAuthor: author === viewer };
    const line = isShown ? originalLine : null;
    return { isResolved, isOutdated: !isShown, path, line, originalLine, comments: { nodes: [comment] } };
  });
}

/** Returns the lines of the new file that each hunk of a patch shows. */
function rightSides(patch: string): readonly (readonly number[])[] {
  const hunks: number[][] = [];
  let next = 0;
  for (const line of patch.split('\n')) {
    const [, start] = /^@@ -\S+ \+(\d+)(?:,\d+)? @@/.exec(line) ?? [];
    if (start !== undefined) {
      next = Number(start);
      hunks.push([]);
    } else if (line.startsWith('+') || line.startsWith(' ')) {
      hunks.at(-1)?.push(next);
      next += 1;
    }
  }
  return hunks;
}

function renderReview(
  { id, pull, author, body, commit, event }: ReviewView,
  { repository }: GithubWorld,
): JsonObject {
  return {
    id,
    user: { login: author, type: author.endsWith('[bot]') ? 'Bot' : 'User' },
    body,
    commit_id: commit,
    state: event === 'COMMENT' ? 'COMMENTED' : event,
    html_url: `https://github.com/${repository}/pull/${pull}#pullrequestreview-${id}`,
  };
}
