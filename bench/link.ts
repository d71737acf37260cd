import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';

/** The delay of each response of OpenHands and GitHub. */
export const TRIP_MS = 300;

const TASK = '0'.repeat(32);

/**
 * Measures the milliseconds from the first request of a start to the conversation's link in the log. The start has a key,
 * and checks the permission of the actor.
 *
 * @param main the entry of the action.
 */
export async function msToLink(main: string): Promise<number> {
  let began = Number.NaN;
  const server = lateServer(() => {
    if (Number.isNaN(began)) began = performance.now();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const child = spawn(process.execPath, [main], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      PATH: process.env['PATH'],
      // An event with a permission check.
      GITHUB_EVENT_NAME: 'issues',
      GITHUB_ACTOR: 'octocat',
      GITHUB_REPOSITORY: 'octo-org/octo-repo',
      GITHUB_API_URL: url,
      'INPUT_API-KEY': 'bench-key',
      'INPUT_GITHUB-TOKEN': 'bench-token',
      'INPUT_IDEMPOTENCY-KEY': 'bench',
      INPUT_MESSAGE: 'bench',
      INPUT_REPOSITORY: 'none',
      'INPUT_BASE-URL': url,
    },
  });
  try {
    let log = '';
    for await (const piece of child.stdout) {
      log += String(piece);
      if (log.includes('OpenHands conversation: ')) return performance.now() - began;
    }
    throw new Error(`the action logged no link:\n${log}`);
  } finally {
    child.kill('SIGKILL');
    server.closeAllConnections();
    server.close();
  }
}

/** Creates a server without conversations. A new one is ready at the first look. */
function lateServer(onRequest: () => void): Server {
  let id: unknown;
  return createServer((request, response) => {
    onRequest();
    const { method, url = '' } = request;
    void text(request).then((body) => {
      if (method === 'POST') id = idIn(JSON.parse(body));
      const status = method === 'POST' ? { id: TASK, status: 'WORKING' } : answerTo(url, id);
      setTimeout(() => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(status));
      }, TRIP_MS);
    });
  });
}

function answerTo(url: string, id: unknown): unknown {
  const path = url.split('?')[0] ?? '';
  if (path.startsWith('/repos/')) return { permission: 'write' };
  if (path.endsWith('/users/me')) return { id: 'account' };
  if (path.endsWith('/start-tasks/search')) return { items: [] };
  return path.endsWith('/start-tasks') ? [{ id: TASK, status: 'READY', app_conversation_id: id }] : [null];
}

function idIn(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return undefined;
  const id: unknown = Reflect.get(body, 'conversation_id');
  return id;
}
