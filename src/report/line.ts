/**
 * A line of the log. `step` bears the time since the start; `still` is for when nothing was said for a while; `notice` and
 * `warning` stand on the page of the run, too.
 */
export interface Line {
  readonly level: 'step' | 'still' | 'notice' | 'warning';
  readonly text: string;
}

export const step = (text: string): Line => ({ level: 'step', text });
export const still = (text: string): Line => ({ level: 'still', text });
export const notice = (text: string): Line => ({ level: 'notice', text });
export const warning = (text: string): Line => ({ level: 'warning', text });
