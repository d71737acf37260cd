/** Parses JSON; `undefined` if the text is not JSON. Drops the parser's message, because it quotes the text. */
export function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return { value };
  } catch {
    return undefined;
  }
}

/** Returns a property of any value; `undefined` if it has none of that name. */
export function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  const member: unknown = Reflect.get(value, name);
  return member;
}

/** Returns what is at a path of names with dots between them; `undefined` if nothing is. */
export function memberAt(value: unknown, path: string): unknown {
  let member = value;
  for (const name of path.split('.')) member = memberOf(member, name);
  return member;
}

/** Returns the text at a path; empty if none is there. */
export function textAt(value: unknown, path: string): string {
  const member = memberAt(value, path);
  return typeof member === 'string' ? member : '';
}

/** Returns a whole number above zero at a path; `undefined` for anything else. */
export function numberAt(value: unknown, path: string): number | undefined {
  const member = memberAt(value, path);
  return typeof member === 'number' && Number.isSafeInteger(member) && member > 0 ? member : undefined;
}

/** Whether a text is a UUID, with dashes or without: servers send both. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i.test(text);
}

/** Returns a copy of plain data without secrets. Kinds and statuses stay: they are our own words. */
export function withoutSecrets<T>(data: T, redact: (text: string) => string): T {
  const copy = { data };
  redactIn(copy, redact);
  return copy.data;
}

/** Redacts the members of a copy, and of copies of its members. `listName`: if the parent is a list, the name of that. */
function redactIn(parent: object, redact: (text: string) => string, listName?: string): void {
  const members: readonly (readonly [string, unknown])[] = Object.entries(parent);
  for (const [key, member] of members) {
    const field = listName ?? key;
    if (field !== 'kind' && field !== 'status' && typeof member === 'string')
      Reflect.set(parent, key, redact(member));
    else if (typeof member === 'object' && member !== null) {
      const isList = Array.isArray(member);
      const copy: object = isList ? Array.from<unknown>(member) : { ...member };
      Reflect.set(parent, key, copy);
      redactIn(copy, redact, isList ? field : undefined);
    }
  }
}

/** Estimates how many bytes a JSON text takes once parsed: each value in it takes about 64, however short. */
export function parsedSizeOf(json: string): number {
  let bytes = 64 + json.length;
  let isText = false;
  for (let at = 0; at < json.length; at += 1) {
    const character = json.charAt(at);
    if (character === '\\') at += 1;
    else if (character === '"') isText = !isText;
    else if (!isText && ',[{'.includes(character)) bytes += 64;
  }
  return bytes;
}
