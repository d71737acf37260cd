import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, test } from '@jest/globals';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** The published API descriptions, which are not part of the project. */
const FOLDER = join(import.meta.dirname, '../../../shared/api');
const IS_THERE = existsSync(FOLDER);
const WHY_SKIPPED = `skipped: the published API descriptions are not in ${FOLDER}`;
// Jest shows the names of skipped tests only if it runs a single file.
if (!IS_THERE) console.warn(`Some tests of this file are ${WHY_SKIPPED}`);

/** Declares a test that needs the published API descriptions. Without them it is skipped, and its name says why. */
export function publishedTest(name: string, body: () => void | Promise<void>): void {
  if (IS_THERE) test(name, body);
  else test.skip(`${name} (${WHY_SKIPPED})`, body);
}

/** Declares a group of tests like {@link publishedTest}. */
export function describePublished(name: string, body: () => void): void {
  if (IS_THERE) describe(name, body);
  else describe.skip(`${name} (${WHY_SKIPPED})`, body);
}

/** Reads a published description, such as `openhands-v1`. */
export function readPublished(name: string): unknown {
  return JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8'));
}

/** Returns the errors of a value against a published schema; none if the value fits. */
export type Check = (schema: string, value: unknown) => readonly ErrorObject[];

/** Loads the published schemas of an API version. */
export function published(version: 'v0' | 'v1'): Check {
  const description = readPublished(`openhands-${version}`);
  if (typeof description !== 'object' || description === null) throw new Error('no API description');
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(description, 'api');
  return (schema, value) => {
    ajv.validate({ $ref: `api#/components/schemas/${schema}` }, value);
    return ajv.errors ?? [];
  };
}
