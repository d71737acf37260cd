import type { Json, JsonObject } from './json.ts';

/** A response before it is sent. */
export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** A parsed request. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** The body as JSON; `undefined` if it is missing or not JSON. */
  readonly body: Json | undefined;
  /** The key of the `Authorization` header. */
  readonly key: string;
  /** The key of the header `X-Session-API-Key`, which agent servers require. */
  readonly sessionKey: string;
  /** The sender's IP address. */
  readonly sender: string;
  /** The simulator's address, without a trailing slash. */
  readonly origin: string;
  /** The path of the web app, if the server names the pages of conversations. */
  readonly webPath?: string | undefined;
}

/** A problem of a request, in FastAPI's format. */
export interface Problem {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
}

/** Returns a JSON response. `JSON.stringify` escapes lone surrogates, so that hostile texts arrive unchanged. */
export function json(status: number, body: Json, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, type: 'application/json', headers, body: JSON.stringify(body) };
}

/** Returns an error in FastAPI's format. */
export function refuse(status: number, detail: string): Reply {
  return json(status, { detail });
}

/** Returns FastAPI's response to an invalid request. */
export function invalid(problems: readonly Problem[]): Reply {
  const detail = problems.map(({ loc, msg, type }): JsonObject => ({ loc, msg, type }));
  return json(422, { detail });
}

/** Returns the web app's page, the response to a GET of any path that the API does not have. */
export function webApp(): Reply {
  const body =
    '<!doctype html><html lang="en"><head><title>OpenHands</title></head><body><div id="root"></div></body></html>\n';
  return { status: 200, type: 'text/html; charset=utf-8', headers: {}, body };
}
