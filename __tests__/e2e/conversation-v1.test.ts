import { describeConversations } from '../support/conversations.ts';

describeConversations('v1');
