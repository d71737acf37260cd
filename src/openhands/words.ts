/** SETTING_UP_GIT_HOOKS → "setting up git hooks". */
export function inWords(status: string): string {
  return status.toLowerCase().replaceAll('_', ' ');
}
