import { MODEL, startModel } from '../live/model.ts';

const PATCH = 'changes.patch';
/** The budget for a real model in US dollars. */
export const MAX_USD = '1';

/** A language model. */
export interface Service {
  readonly isReal: boolean;
  readonly model: string;
  readonly key: string;
  /** The address of the model's API; empty for the provider's default. */
  readonly url: string;
  close(): Promise<void>;
}

/** Returns the inputs of the step for the model and the patch. */
export function inputsFor({ isReal, model, key, url }: Service): Readonly<Record<string, string>> {
  return {
    repository: 'none',
    'api-version': 'agent-server',
    model,
    'llm-api-key': key,
    'llm-base-url': url,
    'patch-file': PATCH,
    'poll-interval-seconds': '3',
    ...(isReal && { 'max-cost-usd': MAX_USD }),
  };
}

/**
 * Returns the model that the agent uses: the one of LLM_API_KEY and LLM_MODEL, or without a key one that follows a script.
 *
 * @throws Error if there is a key, but no model.
 */
export async function serviceOf(env: NodeJS.ProcessEnv): Promise<Service> {
  const key = env['LLM_API_KEY'] ?? '';
  const model = env['LLM_MODEL'] ?? '';
  if (key === '') {
    const scripted = await startModel();
    // The scripted model accepts any key.
    return {
      isReal: false,
      model: MODEL,
      key: 'key-of-a-script',
      url: scripted.url,
      close: scripted.close,
    };
  }
  if (model === '')
    throw new Error(
      'LLM_API_KEY is set, so the agent would use a real model: also set LLM_MODEL, for example openai/gpt-5',
    );
  return {
    isReal: true,
    model,
    key,
    url: env['LLM_BASE_URL'] ?? '',
    close: async () => Promise.resolve(),
  };
}
