/**
 * Loaded into another program before it begins: its servers then listen on the loopback address, whatever address they
 * choose. Agent Canvas 1.20.0 chooses all of them.
 */
import { Server } from 'node:net';

const listen: unknown = Reflect.get(Server.prototype, 'listen');

function onLoopback(this: unknown, ...args: unknown[]): unknown {
  const [port, ...rest] = args;
  const callback = rest.filter((each) => typeof each === 'function');
  const isPort = typeof port === 'number' || typeof port === 'string';
  const options = isPort ? { port: Number(port) } : port;
  if (typeof listen !== 'function') throw new Error('a server has no method listen');
  return Reflect.apply(listen, this, [
    { ...(typeof options === 'object' && options), host: '127.0.0.1' },
    ...callback,
  ]);
}

Reflect.set(Server.prototype, 'listen', onLoopback);
