/** What a command printed with numbers before it, or up to where: the next one may be about it. */
export class Recall {
  /** What `/search` found, in the order of its numbers. */
  found: readonly { readonly roomId: string; readonly seq: number }[] = [];
  /** What `/waiting` listed, in the order of its numbers. */
  waiting: readonly string[] = [];
  /** The oldest that was shown of a conversation: from there `/history more` goes back. */
  readonly oldest = new Map<string, number>();
}
