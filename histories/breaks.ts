import { KEY } from '../testbed/world.ts';
import { withCosts } from './costs.ts';
import { COMMENTS } from './disturb.ts';
import { messageIn } from './message-in.ts';
import type { Seams, Served } from './seams.ts';
import { timeoutOf } from './told.ts';

/** The action broken on purpose, and the promises that it then breaks. */
interface Break {
  readonly promises: readonly string[];
  readonly seams: Seams;
}

/** The search must find all of them. */
export const BREAKS: Readonly<Record<string, Break>> = {
  'nothing is stopped at a deadline': {
    promises: ['no agent left', 'no agent unseen'],
    seams: {
      fetch: (send, served) => async (input, init) =>
        isPastDeadline(served) && isStop(urlOf(input).pathname, init)
          ? answered({ success: true })
          : send(input, init),
    },
  },
  'post does nothing': { promises: ['no agent unseen', 'no agent left'], seams: { skipsPost: true } },
  'a random id for a key': {
    promises: ['one conversation'],
    seams: {
      input: (name, value) =>
        name === 'idempotency-key' && value !== '' ? `${value}-${(count += 1)}` : undefined,
    },
  },
  'a second start after a lost answer': {
    promises: ['one conversation'],
    seams: {
      fetch: (send) => async (input, init) => {
        if (!isStart(urlOf(input).pathname, init)) return send(input, init);
        return send(input, init).catch(async () => send(input, { ...init, body: withoutId(init) }));
      },
    },
  },
  'the result is not judged': {
    promises: ['done is said'],
    seams: { input: (name) => (name === 'require-result' ? 'none' : undefined) },
  },
  'a cost is not summed': {
    promises: ['the cost is right'],
    seams: {
      fetch: (send) => withCosts(send, (cost) => cost / 2),
    },
  },
  "the comment's last edit is dropped": {
    promises: ['one comment'],
    seams: {
      fetch: (send) => async (input, init) =>
        init?.method === 'PATCH' && bodyOf(init).includes(' end ')
          ? answered(JSON.parse(bodyOf(init)))
          : send(input, init),
    },
  },
  'a comment is given up for good after two failed writes': {
    promises: ['one comment'],
    seams: {
      fetch: (send) => {
        let failures = 0;
        return async (input, init) => {
          if (!isCommentWrite(urlOf(input).pathname, init)) return send(input, init);
          if (failures >= 2) return answered({ message: 'Forbidden' }, 403);
          failures += 1;
          const response = await send(input, init);
          if (response.ok) failures -= 1;
          return response;
        };
      },
    },
  },
  'a message that is deferred is dropped': {
    promises: ['messages arrive'],
    seams: {
      fetch: (send) => async (input, init) => {
        const response = await send(input, init);
        return response.status === 429 && messageIn(init?.body) !== undefined
          ? answered({ success: true })
          : response;
      },
    },
  },
  'a shared sandbox is paused': {
    promises: ['the neighbor works'],
    seams: {
      fetch: (send) => async (input, init) => {
        const { origin, pathname } = urlOf(input);
        const [, sandbox] = /^\/agent-server\/([^/]+)\/.*\/(?:pause|interrupt)$/.exec(pathname) ?? [];
        if (sandbox !== undefined)
          await send(`${origin}/api/v1/sandboxes/${sandbox}/pause`, {
            method: 'POST',
            headers: { authorization: `Bearer ${KEY}` },
          });
        return send(input, init);
      },
    },
  },
  'a secret is not registered': {
    promises: ['no secret'],
    seams: {
      secrets: (secrets) => ({
        ...secrets,
        add: (...values) => {
          secrets.add(...values.filter((value) => value !== KEY));
        },
      }),
    },
  },
};

/** How many keys were made up. */
let count = 0;

/** Returns the break of a name. */
export function breakNamed(name: string): Break {
  const found = BREAKS[name];
  if (found === undefined) throw new Error(`there is no break "${name}"`);
  return found;
}

function urlOf(input: Parameters<typeof fetch>[0]): URL {
  return new URL(input instanceof Request ? input.url : input);
}

function isPastDeadline({ plan, seconds }: Served): boolean {
  return seconds() + 0.01 >= timeoutOf(plan);
}

function isStop(path: string, init: RequestInit | undefined): boolean {
  return init?.method === 'POST' && /\/(?:pause|interrupt|stop)$/.test(path);
}

function isStart(path: string, init: RequestInit | undefined): boolean {
  return init?.method === 'POST' && /^\/api\/(?:v1\/app-conversations|conversations)$/.test(path);
}

function isCommentWrite(path: string, init: RequestInit | undefined): boolean {
  return init?.method !== 'GET' && COMMENTS.test(path);
}

function bodyOf(init: RequestInit | undefined): string {
  return typeof init?.body === 'string' ? init.body : '';
}

/** Returns the body of a start that lets the server choose the id. */
function withoutId(init: RequestInit | undefined): string {
  return bodyOf(init).replace(/"conversation_id":"[^"]*",?/, '');
}

function answered(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
}
