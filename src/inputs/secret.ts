import { isLoopbackUrl } from '../http/address.ts';
import type { InputName } from '../interface.ts';
import { isAgentServer, wantedApiOf } from '../port/api-version.ts';
import type { InputReader, Source } from './reader.ts';

/** A shorter key could be guessed. As a secret it would also match parts of ordinary words, and redact them. */
const MIN_KEY = 8;

/** Written in place of the secret itself. A random key may be of capital letters. */
const SECRET_NAME =
  /^(?:\$?(?:OPENHANDS|LLM)_API_KEY|\$[A-Z_][A-Z\d_]*|\$\{\w+\}|(?:\$?\{\{ *)?(?:secrets|env|vars)\.\w+(?: *\}\})?)$/;
/** A line of a file with variables. The `=` at the end of a key in base64 has nothing after it. */
const NAMED = /^(?:export )?[A-Z][A-Z\d_]*=[^=]/;
const STANDS_FOR_KEY = /^<.*>$/;
const IN_QUOTES = /^(["'`]).*\1$/;

const USUAL_NAME = { 'api-key': 'OPENHANDS_API_KEY', 'llm-api-key': 'LLM_API_KEY' } as const;

const SHORT_KEY = {
  'api-key': 'your own server needs a long random key',
  'llm-api-key': 'for a model without a key, leave llm-api-key out',
} as const;

/** Reads a key that is not empty. */
export function keyIn(read: InputReader, name: 'api-key' | 'llm-api-key'): string {
  const { value: key } = read.given(name);
  if (SECRET_NAME.test(key))
    return read.wrong(
      `${name} is the name of a secret, not its value: write \${{ secrets.${USUAL_NAME[name]} }}, with the name that yours has`,
      key,
    );
  if (IN_QUOTES.test(key)) return read.wrong(`${name} is in quotes: save the secret again without them`, key);
  if (NAMED.test(key))
    return read.wrong(
      `${name} has a name and = before the key: save the secret again with the key alone`,
      key,
    );
  if (STANDS_FOR_KEY.test(key))
    return read.wrong(`${name} is a placeholder, not a key: save the key itself as the secret`, key);
  if (key.length < MIN_KEY)
    read.wrong(`${name} is shorter than ${MIN_KEY} characters: pass the whole key; ${SHORT_KEY[name]}`);
  if (!/^[\x21-\x7e]+$/.test(key)) {
    // Other characters are not valid in a header. A line break inside a key means that more than the key was pasted.
    read.wrong(
      `${name} contains white space or other characters that no key has: save the secret again with the key alone`,
    );
  }
  return key;
}

/**
 * Returns the secrets among the inputs, to redact before anything else happens. Leaves out keys that are too short to be one: they
 * are never sent, because the inputs are refused, and redacting them would make that error unreadable.
 */
export function secretsIn(input: Source['input']): readonly string[] {
  const keys = [input('api-key').trim(), input('llm-api-key').trim()];
  const real = keys.filter((key) => key.length >= MIN_KEY && !SECRET_NAME.test(key));
  return [...real, input('github-token').trim()];
}

/**
 * Returns the required secret that is empty; `undefined` if none is. An agent server needs the model's key, or without `model` its own
 * key, unless it is on this machine.
 */
export function findMissingSecret(input: Source['input']): 'api-key' | 'llm-api-key' | undefined {
  const isEmpty = (name: InputName): boolean => input(name).trim() === '';
  if (isAgentServer(wantedApiOf(input('api-version'))) && isEmpty('conversation-id')) {
    if (!isEmpty('model')) return isEmpty('llm-api-key') ? 'llm-api-key' : undefined;
    if (isLoopbackUrl(input('base-url').trim())) return undefined;
  }
  return isEmpty('api-key') ? 'api-key' : undefined;
}
