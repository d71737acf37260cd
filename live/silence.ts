import { createServer, type IncomingMessage, request as forward } from 'node:http';

import { listen, type Listening } from './listen.ts';

/**
 * Starts a server that passes requests on to another one, except those that it never answers. Each answer comes as late as it says, in
 * milliseconds. It passes on no WebSocket.
 */
export async function startSilencing(
  target: string,
  isUnanswered: (request: IncomingMessage) => boolean,
  lateMs = 0,
): Promise<Listening> {
  return listen(
    createServer((request, response) => {
      if (isUnanswered(request)) return;
      const { method, headers, url = '' } = request;
      const passed = forward(target + url, { method, headers }, (answer) => {
        setTimeout(() => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        }, lateMs);
      });
      passed.once('error', () => response.destroy());
      request.pipe(passed);
    }),
  );
}
