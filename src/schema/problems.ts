import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

import { shorten } from '../text/safe.ts';
import { toError } from '../text/to-error.ts';

const MOST = 3;
const LONGEST = 300;

/**
 * Returns why a text is not a JSON Schema, or where a JSON value does not match it: at most three reasons, empty if all is
 * well. Does not fetch other schemas, fill in defaults or convert types.
 * Source: https://json-schema.org/draft/2020-12/json-schema-validation
 */
export function problemsOf(schema: string, json?: string): readonly string[] {
  // Strict mode would reject schemas that are merely unusual, such as those with custom keywords.
  const ajv = new Ajv2020({ allErrors: true, strict: false, logger: false, ownProperties: true });
  formats.default(ajv);
  let fits: ValidateFunction;
  try {
    fits = ajv.compile(JSON.parse(schema));
  } catch (error) {
    return [toError(error).message];
  }
  // The validator of an asynchronous schema returns a promise.
  if ('$async' in fits) return ['it is asynchronous'];
  if (json === undefined || fits(JSON.parse(json))) return [];
  return (fits.errors ?? []).slice(0, MOST).map(inWords);
}

function inWords({ instancePath, message = 'does not match', params }: ErrorObject): string {
  const { additionalProperty, allowedValues } = params;
  const more =
    additionalProperty !== undefined
      ? `: ${JSON.stringify(additionalProperty)}`
      : Array.isArray(allowedValues)
        ? `: ${JSON.stringify(allowedValues)}`
        : '';
  return shorten(`${instancePath === '' ? 'the value' : instancePath} ${message}${more}`, LONGEST);
}
