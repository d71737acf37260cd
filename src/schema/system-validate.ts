import type { Validate } from './fit.ts';

/** Validates in a worker thread. Its code is loaded only when there is a schema. */
export const systemValidate: Validate = async (schema, json) => {
  const { validateInWorker } = await import(/* webpackIgnore: true */ './schema-worker.ts');
  return validateInWorker(schema, json);
};
