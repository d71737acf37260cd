import { dashed } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import { refuse, type Reply } from '../reply.ts';
import type { Conversation } from './conversation.ts';
import type { StoredEvent } from './order.ts';
import { renderInfo } from './v1-render.ts';
import { renderEvent } from './v1-render-events.ts';
import { type ZipEntry, zipOf } from './zip.ts';

/**
 * Answers with the trajectory: a zip archive with one file for the conversation and one for each event, sent without a
 * `Content-Length`. Source: `_stream_conversation_zip` in OpenHands/OpenHands; seen with 1.11.0.
 */
export function download(
  id: string,
  conversation: Conversation | undefined,
  events: readonly StoredEvent[] = conversation?.knownEvents ?? [],
): Reply {
  if (conversation?.situation.presence !== 'shown') return refuse(404, `Conversation not found: ${id}`);
  return {
    status: 200,
    type: 'application/zip',
    headers: {
      'content-disposition': `attachment; filename="conversation_${dashed(conversation.names.id)}.zip"`,
      'transfer-encoding': 'chunked',
    },
    body: zipOf(filesOf(conversation, events)),
  };
}

function filesOf(conversation: Conversation, events: readonly StoredEvent[]): readonly ZipEntry[] {
  return [
    { name: 'meta.json', text: formatJson(renderInfo(conversation)) },
    ...events.map((event, index) => ({
      name: `event_${String(index).padStart(6, '0')}_${dashed(event.id)}.json`,
      text: formatJson(renderEvent(event)),
    })),
  ];
}

function formatJson(value: JsonObject): string {
  return JSON.stringify(value, null, 2);
}
