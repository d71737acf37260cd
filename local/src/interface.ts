/** The names of the inputs, as in `local/action.yml`. */
export const LOCAL_INPUT_NAMES = ['port', 'allow-unisolated'] as const;
export type LocalInputName = (typeof LOCAL_INPUT_NAMES)[number];

/** The names of the outputs, as in `local/action.yml`. */
export const LOCAL_OUTPUT_NAMES = ['base-url', 'api-key', 'working-directory', 'log-file'] as const;
export type LocalOutputName = (typeof LOCAL_OUTPUT_NAMES)[number];
