import type { OpenSocket } from './socket.ts';

/** The machine's own sockets. What they need is loaded with the first. */
export const systemSocket: OpenSocket = async function* (url, options) {
  const { webSocket } = await import(/* webpackIgnore: true */ './web-socket.ts');
  return yield* webSocket(url, options);
};
