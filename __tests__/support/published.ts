import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { test } from '@jest/globals';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const FOLDER = join(import.meta.dirname, '../../../shared/api');

/** Whether the published descriptions of the API are beside the project. */
const PUBLISHED = existsSync(FOLDER);

/** A test that needs the published descriptions; where they are not there it is skipped, and its name says why. */
export const publishedTest: (name: string, body: () => void | Promise<void>) => void = PUBLISHED
  ? (name, body) => {
      test(name, body);
    }
  : (name) => {
      test.skip(`${name} (skipped: the published descriptions are not at ${FOLDER})`, () => undefined);
    };

/** What a published schema has to say against a value: nothing where it fits. */
export type Check = (schema: string, value: unknown) => readonly ErrorObject[];

/** The schemas that a version of the API published. */
export function published(version: 'v0' | 'v1'): Check {
  const description: unknown = JSON.parse(readFileSync(join(FOLDER, `openhands-${version}.json`), 'utf8'));
  if (typeof description !== 'object' || description === null) throw new Error('no API description');
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(description, 'api');
  return (schema, value) => {
    ajv.validate({ $ref: `api#/components/schemas/${schema}` }, value);
    return ajv.errors ?? [];
  };
}
