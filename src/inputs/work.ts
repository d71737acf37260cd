import type { Assignment } from '../conversation/api.ts';
import type { Workplace } from '../conversation/workplace.ts';
import { isUuid } from '../text/uuid.ts';
import { type Checked, type Optional, type Reader, right, wrong } from './checked.ts';

/** What is to be done with which conversation. */
export type Work =
  | {
      readonly kind: 'start';
      readonly assignment: Assignment;
      /** The same key means the same conversation. */
      readonly key?: string;
    }
  /** Takes up an existing conversation: with a message as a follow-up, without one to look on. */
  | { readonly kind: 'continue'; readonly id: string; readonly message?: string };

/** The parts that say what is to be done. */
export interface WorkChecks {
  readonly message: Checked<Optional<'message', string>>;
  readonly conversation: Checked<Optional<'id', string>>;
  readonly key: Checked<Optional<'key', string>>;
  readonly workplace: Checked<Optional<'workplace', Workplace>>;
  readonly llmModel: Checked<Optional<'llmModel', string>>;
}

/** What is to be done; wrong where nothing is said of it. What is wrong with the parts they tell themselves. */
export function workIn({ message, conversation, key, workplace, llmModel }: WorkChecks): Checked<Work> {
  const given = message.orElse({ message: '' });
  const { id } = conversation.orElse({ id: '' });
  if (id !== undefined) return right({ kind: 'continue', id, ...given });
  if (given.message === undefined) {
    return wrong(
      'message is empty: say in message, or in a file named by message-file or message-template, what the agent is to do',
    );
  }
  const assignment = { message: given.message, ...workplace.orElse({}), ...llmModel.orElse({}) };
  return right({ kind: 'start', assignment, ...key.orElse({}) });
}

/** What belongs to a new conversation alone is refused beside an existing one: it would be left out without a word. */
export function conversation(text: Reader, version: 'auto' | 'v1' | 'v0'): Checked<Optional<'id', string>> {
  const { value: id, shown } = text('conversation-id');
  if (id === '') return right({});
  const problems = (['branch', 'llm-model', 'idempotency-key'] as const)
    .filter((name) => text(name).value !== '')
    .map((name) => `${name} is for a new conversation: leave it out with conversation-id`);
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(id)) {
    problems.push(`conversation-id is ${shown}: it must be the id alone, as in the output conversation-id`);
  } else if (version === 'v1' && !isUuid(id)) {
    problems.push(`conversation-id is ${shown}: with api-version v1 it must be a UUID`);
  }
  return problems.length > 0 ? wrong(...problems) : right({ id });
}

/** The key is taken as it is, so that no two keys become the same. */
export function idempotencyKey(text: Reader, key: string, v0Only: boolean): Checked<Optional<'key', string>> {
  if (text('idempotency-key').value === '') return right({});
  return v0Only ? wrong('idempotency-key needs api-version v1: leave it out with V0') : right({ key: key });
}

/** The language model. */
export function llmModel(text: string, v0Only: boolean): Checked<Optional<'llmModel', string>> {
  if (text === '') return right({});
  return v0Only ? wrong('llm-model needs api-version v1: leave it out with V0') : right({ llmModel: text });
}
