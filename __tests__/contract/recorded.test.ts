import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import nock from 'nock';

import { isRecord, type Json, parseJson } from '../../simulator/json.ts';
import type { ConversationApi } from '../../src/conversation/api.ts';
import { v1Api } from '../../src/openhands/v1.ts';
import { testClient } from '../support/client.ts';

/**
 * What OpenHands' own server answered, recorded by `npm run test:live -- --record`, against the client: so the client is
 * checked with real answers on a machine without that server.
 */
const ORIGIN = 'http://127.0.0.1:3000';
const never = new AbortController().signal;

interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly request: Json | undefined;
  readonly status: number;
  readonly type: string;
  readonly body: Json;
}

function exchangeOf(value: Json): Exchange {
  if (!isRecord(value)) throw new Error('a recording is broken');
  const { method, path, request, status, type, body } = value;
  if (
    typeof method !== 'string' ||
    typeof path !== 'string' ||
    typeof status !== 'number' ||
    typeof type !== 'string' ||
    body === undefined
  )
    throw new Error('an exchange of a recording is broken');
  return { method, path, request, status, type, body };
}
