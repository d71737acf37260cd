import type { Json, JsonObject } from './json.ts';

/** An answer before it is written to the socket. */
export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** A request as the routes see it. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** The body as JSON; `undefined` if there is none, or none that is JSON. */
  readonly body: Json | undefined;
  /** The key that the request came with. */
  readonly key: string;
  /** `X-Session-API-Key`, which the sandboxes ask for. */
  readonly sessionKey: string;
  /** The address that the request came from. */
  readonly sender: string;
  /** The simulator's own address, without a slash at its end. */
  readonly origin: string;
}

/** One thing that is wrong with a request, in FastAPI's shape. */
export interface Problem {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
}

/** A JSON answer. `JSON.stringify` escapes lone surrogates, so that hostile text survives the way. */
export function json(status: number, body: Json, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, type: 'application/json', headers, body: JSON.stringify(body) };
}

/** An HTML page. */
export function page(body: string, status = 200): Reply {
  return { status, type: 'text/html; charset=utf-8', headers: {}, body };
}

/** A refusal in FastAPI's shape. */
export function refuse(status: number, detail: string): Reply {
  return json(status, { detail });
}

/** FastAPI's answer to a request that does not fit the description. */
export function invalid(problems: readonly Problem[]): Reply {
  const detail = problems.map(({ loc, msg, type }): JsonObject => ({ loc, msg, type }));
  return json(422, { detail });
}

/** The web app's page: what a GET gets on every path that the API does not know. */
export function webApp(): Reply {
  return page(
    '<!doctype html><html lang="en"><head><title>OpenHands</title></head><body><div id="root"></div></body></html>\n',
  );
}

/** Text that is safe inside HTML. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
