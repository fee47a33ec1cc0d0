/** Replies in the AI SDK's `useChat`. It is a part of its own, because it needs the package `ai`. */

export { createReplyChat, type ReplyChat, type ReplyChatOptions } from './create-reply-chat.js';
export { type MessageMetadata, type ReplyMessage, toUIMessages } from './messages.js';
