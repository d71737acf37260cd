import { type Fault, type FaultAnswer, PLAIN_ANSWERS } from './faults.ts';
import { LIMITS_REACHED } from './server/rate-limit.ts';

/** The syntax of a fault on the command line, for help texts and errors. */
export const FAULT_FORM = '[METHOD] PATH ANSWER [xN|always] [skip=N] [after]';

/** The answers that a fault can name, with a description of each. */
export const FAULT_ANSWERS: Readonly<Record<string, string>> = {
  '100..599': 'that status; with retry-after=N also that header',
  'concurrency-limit': '429: the limit of running conversations is reached',
  'daily-sandbox-limit': '429: the daily limit of sandboxes is reached',
  'daily-conversation-limit': '429: the daily limit of conversations is reached',
  'slow=SECONDS': 'the right answer, after this many seconds',
  'redirect=URL': 'a redirect (307)',
  'date=DATE': "the right answer, with another Date: a text, or seconds after the server's time",
  ...PLAIN_ANSWERS,
  'close=CODE[/N]': 'a socket: closed with CODE (1006: lost) after N frames',
};

const METHODS = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']);

function isIn<Key extends string>(table: Readonly<Record<Key, unknown>>, word: string): word is Key {
  return Object.hasOwn(table, word);
}

function complain(text: string, why: string): never {
  throw new Error(`fault "${text}": ${why}; it is written ${FAULT_FORM}`);
}

function answerOf(word: string): FaultAnswer | undefined {
  if (isIn(PLAIN_ANSWERS, word)) return { kind: word };
  if (isIn(LIMITS_REACHED, word)) return LIMITS_REACHED[word];
  if (/^[1-5]\d\d$/.test(word)) return { kind: 'status', status: Number(word) };
  const [, code, frames = '0'] = /^close=(\d{4})(?:\/(\d+))?$/.exec(word) ?? [];
  if (code !== undefined) return { kind: 'close', code: Number(code), frames: Number(frames) };
  const [, name = '', value = ''] = /^(slow|redirect|date)=(.+)$/.exec(word) ?? [];
  return answerWith(name, value);
}

function answerWith(name: string, value: string): FaultAnswer | undefined {
  if (name === 'redirect') return { kind: 'redirect', to: value };
  if (name === 'date') return { kind: 'date', date: /^-?\d+$/.test(value) ? Number(value) : value };
  if (name === 'slow' && /^\d+(?:\.\d+)?$/.test(value)) return { kind: 'slow', seconds: Number(value) };
  return undefined;
}

/** Parses a word after the answer; `undefined` if it is unknown. */
function detailOf(word: string): Partial<Fault> | undefined {
  if (word === 'after') return { when: 'after' };
  if (word === 'always') return { times: Infinity };
  const [, times] = /^x(\d+)$/.exec(word) ?? [];
  if (times !== undefined && Number(times) > 0) return { times: Number(times) };
  const [, skip] = /^skip=(\d+)$/.exec(word) ?? [];
  return skip === undefined ? undefined : { skip: Number(skip) };
}

function withDetail(fault: Fault, word: string, text: string): Fault {
  const [, seconds] = /^retry-after=(\d+)$/.exec(word) ?? [];
  if (seconds !== undefined) {
    if (fault.answer.kind !== 'status') complain(text, 'retry-after needs a status');
    return { ...fault, answer: { ...fault.answer, headers: { 'retry-after': seconds } } };
  }
  const detail = detailOf(word);
  if (detail === undefined) complain(text, `"${word}" is not a known part`);
  return { ...fault, ...detail };
}

/**
 * Parses a fault from the command line, such as `GET /api/v1/app-conversations?ids=* 503 x3`.
 *
 * @throws Error that quotes the text and says what is wrong with it
 */
export function parseFault(text: string): Fault {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const method = words[0] !== undefined && METHODS.has(words[0]) ? words.shift() : undefined;
  const path = words.shift();
  if (path === undefined || !/^[/*]/.test(path))
    complain(text, 'the path is missing or does not begin with / or *');
  const word = words.shift();
  if (word === undefined) complain(text, 'the answer is missing');
  const answer = answerOf(word);
  if (answer === undefined) {
    complain(text, `"${word}" is not an answer (the answers are ${Object.keys(FAULT_ANSWERS).join(', ')})`);
  }
  const fault: Fault = method === undefined ? { path, answer } : { method, path, answer };
  return words.reduce((sofar, detail) => withDetail(sofar, detail, text), fault);
}
