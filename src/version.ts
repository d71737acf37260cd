/** The version of this action, as in `package.json`. */
export const VERSION = '1.0.0';
/** The user agent of requests. */
export const USER_AGENT = `openhands-conversation-action/${VERSION}`;
