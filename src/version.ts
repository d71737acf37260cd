/** The version of this action, as in `package.json`; servers see it in the User-Agent. */
export const VERSION = '1.0.0';
