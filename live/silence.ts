import { createServer, type IncomingMessage, request as forward } from 'node:http';

import { listen, type Listening } from './listen.ts';

/** Starts a server that passes requests on to another one, except those that it never answers. It passes on no WebSocket. */
export async function startSilencing(
  target: string,
  isUnanswered: (request: IncomingMessage) => boolean,
): Promise<Listening> {
  return listen(
    createServer((request, response) => {
      if (isUnanswered(request)) return;
      const { method, headers, url = '' } = request;
      const passed = forward(target + url, { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      passed.once('error', () => response.destroy());
      request.pipe(passed);
    }),
  );
}
