import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { test } from '@jest/globals';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const FOLDER = join(import.meta.dirname, '../../../shared/api');

/** Whether the published API descriptions are available next to the project. */
const PUBLISHED = existsSync(FOLDER);

/** Declares a test that needs the published API descriptions. Without them it is skipped, and its name says why. */
export const publishedTest: (name: string, body: () => void | Promise<void>) => void = PUBLISHED
  ? (name, body) => {
      test(name, body);
    }
  : (name) => {
      test.skip(`${name} (skipped: the published descriptions are not at ${FOLDER})`, () => undefined);
    };

/** Returns the errors of a value against a published schema; none if the value fits. */
export type Check = (schema: string, value: unknown) => readonly ErrorObject[];

/** Loads the published schemas of an API version. */
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
