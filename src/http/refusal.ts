/** A refusal is a sentence or two. A longer body is not the API's, and is ignored. */
const MAX_REFUSAL = 64 * 1024;
const MAX_ITEMS = 20;
/** Nothing deeper is meant for people. The limit also protects the call stack: JSON can be nested deeper. */
const MAX_LEVELS = 8;

/**
 * Reads the reason of a refused request, in the server's words; empty if there is none. Servers, their frameworks and
 * gateways write it to `detail`, `message`, `error` or `code`; newer servers send a bare JSON string.
 *
 * @param text the body as text; `body` is the same, parsed as JSON.
 */
export function refusalIn(text: string, body: unknown): string {
  return text.length > MAX_REFUSAL ? '' : wordsIn(body);
}

function wordsIn(body: unknown, levels = MAX_LEVELS): string {
  if (typeof body === 'string') return body;
  if (levels === 0) return '';
  if (Array.isArray(body)) {
    const items: readonly unknown[] = body;
    return items
      .slice(0, MAX_ITEMS)
      .map((item) => wordsIn(item, levels - 1))
      .filter((words) => words !== '')
      .join('; ');
  }
  if (typeof body !== 'object' || body === null) return '';
  const members = new Map<string, unknown>(Object.entries(body));
  // A validation error of FastAPI: the field and what is wrong with it.
  const message = members.get('msg');
  if (typeof message === 'string') return placeIn(members.get('loc')) + message;
  const exception = members.get('exception');
  // An agent server's `detail` is then only "Internal Server Error".
  if (typeof exception === 'string') return exception;
  const words = ['detail', 'message', 'error', 'code'].map((name) => members.get(name));
  return wordsIn(
    words.find((each) => each != null),
    levels - 1,
  );
}

function placeIn(loc: unknown): string {
  if (!Array.isArray(loc)) return '';
  const steps: readonly unknown[] = loc;
  return `${steps.filter((step) => typeof step === 'string' || typeof step === 'number').join('.')}: `;
}
