import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';

import { startGithubApi } from '../simulator/github/api.ts';
import { runAction } from '../simulator/runner/runner.ts';
import { startSimulator } from '../simulator/server/server.ts';

/** The delay of each request to OpenHands and GitHub. */
export const DELAY_MS = 100;

/**
 * The milliseconds from the start of the step's process until GitHub gets the reaction and the comment, and until the log has
 * the link; NaN if never.
 */
export interface Signs {
  readonly reaction: number;
  readonly comment: number;
  readonly link: number;
}

/**
 * Measures how soon people see that the action reacts to a comment on an issue. The start has a key, and checks the
 * permission of the comment's author.
 *
 * @param action the folder with action.yml.
 */
export async function msToSigns(action: string): Promise<Signs> {
  const simulator = await startSimulator({ speed: 30, rateLimit: 'none' });
  const github = await startGithubApi();
  const { id } = github.comment(1, 'octocat', '/agent fix it');
  const signs = { reaction: Number.NaN, comment: Number.NaN, link: Number.NaN };
  let began = 0;
  const slowOpenHands = await startSlowProxy(simulator.url, () => undefined);
  const slowGitHub = await startSlowProxy(github.url, (path) => {
    if (path.endsWith('/reactions')) signs.reaction = performance.now() - began;
    if (path.endsWith('/issues/1/comments')) signs.comment = performance.now() - began;
  });
  began = performance.now();
  const run = await runAction({
    action,
    with: {
      'api-key': 'bench-key',
      'idempotency-key': 'bench',
      'base-url': slowOpenHands.url,
      message: 'bench',
      comment: 'true',
    },
    event: {
      name: 'issue_comment',
      payload: { action: 'created', issue: { number: 1 }, comment: { id, body: '/agent fix it' } },
    },
    github: { api_url: slowGitHub.url },
    onLog: (line) => {
      if (line.includes('OpenHands conversation: ')) signs.link = performance.now() - began;
    },
    post: false,
  });
  await run.dispose();
  for (const { server } of [slowOpenHands, slowGitHub]) {
    server.closeAllConnections();
    server.close();
  }
  await Promise.all([simulator.close(), github.close()]);
  return signs;
}

/** Starts a proxy that delays each request to a server. `onAnswer` is called as soon as the server has answered one. */
async function startSlowProxy(
  target: string,
  onAnswer: (path: string) => void,
): Promise<{ readonly url: string; readonly server: Server }> {
  const forward = async (method: string, path: string, key: string, body: string): Promise<Response> => {
    await setTimeout(DELAY_MS);
    const isRead = method === 'GET';
    const headers = { authorization: key, 'content-type': 'application/json' };
    const answer = await fetch(target + path, { method, headers, body: isRead ? null : body });
    onAnswer(path);
    return answer;
  };
  const server = createServer((request, response) => {
    const { method = 'GET', url = '', headers } = request;
    void text(request)
      .then(async (body) => forward(method, url, headers.authorization ?? '', body))
      .then(async (answer) => {
        const type = answer.headers.get('content-type') ?? '';
        response.writeHead(answer.status, { 'content-type': type }).end(await answer.text());
      });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, server };
}
