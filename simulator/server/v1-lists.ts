/** The routes of V1 that list conversations, their starts and their events. */
import { timeOf } from '../clock.ts';
import { isUuid } from '../ids.ts';
import type { Json } from '../json.ts';
import { type Call, invalid, json, refuse, type Reply } from '../reply.ts';
import { findEvents } from './agent-api.ts';
import type { Conversation } from './conversation.ts';
import { pageOf } from './paging.ts';
import type { Store } from './store.ts';
import { renderConversation, renderSandbox, renderStartTask } from './v1-render.ts';

/** Source: `batch_get_app_conversations` in OpenHands/OpenHands, which refuses 100. */
const MAX_IDS = 99;

/** Answers with what each of the `ids` of a query names, or with the refusal if there are none, too many or wrong ones. */
function listByIds(call: Call, of: 'conversations' | 'tasks', render: (id: string) => Json): Reply {
  const ids = call.query.getAll('ids');
  if (ids.length === 0) return invalid([{ loc: ['query', 'ids'], msg: 'Field required', type: 'missing' }]);
  if (ids.length > MAX_IDS) return refuse(400, `Too many ids requested. Maximum is ${MAX_IDS}.`);
  const wrong = ids.filter((id) => !isUuid(id));
  if (wrong.length === 0) return json(200, ids.map(render));
  // The route for conversations declares ids as strings and parses them later; the route for tasks declares UUIDs.
  if (of === 'conversations') {
    return refuse(400, `Invalid UUID format for ids: [${wrong.map((id) => `'${id}'`).join(', ')}]`);
  }
  const at = ids.findIndex((id) => !isUuid(id));
  return invalid([{ loc: ['query', 'ids', at], msg: 'Input should be a valid UUID', type: 'uuid_parsing' }]);
}

export function listConversations(call: Call, store: Store): Reply {
  return listByIds(call, 'conversations', (id) => {
    const conversation = store.byId(id);
    return conversation === undefined ? null : renderConversation(conversation, call);
  });
}

export function listTasks(call: Call, store: Store): Reply {
  return listByIds(call, 'tasks', (id) => {
    const conversation = store.byTask(id);
    return conversation === undefined ? null : renderStartTask(conversation, call.origin);
  });
}

/** Lists the sandboxes that the query names. `detail`: the reason of those that have failed or are gone. */
export function listSandboxes(call: Call, store: Store, detail: string | undefined): Reply {
  const ids = call.query.getAll('id');
  if (ids.length === 0) return invalid([{ loc: ['query', 'id'], msg: 'Field required', type: 'missing' }]);
  return json(
    200,
    ids.map((id) => {
      const conversation = store.inSandbox(id).at(-1);
      return conversation === undefined ? null : renderSandbox(conversation, detail);
    }),
  );
}

/** Returns the V1 conversations since the time that the query names, newest first. */
function newestFirst(call: Call, store: Store): readonly Conversation[] {
  const since = call.query.get('created_at__gte');
  return store
    .all()
    .filter(({ order }) => order.version === 'v1')
    .filter(({ order }) => order.at >= timeOf(since))
    .toReversed();
}

export function searchConversations(call: Call, store: Store): Reply {
  const sandbox = call.query.get('sandbox_id__eq');
  const found = newestFirst(call, store).filter(
    ({ names }) => sandbox === null || names.sandboxId === sandbox,
  );
  const shown = found.flatMap((conversation) => renderConversation(conversation, call) ?? []);
  const { items, next } = pageOf(shown, call.query);
  return json(200, { items, next_page_id: next });
}

export function searchTasks(call: Call, store: Store): Reply {
  const { items, next } = pageOf(newestFirst(call, store), call.query);
  return json(200, { items: items.map((item) => renderStartTask(item, call.origin)), next_page_id: next });
}

const ZONED = /(?:Z|[+-]\d\d:?\d\d)$/;

export function searchEvents(call: Call, store: Store, id: string): Reply {
  const since = call.query.get('timestamp__gte');
  // Stored times have no zone, and some servers fail on times with a zone, so this one always does.
  if (since !== null && ZONED.test(since)) return refuse(500, 'Internal Server Error');
  return findEvents(call, store.byId(id)?.knownEvents ?? [], 'kind__eq');
}
