/** The version of this action, as in `package.json`. */
export const VERSION = '1.0.0';
/** How the action names itself to servers. */
export const USER_AGENT = `openhands-conversation-action/${VERSION}`;
