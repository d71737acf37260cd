import type { OpenSocket } from './socket.ts';

/** Opens real WebSockets. Their code is loaded with the first. */
export const systemSocket: OpenSocket = async function* (url, options) {
  const { webSocket } = await import(/* webpackIgnore: true */ './web-socket.ts');
  return yield* webSocket(url, options);
};
