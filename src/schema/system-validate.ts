import type { Validate } from './fit.ts';

/** Validates in a thread of its own. What it needs is loaded with the first schema. */
export const systemValidate: Validate = async (schema, json) => {
  const { validateInWorker } = await import(/* webpackIgnore: true */ './schema-worker.ts');
  return validateInWorker(schema, json);
};
